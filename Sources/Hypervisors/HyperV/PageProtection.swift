import Bus
import Interfaces
import Processor

/// What one trust level lets the levels below it do with each page of RAM.
final class PageProtection {
  private let masks: UnsafeMutablePointer<PagePermissions>
  private let count: Int

  /// The same for every page.
  init(pageCount: Int, _ initial: PagePermissions) {
    masks = .allocate(capacity: pageCount)
    masks.initialize(repeating: initial, count: pageCount)
    count = pageCount
  }

  deinit { masks.deallocate() }

  subscript(page: Int) -> PagePermissions {
    get { masks[page] }
    set { masks[page] = newValue }
  }

  /// For a ``PhysicalView``, as long as the protection lives.
  var pointer: UnsafePointer<PagePermissions> { UnsafePointer(masks) }
}

/// The protection of pages from lower levels (TLFS 15.10).
extension HyperVHypervisor {
  private var ramPageCount: Int { Int(memory.size) / GuestMemory.pageSize }

  /// What a level may do with each page of RAM: what all levels above it agree on; `nil` if none of them protects.
  func effectivePermissions(below level: HyperV.VirtualTrustLevel) -> UnsafePointer<PagePermissions>? {
    effectiveProtections[Int(level.rawValue)]?.pointer
  }

  /// HvCallModifyVtlProtectionMask.
  func modifyProtection(_ call: Hypercall) throws(HyperV.HypercallStatus) {
    typealias Input = HyperV.ModifyProtectionInput
    try call.requireOwnPartition(at: Input.partition)
    let flags = HyperV.MapFlags(rawValue: call.load(Input.flags))
    let level = try call.inputLevel(at: Input.level)
    try call.requireZero(Input.zero..<Input.size)
    guard flags.isSubset(of: .all), level != .vtl0 else { throw .invalidParameter }
    guard level <= call.level, let protection = partition(level).protection else { throw .accessDenied }
    let permissions = permissions(flags, setBy: partition(level))
    defer { flushLowerLevels(than: level) }
    try forEachElement(of: call) { number throws(HyperV.HypercallStatus) in
      let page = call.load(call.offset(ofElement: number), as: UInt64.self)
      guard page >> 52 == 0, let offset = memory.offset(ofPhysical: page << 12) else {
        throw .invalidParameter
      }
      let index = Int(offset >> 12)
      protection[index] = permissions
      updateEffectivePermissions(ofPage: index, below: level)
    }
  }

  /// A level above VTL0 begins to protect pages.
  func beginProtection(by level: PartitionLevel) {
    let initial = permissions(level.configuration.defaultProtection, setBy: level)
    level.protection = PageProtection(pageCount: ramPageCount, initial)
    for lower in levels where lower.level < level.level {
      let index = Int(lower.level.rawValue)
      let protection = effectiveProtections[index] ?? PageProtection(pageCount: ramPageCount, .all)
      effectiveProtections[index] = protection
      for page in 0..<ramPageCount { protection[page].formIntersection(initial) }
    }
    flushLowerLevels(than: level.level)
  }

  /// Without separate rights for CPL 3 the kernel's right to execute counts for all.
  private func permissions(_ flags: HyperV.MapFlags, setBy level: PartitionLevel) -> PagePermissions {
    var permissions: PagePermissions = []
    if flags.contains(.read) { permissions.insert(.read) }
    if flags.contains(.write) { permissions.insert(.write) }
    if flags.contains(.kernelExecute) { permissions.insert(.kernelExecute) }
    let userRight: HyperV.MapFlags = level.separatesUserExecution ? .userExecute : .kernelExecute
    if flags.contains(userRight) { permissions.insert(.userExecute) }
    return permissions
  }

  private func updateEffectivePermissions(ofPage page: Int, below level: HyperV.VirtualTrustLevel) {
    for lower in levels where lower.level < level {
      var effective = PagePermissions.all
      for higher in levels where higher.level > lower.level {
        if let protection = higher.protection { effective.formIntersection(protection[page]) }
      }
      effectiveProtections[Int(lower.level.rawValue)]?[page] = effective
    }
  }

  /// Lets no processor go on with translations that are not allowed any more.
  private func flushLowerLevels(than level: HyperV.VirtualTrustLevel) {
    for processor in processors where processor.active < level { updateView(of: processor) }
  }
}
