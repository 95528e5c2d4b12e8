import Interfaces
import Processor

/// A value of a register in a call: 16 bytes.
struct RegisterValue: Equatable {
  var low: UInt64
  var high: UInt64 = 0

  init(_ low: UInt64, high: UInt64 = 0) {
    self.low = low
    self.high = high
  }

  init(_ segment: ProcessorContext.Segment) {
    low = segment.base
    high = UInt64(segment.limit) | UInt64(segment.selector) << 32 | UInt64(segment.attributes) << 48
  }

  init(_ table: ProcessorContext.Table) {
    low = UInt64(table.limit) << 48
    high = table.base
  }

  var segment: ProcessorContext.Segment {
    ProcessorContext.Segment(
      base: low, limit: UInt32(truncatingIfNeeded: high), selector: UInt16(truncatingIfNeeded: high >> 32),
      attributes: UInt16(truncatingIfNeeded: high >> 48))
  }

  var table: ProcessorContext.Table {
    ProcessorContext.Table(base: high, limit: UInt16(truncatingIfNeeded: low >> 48))
  }
}

/// HvCallGetVpRegisters and HvCallSetVpRegisters.
extension HyperVHypervisor {
  /// Whose register is meant.
  struct RegisterOwner {
    let processor: PartitionProcessor
    let level: HyperV.VirtualTrustLevel
    /// Who asks.
    let caller: HyperV.VirtualTrustLevel
  }

  func getRegisters(_ call: Hypercall) throws(HyperV.HypercallStatus) {
    let owner = try registerOwner(call)
    try forEachElement(of: call) { number throws(HyperV.HypercallStatus) in
      let value = try register(call.load(call.offset(ofElement: number)), of: owner)
      let offset = number * HyperV.RegisterInput.valueSize
      call.store(value.low, at: offset)
      call.store(value.high, at: offset + 8)
    }
  }

  func setRegisters(_ call: Hypercall) throws(HyperV.HypercallStatus) {
    typealias Layout = HyperV.RegisterAssignment
    let owner = try registerOwner(call)
    try forEachElement(of: call) { number throws(HyperV.HypercallStatus) in
      let element = call.offset(ofElement: number)
      try call.requireZero(element + 4..<element + Layout.value)
      let value = RegisterValue(
        call.load(element + Layout.value), high: call.load(element + Layout.value + 8))
      try setRegister(call.load(element + Layout.name), value, of: owner)
    }
  }

  private func registerOwner(_ call: Hypercall) throws(HyperV.HypercallStatus) -> RegisterOwner {
    typealias Input = HyperV.RegisterInput
    try call.requireOwnPartition(at: Input.partition)
    let processor = try processor(call.load(Input.processor), of: call)
    let level = try call.inputLevel(at: Input.level)
    try call.requireZero(Input.zero..<Input.size)
    guard level <= call.level else { throw .accessDenied }
    return RegisterOwner(processor: processor, level: level, caller: call.level)
  }

  // MARK: By name

  private func register(
    _ number: UInt32, of owner: RegisterOwner
  ) throws(HyperV.HypercallStatus) -> RegisterValue {
    if let index = Self.syntheticRegister(number) {
      guard let value = value(of: index, owner.processor[owner.level], owner.processor) else {
        throw .unknownRegister
      }
      return RegisterValue(value)
    }
    guard let name = HyperV.RegisterName(rawValue: number) else { throw .unknownRegister }
    if let value = try levelRegister(name, of: owner) { return value }
    // A level's own registers are for instructions; calls reach those of lower levels.
    guard owner.level < owner.caller else { throw .accessDenied }
    guard let value = architecturalRegister(name, of: owner) else { throw .unknownRegister }
    return value
  }

  private func setRegister(
    _ number: UInt32, _ value: RegisterValue, of owner: RegisterOwner
  ) throws(HyperV.HypercallStatus) {
    if let index = Self.syntheticRegister(number) {
      guard set(index, value.low, owner.processor[owner.level], owner.processor) else {
        throw .invalidRegisterValue
      }
      return
    }
    guard let name = HyperV.RegisterName(rawValue: number) else { throw .unknownRegister }
    if try setLevelRegister(name, value.low, of: owner) { return }
    guard owner.level < owner.caller else { throw .accessDenied }
    try setArchitecturalRegister(name, value, of: owner)
  }

  /// The model-specific register that a name stands for.
  private static func syntheticRegister(_ number: UInt32) -> UInt32? {
    typealias Name = HyperV.RegisterName
    typealias Register = HyperV.SyntheticRegister
    if Name.interruptSources.contains(number) {
      return Register.interruptSources.lowerBound + number - Name.interruptSources.lowerBound
    }
    if Name.timers.contains(number) {
      return Register.timers.lowerBound + number - Name.timers.lowerBound
    }
    let register: Register? =
      switch Name(rawValue: number) {
      case .guestIdentity: .guestIdentity
      case .processorIndex: .processorIndex
      case .referenceCounter: .referenceCounter
      case .assistPage: .assistPage
      case .referencePage: .referencePage
      case .interruptControl: .interruptControl
      case .interruptVersion: .interruptVersion
      case .eventFlagsPage: .eventFlagsPage
      case .messagePage: .messagePage
      case .endOfMessage: .endOfMessage
      default: nil
      }
    return register?.rawValue
  }
}
