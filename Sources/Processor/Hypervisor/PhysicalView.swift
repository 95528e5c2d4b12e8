import Bus
import X86

/// What a hypervisor allows with a page of RAM.
public struct PagePermissions: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// The set with these bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// The page can be read.
  public static let read = PagePermissions(rawValue: 1 << 0)
  /// The page can be written.
  public static let write = PagePermissions(rawValue: 1 << 1)
  /// Instructions at CPL 0 to 2 can be fetched from the page.
  public static let kernelExecute = PagePermissions(rawValue: 1 << 2)
  /// Instructions at CPL 3 can be fetched from the page.
  public static let userExecute = PagePermissions(rawValue: 1 << 3)
  /// Everything is allowed.
  public static let all: PagePermissions = [.read, .write, .kernelExecute, .userExecute]
}

/// A page that lies over a page of the physical address space.
public struct OverlayPage: Equatable, Sendable {
  /// The physical address that it covers, a multiple of 4 KiB.
  public var physical: UInt64
  /// Where it is: see `GuestMemory.overlayOffset(_:)`.
  public var offset: UInt64
  /// Stores to it raise #GP unless it is writable.
  public var isWritable: Bool

  /// A page that lies at a physical address.
  public init(physical: UInt64, offset: UInt64, isWritable: Bool) {
    self.physical = physical
    self.offset = offset
    self.isWritable = isWritable
  }
}

/// How the physical address space of one processor differs from the machine's, by the will of a hypervisor.
///
/// A processor without a view sees the machine's address space as it is, and pays nothing for the possibility.
public struct PhysicalView {
  /// How many overlays there can be.
  public static let overlayCapacity = 8

  private(set) var overlays = InlineArray<8, OverlayPage>(
    repeating: OverlayPage(physical: 0, offset: 0, isWritable: false))
  private(set) var overlayCount = 0
  /// One byte for each page of RAM in the order of offsets; without it everything is allowed.
  var permissions: UnsafePointer<PagePermissions>?

  /// A view with these overlays, of which the first wins where two lie at the same address; those beyond
  /// ``overlayCapacity`` are left out.
  ///
  /// `permissions` has one entry for each page of RAM and must outlive the view.
  public init(overlays: [OverlayPage], permissions: UnsafePointer<PagePermissions>?) {
    for overlay in overlays.prefix(Self.overlayCapacity) {
      self.overlays[overlayCount] = overlay
      overlayCount += 1
    }
    self.permissions = permissions
  }

  fileprivate func overlay(at physical: UInt64) -> OverlayPage? {
    for index in 0..<overlayCount where overlays[index].physical == physical & ~0xFFF {
      return overlays[index]
    }
    return nil
  }
}

/// An access that a ``PhysicalView`` does not allow.
public struct InterceptedAccess: Equatable, Sendable {
  /// What was to be done.
  public enum Kind: UInt8, Sendable {
    /// A load, or a look at a page table.
    case read
    /// A store, or the setting of a bit in a page table.
    case write
    /// The fetch of an instruction.
    case execute
  }

  /// What was to be done.
  public let kind: Kind
  /// The physical address.
  public let physical: UInt64
  /// The linear address of the access that led there.
  public let linear: UInt64
  /// The physical address is that of the access itself, not of a page table on the way.
  public let isFinal: Bool
}

extension VirtualProcessor {
  /// Puts the processor's view of physical addresses into force; `nil` for the machine's own. Forgets every
  /// translation.
  public func setPhysicalView(_ view: PhysicalView?) {
    if let view {
      if core.state.physicalView == nil { core.state.physicalView = .allocate(capacity: 1) }
      core.state.physicalView?.initialize(to: view)
    } else {
      core.state.physicalView?.deallocate()
      core.state.physicalView = nil
    }
    core.flushTranslations()
  }

  /// Forgets every translation, because what its view allows has changed.
  public func flushTranslations() { core.flushTranslations() }
}

extension Core {
  /// The place in the machine's RAM of a physical address as the processor sees it; `nil` if no RAM answers there.
  func memoryOffset(ofPhysical physical: UInt64) -> UInt64? {
    if let view = state.physicalView, let overlay = view.pointee.overlay(at: physical) {
      return overlay.offset | physical & 0xFFF
    }
    return state.memory.offset(ofPhysical: physical)
  }

  /// Refuses an access that a hypervisor does not allow.
  ///
  /// - Throws: #GP for a store to an overlay that is not for writing, ``Fault/interception`` for a page that is
  ///   protected.
  @inline(__always)
  func requirePermission(
    _ access: MemoryAccess, physical: UInt64, linear: UInt64, isFinal: Bool
  ) throws(Fault) {
    guard let view = state.physicalView else { return }
    try requirePermission(access, physical: physical, linear: linear, isFinal: isFinal, in: view)
  }

  @inline(never)
  private func requirePermission(
    _ access: MemoryAccess, physical: UInt64, linear: UInt64, isFinal: Bool,
    in view: UnsafeMutablePointer<PhysicalView>
  ) throws(Fault) {
    let permissions = permissions(ofPhysical: physical, in: view)
    let isAllowed =
      switch access {
      case .read: permissions.contains(.read)
      case .write: permissions.contains(.write)
      case .execute: permissions.contains(state.privilegeLevel == 3 ? .userExecute : .kernelExecute)
      }
    guard !isAllowed else { return }
    if view.pointee.overlay(at: physical) != nil { throw .generalProtection }
    state.owner.interceptedAccess = InterceptedAccess(
      kind: access.interceptedKind, physical: physical, linear: linear, isFinal: isFinal)
    throw .interception
  }

  /// What may be done with the page around a physical address.
  func permissions(ofPhysical physical: UInt64) -> PagePermissions {
    guard let view = state.physicalView else { return .all }
    return permissions(ofPhysical: physical, in: view)
  }

  private func permissions(
    ofPhysical physical: UInt64, in view: UnsafeMutablePointer<PhysicalView>
  ) -> PagePermissions {
    if let overlay = view.pointee.overlay(at: physical) {
      return overlay.isWritable ? .all : .all.subtracting(.write)
    }
    guard let permissions = view.pointee.permissions, let offset = state.memory.offset(ofPhysical: physical)
    else { return .all }
    return permissions[Int(offset >> 12)]
  }
}

extension MemoryAccess {
  fileprivate var interceptedKind: InterceptedAccess.Kind {
    switch self {
    case .read: .read
    case .write: .write
    case .execute: .execute
    }
  }
}
