import Bus
import X86

@testable import Processor

/// A processor with RAM, descriptor tables and page tables, on which tests execute instructions one by one.
final class SystemMachine {
  /// Where things lie, in linear and physical memory alike.
  enum Place {
    static let globalTable: UInt64 = 0x1000
    static let interruptTable: UInt64 = 0x2000
    static let task: UInt64 = 0x3000
    static let secondTask: UInt64 = 0x3800
    static let localTable: UInt64 = 0x4000
    static let data: UInt64 = 0x5000
    static let supervisorStack: UInt64 = 0x8000
    static let interruptStack: UInt64 = 0x9000
    static let userStack: UInt64 = 0xA000
    static let pageMap: UInt64 = 0x10000
    static let pageTable: UInt64 = 0x13000
    static let code: UInt64 = 0x20000
    static let userCode: UInt64 = 0x30000
    /// The handler of vector v is at `handlers + v * 16`.
    static let handlers: UInt64 = 0x40000
  }

  /// The selectors in the GDT.
  enum Selectors {
    static let code64: UInt16 = 0x08
    static let data: UInt16 = 0x10
    static let userCode32: UInt16 = 0x1B
    static let userData: UInt16 = 0x23
    static let userCode64: UInt16 = 0x2B
    static let task: UInt16 = 0x30
    static let code32: UInt16 = 0x40
    static let code16: UInt16 = 0x48
    static let localTable: UInt16 = 0x50
    static let secondTask: UInt16 = 0x60
    /// For tests to fill.
    static let spare: UInt16 = 0x70
  }

  let memory: GuestMemory
  let platform = SystemPlatform()
  let processor: VirtualProcessor
  private let cache: CodeCache

  var core: Core { processor.core }

  init?(model: ProcessorModel = .default, index: Int = 0) {
    guard let memory = GuestMemory(size: 2 << 20), let cache = CodeCache(memory: memory) else { return nil }
    self.memory = memory
    self.cache = cache
    processor = VirtualProcessor(
      index: index, model: model, memory: memory, codeCache: cache, platform: platform)
    fillGlobalTable()
  }

  // MARK: Modes

  /// 64-bit mode at level 0 with paging, an IDT of interrupt gates and a TSS.
  static func longMode(model: ProcessorModel = .default) -> SystemMachine? {
    guard let machine = SystemMachine(model: model) else { return nil }
    machine.fillPageTables()
    machine.processor.apply(
      ProcessorStart(
        mode: .long(machine.flatSegments(code: Selectors.code64), pageTableRoot: Place.pageMap),
        instructionPointer: Place.code, generalRegisters: [0, 0, 0, 0, Place.supervisorStack]))
    machine.putTaskDescriptor(Selectors.task, base: Place.task)
    machine.put(Place.supervisorStack, at: Place.task + 4)
    machine.put(Place.interruptStack, at: Place.task + 36)
    machine.core.state.taskRegister = Segment(
      selector: Selectors.task, attributes: .busyTSS32, limit: 0x1FF, base: Place.task)
    for vector in 0..<64 { machine.putGate64(UInt8(vector)) }
    machine.core.state.interruptDescriptorTable = DescriptorTable(base: Place.interruptTable, limit: 0xFFF)
    return machine
  }

  /// 32-bit protected mode at level 0 without paging.
  static func protectedMode() -> SystemMachine? {
    guard let machine = SystemMachine() else { return nil }
    machine.processor.apply(
      ProcessorStart(
        mode: .protected(machine.flatSegments(code: Selectors.code32)), instructionPointer: Place.code,
        generalRegisters: [0, 0, 0, 0, Place.supervisorStack]))
    machine.put(UInt32(Place.supervisorStack), at: Place.task + 4)
    machine.put(UInt32(Selectors.data), at: Place.task + 8)
    machine.core.state.taskRegister = Segment(
      selector: Selectors.task, attributes: .busyTSS32, limit: 0x1FF, base: Place.task)
    for vector in 0..<64 {
      machine.putGate32(UInt8(vector), type: 0xE, privilegeLevel: 0, selector: Selectors.code32)
    }
    machine.core.state.interruptDescriptorTable = DescriptorTable(base: Place.interruptTable, limit: 0x7FF)
    return machine
  }

  /// Real mode with the interrupt vector table at 0 and code at ``Place/code``.
  static func realMode() -> SystemMachine? {
    guard let machine = SystemMachine() else { return nil }
    machine.processor.apply(
      ProcessorStart(
        mode: .real(codeSegment: UInt16(Place.code >> 4)), instructionPointer: 0,
        generalRegisters: [0, 0, 0, 0, 0x7000]))
    for vector in UInt64(0)..<32 {
      let segment = UInt32(Place.handlers >> 4)
      machine.put(segment << 16 | UInt32(vector * 16), at: vector * 4)
    }
    return machine
  }

  /// Goes on at level 3.
  func enterUserMode(code: UInt16 = Selectors.userCode64) {
    let isLong = code == Selectors.userCode64
    core.setSegment(.ss, flatData(selector: Selectors.userData, privilegeLevel: 3))
    var segment = Segment(selector: code, attributes: .readableCode, limit: 0xFFFF_FFFF)
    segment.attributes.privilegeLevel = 3
    segment.attributes.rawValue |= isLong ? SegmentAttributes.longBit : SegmentAttributes.defaultBigBit
    core.setCodeSegment(segment, privilegeLevel: 3)
    core.setGeneral(GeneralRegister.rsp, Place.userStack)
    core.state.rip = Place.userCode
  }

  private func flatData(selector: UInt16, privilegeLevel: UInt8) -> Segment {
    var segment = Segment(selector: selector, attributes: .writableData, limit: 0xFFFF_FFFF)
    segment.attributes.rawValue |= SegmentAttributes.flatBits
    segment.attributes.privilegeLevel = privilegeLevel
    return segment
  }

  private func flatSegments(code: UInt16) -> ProcessorStart.FlatSegments {
    ProcessorStart.FlatSegments(
      codeSelector: code, dataSelector: Selectors.data, descriptorTableBase: Place.globalTable,
      descriptorTableLimit: 0xFF)
  }

  // MARK: Execution

  /// Puts an instruction at RIP and executes it, with whatever it brings about.
  func execute(_ bytes: UInt8...) {
    let address = core.register(RegisterOffset.codeBase, as: UInt64.self) &+ core.state.rip
    put(bytes, at: address)
    run(1)
  }

  func run(_ count: Int64) { _ = processor.run(instructions: count) }

  /// The vector whose handler was just entered.
  var handledVector: UInt64? {
    let address = core.register(RegisterOffset.codeBase, as: UInt64.self) &+ core.state.rip
    guard address >= Place.handlers, address < Place.handlers + 64 * 16 else { return nil }
    return (address - Place.handlers) / 16
  }

  /// A quadword of the current stack, 0 being on top.
  func stack64(_ index: UInt64) -> UInt64? {
    memory.load(core.general(GeneralRegister.rsp) &+ index * 8, as: UInt64.self)
  }

  func stack32(_ index: UInt64) -> UInt32? {
    memory.load(core.general(GeneralRegister.rsp) &+ index * 4, as: UInt32.self)
  }

  func stack16(_ index: UInt64) -> UInt16? {
    memory.load((core.general(GeneralRegister.rsp) & 0xFFFF) &+ index * 2, as: UInt16.self)
  }

  // MARK: Memory

  func put<Number: FixedWidthInteger>(_ value: Number, at address: UInt64) {
    memory.store(value, at: address)
  }

  func put(_ bytes: [UInt8], at address: UInt64) {
    for (index, byte) in bytes.enumerated() { memory.store(byte, at: address + UInt64(index)) }
  }

  /// An entry of the GDT.
  func putDescriptor(_ selector: UInt16, base: UInt32 = 0, limit: UInt32, access: UInt8, flags: UInt8) {
    let low = UInt64(limit & 0xFFFF) | UInt64(base & 0xFF_FFFF) << 16 | UInt64(access) << 40
    let high = UInt64(limit >> 16 & 0xF) << 48 | UInt64(flags) << 52 | UInt64(base >> 24) << 56
    put(low | high, at: Place.globalTable + UInt64(selector & ~7))
  }

  private func fillGlobalTable() {
    putDescriptor(Selectors.code64, limit: 0xF_FFFF, access: 0x9B, flags: 0xA)
    putDescriptor(Selectors.data, limit: 0xF_FFFF, access: 0x93, flags: 0xC)
    putDescriptor(Selectors.userCode32, limit: 0xF_FFFF, access: 0xFB, flags: 0xC)
    putDescriptor(Selectors.userData, limit: 0xF_FFFF, access: 0xF3, flags: 0xC)
    putDescriptor(Selectors.userCode64, limit: 0xF_FFFF, access: 0xFB, flags: 0xA)
    putDescriptor(Selectors.code32, limit: 0xF_FFFF, access: 0x9B, flags: 0xC)
    putDescriptor(Selectors.code16, limit: 0xFFFF, access: 0x9B, flags: 0)
  }

  /// A busy TSS of 512 bytes.
  func putTaskDescriptor(_ selector: UInt16, base: UInt64, access: UInt8 = 0x8B) {
    putDescriptor(selector, base: UInt32(base), limit: 0x1FF, access: access, flags: 0)
    put(UInt64(0), at: Place.globalTable + UInt64(selector & ~7) + 8)
  }

  /// A gate of the long-mode IDT.
  func putGate64(
    _ vector: UInt8, type: UInt8 = 0xE, privilegeLevel: UInt8 = 0, stackIndex: UInt8 = 0,
    isPresent: Bool = true
  ) {
    let offset = Place.handlers + UInt64(vector) * 16
    let access = type | privilegeLevel << 5 | (isPresent ? 0x80 : 0)
    let low =
      offset & 0xFFFF | UInt64(Selectors.code64) << 16 | UInt64(stackIndex) << 32 | UInt64(access) << 40
      | (offset >> 16 & 0xFFFF) << 48
    put(low, at: Place.interruptTable + UInt64(vector) * 16)
    put(offset >> 32, at: Place.interruptTable + UInt64(vector) * 16 + 8)
  }

  /// A gate of the legacy IDT.
  func putGate32(_ vector: UInt8, type: UInt8, privilegeLevel: UInt8, selector: UInt16) {
    let offset = Place.handlers + UInt64(vector) * 16
    let access = type | privilegeLevel << 5 | 0x80
    put(
      offset & 0xFFFF | UInt64(selector) << 16 | UInt64(access) << 40 | (offset >> 16 & 0xFFFF) << 48,
      at: Place.interruptTable + UInt64(vector) * 8)
  }

  /// The first 2 MiB, in pages of 4 KiB that users may write.
  func fillPageTables() {
    let rights: UInt64 = 7
    put((Place.pageMap + 0x1000) | rights, at: Place.pageMap)
    put((Place.pageMap + 0x2000) | rights, at: Place.pageMap + 0x1000)
    put(Place.pageTable | rights, at: Place.pageMap + 0x2000)
    for page in UInt64(0)..<512 { put(page << 12 | rights, at: Place.pageTable + page * 8) }
  }

  /// Takes a page away.
  func unmap(_ address: UInt64) {
    put(UInt64(0), at: Place.pageTable + (address >> 12) * 8)
    core.flushTranslations()
  }
}

/// A board that records what the processor asks of it.
final class SystemPlatform: ProcessorPlatform {
  var time: UInt64 = 1_000_000
  var random: UInt64 = 0x0123_4567_89AB_CDEF
  var priority: UInt8 = 0
  var pendingVector: UInt8?
  /// What IN returns.
  var portValue: UInt32 = 0
  /// What is read where there is no RAM.
  var deviceValue = UInt64.max
  /// Called when that is read.
  var deviceRead: ((VirtualProcessor) -> Void)?
  private(set) var portWrites: [PortWrite] = []
  private(set) var deadline: UInt64 = 0

  struct PortWrite: Equatable {
    var port: UInt16
    var width: AccessWidth
    var value: UInt32
  }

  func currentTime(of processor: VirtualProcessor) -> UInt64 { time }
  func observedTime(of processor: VirtualProcessor) -> UInt64 { time }
  func readPhysical(_ address: UInt64, width: AccessWidth, by processor: VirtualProcessor) -> UInt64 {
    deviceRead?(processor)
    return deviceValue & width.mask
  }

  func writePhysical(_ address: UInt64, width: AccessWidth, value: UInt64, by processor: VirtualProcessor) {}

  func readPort(_ port: UInt16, width: AccessWidth, by processor: VirtualProcessor) -> UInt32 {
    portValue & UInt32(truncatingIfNeeded: width.mask)
  }

  func writePort(_ port: UInt16, width: AccessWidth, value: UInt32, by processor: VirtualProcessor) {
    portWrites.append(PortWrite(port: port, width: width, value: value))
  }

  func acknowledgeInterrupt(of processor: VirtualProcessor) -> UInt8? {
    defer { pendingVector = nil }
    processor.setInterruptPending(false)
    return pendingVector
  }

  func taskPriority(of processor: VirtualProcessor) -> UInt8 { priority }
  func setTaskPriority(_ priority: UInt8, of processor: VirtualProcessor) { self.priority = priority }

  func readAPICRegister(_ index: UInt32, of processor: VirtualProcessor) -> UInt64? {
    switch index {
    case MSR.apicBase: 0xFEE0_0900
    case MSR.timeStampCounterDeadline: deadline
    default: nil
    }
  }

  func writeAPICRegister(_ index: UInt32, value: UInt64, of processor: VirtualProcessor) -> Bool {
    guard index == MSR.timeStampCounterDeadline else { return false }
    deadline = value
    return true
  }

  func initialiseAPIC(of processor: VirtualProcessor) {}
  func ringDoorbell(atProcessor identifier: UInt32, by processor: VirtualProcessor) {}
  func nextRandom() -> UInt64 { random }
}
