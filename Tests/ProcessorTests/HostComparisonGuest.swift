import Bus
import X86

@testable import Processor

/// A virtual processor in 64-bit mode at level 3 whose linear addresses are those of the host's execution.
final class HostComparisonGuest {
  private typealias Place = HostComparisonCase.Place

  /// What the supervisor has: physical addresses. Their linear ones are in the upper half.
  private enum Supervisor {
    static let base: UInt64 = 0xFFFF_8000_0000_0000
    static let interruptTable: UInt64 = 0x1000
    static let task: UInt64 = 0x2000
    static let stack: UInt64 = 0x4000
    /// The handler of vector v is a HLT at `handlers + v * 16`.
    static let handlers: UInt64 = 0x5000
    static let pageTables: UInt64 = 0x8000
    /// Where the region of the comparison lies.
    static let region: UInt64 = 0x10_0000
  }

  private static let userCode: UInt16 = 0x2B
  private static let userData: UInt16 = 0x23
  private static let supervisorCode: UInt16 = 0x08

  let processor: VirtualProcessor
  private let memory: GuestMemory
  private let cache: CodeCache
  private let platform = SystemPlatform()
  private var core: Core { processor.core }

  init?() {
    guard let memory = GuestMemory(size: 2 << 20), let cache = CodeCache(memory: memory) else { return nil }
    self.memory = memory
    self.cache = cache
    processor = VirtualProcessor(
      index: 0, model: .complete, memory: memory, codeCache: cache, platform: platform)
    fillPageTables()
    fillSystemTables()
    core.state.cr0 = [
      .protectionEnable, .extensionType, .numericError, .writeProtect, .alignmentMask, .paging,
    ]
    core.state.cr3 = Supervisor.pageTables
    core.state.cr4 = [.pae, .osfxsr, .osxmmexcpt, .osxsave, .smep, .smap, .umip]
    core.state.xcr0 = [.x87, .sse, .avx]
    core.state.efer = [.lme, .lma, .nxe, .sce]
    core.state.interruptDescriptorTable = DescriptorTable(
      base: Supervisor.base + Supervisor.interruptTable, limit: 0x3FF)
    core.state.taskRegister = Segment(
      selector: 0x40, attributes: .busyTSS32, limit: 0x67, base: Supervisor.base + Supervisor.task)
    memory.store(HostComparisonGuest.landing, at: physical(Place.landingPointer))
  }

  /// Where programs jump to: a breakpoint.
  private static let landing = Place.code + 0x10

  private func physical(_ address: UInt64) -> UInt64 { address - Place.region + Supervisor.region }

  /// The host's address of a place in the region, for what is not code.
  func pointer(_ address: UInt64) -> UnsafeMutableRawPointer { memory.base + Int(physical(address)) }

  /// Puts bytes where code lies.
  func putCode(_ bytes: [UInt8], at address: UInt64) {
    bytes.withUnsafeBytes { _ = memory.write(physical(address), from: $0) }
  }

  // MARK: Execution

  /// Executes a program to its first exception; `nil` if it does not come to one.
  ///
  /// - Parameter portion: how many instructions are granted at a time.
  func execute(_ start: HostComparisonCase, portion: Int64 = 100_000) -> HostComparisonOutcome? {
    prepare(start)
    if let area = start.vectors { core.loadVectors(area) }
    let limit = processor.instructionsRetired + 100_000
    while core.state.activity != .halted, processor.instructionsRetired < limit {
      _ = processor.run(instructions: portion)
    }
    var result = outcome
    if start.vectors != nil { result?.vectors = core.storeVectors() }
    return result
  }

  private func prepare(_ start: HostComparisonCase) {
    var data = Segment(selector: Self.userData, attributes: .writableData, limit: 0xFFFF_FFFF)
    data.attributes.rawValue |= SegmentAttributes.flatBits
    data.attributes.privilegeLevel = 3
    for register in [SegmentRegister.es, .ss, .ds, .fs, .gs] { core.setSegment(register, data) }
    core.state.segments[Int(SegmentRegister.gs.rawValue)].base = Place.gsBase
    core.setRegister(RegisterOffset.gsBase, Place.gsBase)
    var code = Segment(selector: Self.userCode, attributes: .readableCode, limit: 0xFFFF_FFFF)
    code.attributes.privilegeLevel = 3
    code.attributes.rawValue |= SegmentAttributes.longBit | SegmentAttributes.granularityBit
    for number in 0..<16 { core.setGeneral(number, start.general[number]) }
    core.rflags = RFLAGS(rawValue: start.flags)
    core.setCodeSegment(code, privilegeLevel: 3)
    core.state.rip = start.address
    core.state.activity = .running
    core.updateContext()
  }

  /// The state that the exception interrupted.
  private var outcome: HostComparisonOutcome? {
    guard core.state.activity == .halted else { return nil }
    var result = HostComparisonOutcome()
    result.vector = (core.state.rip &- 1 &- Supervisor.handlers &- Supervisor.base) / 16
    var frame = core.general(GeneralRegister.rsp) &- Supervisor.base
    if ExceptionVector(rawValue: UInt8(truncatingIfNeeded: result.vector))?.pushesErrorCode ?? false {
      result.errorCode = memory.load(frame) ?? 0
      frame &+= 8
    }
    for number in 0..<16 { result.general[number] = core.general(number) }
    result.rip = memory.load(frame) ?? 0
    result.flags = memory.load(frame &+ 16) ?? 0
    result.general[4] = memory.load(frame &+ 24) ?? 0
    if result.vector == UInt64(ExceptionVector.pageFault.rawValue) { result.faultAddress = core.state.cr2 }
    if result.rip == Self.landing + 1 { result.rip = HostComparisonOutcome.landing }
    return result
  }

  // MARK: Tables

  private func fillPageTables() {
    let tables = Supervisor.pageTables
    let rights: UInt64 = PageTableEntry.present | PageTableEntry.writable | PageTableEntry.user
    memory.store((tables + 0x1000) | rights, at: tables)
    memory.store((tables + 0x2000) | rights, at: tables + 0x1000)
    // The supervisor's first 2 MiB, and the region's.
    let supervisor = PageTableEntry.present | PageTableEntry.writable | PageTableEntry.large
    memory.store((tables + 0x4000) | rights, at: tables + 0x800)
    memory.store((tables + 0x5000) | rights, at: tables + 0x4000)
    memory.store(supervisor, at: tables + 0x5000)
    memory.store((tables + 0x3000) | rights, at: tables + 0x2000 + (Place.region >> 21) * 8)
    let data = rights | PageTableEntry.noExecute
    map(Place.code, Place.codeSize, rights & ~PageTableEntry.writable)
    map(Place.data, Place.dataSize, data)
    map(Place.readOnly, Place.readOnlySize, data & ~PageTableEntry.writable)
    map(Place.stack, Place.stackSize, data)
  }

  private func map(_ start: UInt64, _ size: UInt64, _ rights: UInt64) {
    for page in stride(from: start, to: start + size, by: 0x1000) {
      memory.store(physical(page) | rights, at: Supervisor.pageTables + 0x3000 + (page >> 12 & 0x1FF) * 8)
    }
  }

  private func fillSystemTables() {
    // A descriptor of 64-bit code at level 0, which the gates name.
    let globalTable = Supervisor.task + 0x800
    memory.store(0x00AF_9B00_0000_FFFF as UInt64, at: globalTable + UInt64(Self.supervisorCode))
    core.state.globalDescriptorTable = DescriptorTable(
      base: Supervisor.base + globalTable, limit: 0x7F)
    memory.store(Supervisor.base + Supervisor.stack, at: Supervisor.task + 4)
    // Beyond the limit: no ports for programs.
    memory.store(0xFFFF as UInt16, at: Supervisor.task + 102)
    for vector in UInt64(0)..<64 {
      let handler = Supervisor.base + Supervisor.handlers + vector * 16
      memory.store(0xF4 as UInt8, at: handler - Supervisor.base)
      // INT3 and INTO are open to programs, as on the host.
      let access: UInt64 = vector == 3 || vector == 4 ? 0xEE : 0x8E
      let low =
        handler & 0xFFFF | UInt64(Self.supervisorCode) << 16 | access << 40
        | (handler >> 16 & 0xFFFF) << 48
      memory.store(low, at: Supervisor.interruptTable + vector * 16)
      memory.store(handler >> 32, at: Supervisor.interruptTable + vector * 16 + 8)
    }
  }
}
