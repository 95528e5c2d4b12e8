import Interfaces
import X86

/// AVIC: the guest's local APIC lives in a page of memory that the hypervisor and the processor share, and the
/// processor does what the APIC would do with the frequent accesses (APM volume 2, 15.29).
///
/// Everything is read from memory when it is needed: hypervisors change the tables while guests run.
struct VirtualInterruptController {
  /// Whether and how the guest has it.
  enum Mode {
    case disabled
    /// AVIC: registers in memory.
    case memory
    /// x2AVIC: registers by RDMSR and WRMSR.
    case modelSpecificRegisters
  }

  private(set) var mode = Mode.disabled
  /// The guest-physical address of the page that it answers.
  private var base: UInt64 = 0
  /// The physical address of the page with the registers.
  private var backingPage: UInt64 = 0
  private(set) var logicalTable: UInt64 = 0
  private(set) var physicalTable = SVM.PhysicalIdentifierTable(rawValue: 0)

  private static let addressMask: UInt64 = 0x000F_FFFF_FFFF_F000

  /// The guest has it.
  var isEnabled: Bool { mode != .disabled }

  /// Takes what VMRUN finds in a control block.
  mutating func load(from block: ControlBlock, on core: Core) {
    let control = SVM.InterruptControl(rawValue: block[SVM.ControlBlock.interruptControl])
    guard control.isAVICEnabled else {
      mode = .disabled
      return
    }
    mode = control.isX2AVICEnabled ? .modelSpecificRegisters : .memory
    base = block[SVM.ControlBlock.apicBar] & Self.addressMask
    backingPage = block[SVM.ControlBlock.apicBackingPage] & Self.addressMask
    logicalTable = block[SVM.ControlBlock.logicalIdentifierTable] & Self.addressMask
    physicalTable = SVM.PhysicalIdentifierTable(rawValue: block[SVM.ControlBlock.physicalIdentifierTable])
    updateProcessorPriority(on: core)
  }

  /// What it was told, for those who write down the state.
  var saved: [UInt64] {
    let kind: UInt64 =
      switch mode {
      case .disabled: 0
      case .memory: 1
      case .modelSpecificRegisters: 2
      }
    return [kind, base, backingPage, logicalTable, physicalTable.rawValue]
  }

  /// Whether a guest-physical address is that of its registers.
  func answers(_ physical: UInt64) -> Bool { mode == .memory && physical & ~0xFFF == base }

  // MARK: Registers

  /// The registers; a page that is not in RAM has none.
  func registers(on core: Core) -> APICBackingPage? { APICBackingPage(core, at: backingPage) }

  /// The guest's own physical APIC ID.
  func identifier(on core: Core) -> UInt32 {
    let register = registers(on: core)?[LocalAPICRegister.identifier.offset] ?? 0
    return mode == .memory ? register >> 24 : register
  }

  /// Stores the task priority, all eight bits.
  func setTaskPriority(_ priority: UInt8, on core: Core) {
    registers(on: core)?[LocalAPICRegister.taskPriority.offset] = UInt32(priority)
    updateProcessorPriority(on: core)
  }

  /// The greater of the task priority and the class of what is in service (APM volume 2, 16.6.4).
  func updateProcessorPriority(on core: Core) {
    guard let registers = registers(on: core) else { return }
    let task = registers[LocalAPICRegister.taskPriority.offset] & 0xFF
    let service = registers.highestVector(.inService).map { UInt32($0) & 0xF0 } ?? 0
    registers[LocalAPICRegister.processorPriority.offset] = task & 0xF0 >= service ? task : service
  }

  // MARK: Delivery

  /// The interrupt that waits and has the priority to be delivered.
  func deliverableVector(on core: Core) -> UInt8? {
    guard let registers = registers(on: core),
      let vector = registers.highestVector(.requests),
      UInt32(vector) & 0xF0 > registers[LocalAPICRegister.processorPriority.offset] & 0xF0
    else { return nil }
    return vector
  }

  /// Takes that interrupt into service.
  func acceptInterrupt(on core: Core) -> UInt8? {
    guard let vector = deliverableVector(on: core), let registers = registers(on: core) else { return nil }
    registers.clear(vector, in: .requests)
    registers.set(vector, in: .inService)
    updateProcessorPriority(on: core)
    return vector
  }

  /// A write of EOI.
  ///
  /// - Returns: the vector, still in service, if its end is for software to deal with: it was triggered by a level.
  func endInterrupt(on core: Core) -> UInt8? {
    guard let registers = registers(on: core),
      let vector = registers.highestVector(.inService)
    else { return nil }
    if registers.contains(vector, in: .triggerMode) { return vector }
    registers.clear(vector, in: .inService)
    updateProcessorPriority(on: core)
    return nil
  }
}

/// A page with the registers of a guest's APIC, in the machine's RAM.
struct APICBackingPage {
  private let base: UnsafeMutableRawPointer

  /// The page at a physical address; `nil` if no RAM answers there.
  init?(_ core: Core, at physical: UInt64) {
    guard let offset = core.memoryOffset(ofPhysical: physical) else { return nil }
    core.willWritePage(at: offset)
    base = core.state.memory.base + Int(offset)
  }

  /// The bytes from an offset on.
  func bytes(at offset: Int) -> UnsafeMutableRawPointer { base + offset }

  /// A register by its offset.
  subscript(offset: Int) -> UInt32 {
    get { UInt32(littleEndian: base.load(fromByteOffset: offset, as: UInt32.self)) }
    nonmutating set { base.storeBytes(of: newValue.littleEndian, toByteOffset: offset, as: UInt32.self) }
  }

  /// The greatest vector of a set.
  func highestVector(_ set: VectorSet) -> UInt8? {
    for word in (0..<VectorSet.registerCount).reversed() {
      let bits = self[set.offset(of: word * 32)]
      if bits != 0 { return word * 32 + 31 - UInt8(truncatingIfNeeded: bits.leadingZeroBitCount) }
    }
    return nil
  }

  /// Whether a set has a vector.
  func contains(_ vector: UInt8, in set: VectorSet) -> Bool {
    self[set.offset(of: vector)] & VectorSet.bit(of: vector) != 0
  }

  /// Adds a vector to a set.
  func set(_ vector: UInt8, in set: VectorSet) { self[set.offset(of: vector)] |= VectorSet.bit(of: vector) }

  /// Removes a vector from a set.
  func clear(_ vector: UInt8, in set: VectorSet) {
    self[set.offset(of: vector)] &= ~VectorSet.bit(of: vector)
  }
}
