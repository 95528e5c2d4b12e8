import Interfaces
import Processor

/// The model-specific registers 4000_0000h to 4000_1FFFh (TLFS, appendix "MSR").
extension HyperVHypervisor: ProcessorHypervisor {
  /// See ``ProcessorHypervisor``.
  public func readRegister(_ index: UInt32, of processor: VirtualProcessor) -> UInt64? {
    let processor = partitionProcessor(processor)
    guard isAccessible(index) else { return nil }
    return value(of: index, processor.activeLevel, processor)
  }

  /// See ``ProcessorHypervisor``.
  public func writeRegister(_ index: UInt32, value: UInt64, of processor: VirtualProcessor) -> Bool {
    let processor = partitionProcessor(processor)
    guard isAccessible(index) else { return false }
    return set(index, value, processor.activeLevel, processor)
  }

  /// Whether the partition has the privilege that a register needs.
  private func isAccessible(_ index: UInt32) -> Bool {
    guard let needed = Self.privilege(for: index) else {
      return HyperV.SyntheticRegister.crashParameters.contains(index)
        || index == HyperV.SyntheticRegister.crashControl.rawValue
        ? configuration.features.contains(.crashRegisters)
        // The assist page is there for all: Linux writes its register without looking for the privilege.
        : index == HyperV.SyntheticRegister.assistPage.rawValue
    }
    return configuration.privileges.isSuperset(of: needed)
  }

  private static func privilege(for index: UInt32) -> HyperV.Privileges? {
    typealias Register = HyperV.SyntheticRegister
    if Register.interruptSources.contains(index) { return .syntheticInterruptController }
    if Register.timers.contains(index) { return .syntheticTimers }
    return switch Register(rawValue: index) {
    case .guestIdentity, .hypercall: .hypercalls
    case .processorIndex: .processorIndex
    case .reset: .reset
    case .runtime: .runtime
    case .referenceCounter: .referenceCounter
    case .referencePage: .referencePage
    case .timeStampCounterFrequency, .localAPICFrequency: .frequencies
    case .endOfInterrupt, .interruptCommand, .taskPriority: .localAPICRegisters
    case .interruptControl, .interruptVersion, .eventFlagsPage, .messagePage, .endOfMessage:
      .syntheticInterruptController
    case .guestIdle: .guestIdle
    case .invariantCounterControl: .invariantCounterControl
    case .assistPage, .crashControl, nil: nil
    }
  }

  // MARK: Values

  /// The value of a register as a level of a processor has it; `nil` if there is nothing to read.
  func value(of index: UInt32, _ level: ProcessorLevel, _ processor: PartitionProcessor) -> UInt64? {
    typealias Register = HyperV.SyntheticRegister
    if Register.interruptSources.contains(index) {
      return level.interrupts.sources[Int(index - Register.interruptSources.lowerBound)].rawValue
    }
    if Register.timers.contains(index) { return timerValue(index - Register.timers.lowerBound, level) }
    if Register.crashParameters.contains(index) {
      return crashParameters[Int(index - Register.crashParameters.lowerBound)]
    }
    let shared = partition(level.level)
    switch Register(rawValue: index) {
    case .guestIdentity: return shared.guestIdentity
    case .hypercall: return shared.hypercall.rawValue
    case .processorIndex: return UInt64(processor.index)
    case .reset: return 0
    case .runtime: return Self.runtime(of: processor.processor)
    case .referenceCounter: return referenceTime(of: processor)
    case .referencePage: return shared.referencePage.rawValue
    case .timeStampCounterFrequency, .localAPICFrequency: return ReferenceTime.counterFrequency
    case .interruptCommand: return machine.interruptCommand(level.level, of: processor.number)
    case .taskPriority: return UInt64(machine.taskPriority(level.level, of: processor.number))
    case .assistPage: return level.assistPage.rawValue
    case .interruptControl: return level.interrupts.control
    case .interruptVersion: return SyntheticInterruptState.version
    case .eventFlagsPage: return level.interrupts.eventFlagsPage.rawValue
    case .messagePage: return level.interrupts.messagePage.rawValue
    case .endOfMessage: return 0
    case .guestIdle:
      processor.processor.idle()
      return 0
    case .crashControl: return HyperV.CrashControl.notify | HyperV.CrashControl.message
    case .invariantCounterControl: return shared.revealsInvariantCounter ? 1 : 0
    case .endOfInterrupt, nil: return nil
    }
  }

  private func timerValue(_ number: UInt32, _ level: ProcessorLevel) -> UInt64 {
    let timer = level.timers[Int(number / 2)]
    return number % 2 == 0 ? timer.configuration.rawValue : timer.expiration
  }

  /// The time that a processor has worked, in units of 100 ns: an instruction takes 10 ns.
  private static func runtime(of processor: VirtualProcessor) -> UInt64 { processor.instructionsRetired / 10 }

  // MARK: Writes

  /// Writes a register of a level of a processor; `false` if it does not take the value.
  func set(
    _ index: UInt32, _ value: UInt64, _ level: ProcessorLevel, _ processor: PartitionProcessor
  ) -> Bool {
    typealias Register = HyperV.SyntheticRegister
    if Register.interruptSources.contains(index) {
      return setInterruptSource(
        Int(index - Register.interruptSources.lowerBound), value, of: level, processor)
    }
    if Register.timers.contains(index) {
      return setTimer(index - Register.timers.lowerBound, value, level, processor)
    }
    if Register.crashParameters.contains(index) {
      crashParameters[Int(index - Register.crashParameters.lowerBound)] = value
      return true
    }
    guard let register = Register(rawValue: index) else { return false }
    switch register {
    case .guestIdentity, .hypercall, .referencePage, .invariantCounterControl:
      return setShared(register, value, partition(level.level))
    case .assistPage, .eventFlagsPage, .messagePage: return setPage(register, value, level, processor)
    case .endOfInterrupt, .interruptCommand, .taskPriority:
      return setLocalAPIC(register, value, level, processor)
    case .reset:
      guard value <= 1 else { return false }
      if value == 1 { machine.partitionRequestedReset() }
    case .interruptControl:
      guard value <= 1 else { return false }
      level.interrupts.control = value
      sendWaitingMessages(of: level, of: processor)
    case .endOfMessage: sendWaitingMessages(of: level, of: processor)
    case .crashControl: noteCrash(value, by: processor)
    case .processorIndex, .runtime, .referenceCounter, .timeStampCounterFrequency, .localAPICFrequency,
      .interruptVersion, .guestIdle:
      return false
    }
    return true
  }

  /// Registers that all processors share.
  private func setShared(
    _ register: HyperV.SyntheticRegister, _ value: UInt64, _ shared: PartitionLevel
  ) -> Bool {
    switch register {
    case .guestIdentity:
      shared.guestIdentity = value
      // Who does not say who he is gets no page.
      if value == 0 { shared.hypercall = HyperV.OverlayControl(rawValue: 0) }
      updateViews(shared.level)
    case .hypercall:
      var new = HyperV.OverlayControl(rawValue: value)
      guard shared.hypercall.other & HyperV.OverlayControl.locked == 0,
        new.other & ~HyperV.OverlayControl.locked == 0, isAddress(new.address)
      else { return false }
      if !shared.acceptsCalls { new.rawValue &= ~1 }
      shared.hypercall = new
      updateViews(shared.level)
    case .referencePage:
      let new = HyperV.OverlayControl(rawValue: value)
      guard isAddress(new.address) else { return false }
      shared.referencePage = new
      updateViews(shared.level)
    default:
      guard value <= 1 else { return false }
      shared.revealsInvariantCounter = value == 1
    }
    return true
  }

  /// Pages that each processor has for itself.
  private func setPage(
    _ register: HyperV.SyntheticRegister, _ value: UInt64, _ level: ProcessorLevel,
    _ processor: PartitionProcessor
  ) -> Bool {
    let new = HyperV.OverlayControl(rawValue: value)
    guard isAddress(new.address) else { return false }
    switch register {
    case .assistPage:
      guard new.other == 0 else { return false }
      level.assistPage = new
    case .eventFlagsPage: level.interrupts.eventFlagsPage = new
    default: level.interrupts.messagePage = new
    }
    if processor.active == level.level { updateView(of: processor) }
    sendWaitingMessages(of: level, of: processor)
    return true
  }

  /// Registers of the local APIC.
  private func setLocalAPIC(
    _ register: HyperV.SyntheticRegister, _ value: UInt64, _ level: ProcessorLevel,
    _ processor: PartitionProcessor
  ) -> Bool {
    switch register {
    case .endOfInterrupt:
      guard value >> 32 == 0 else { return false }
      machine.endInterrupt(level.level, of: processor.number)
    case .interruptCommand:
      return machine.setInterruptCommand(value, level.level, of: processor.number)
    default:
      guard let priority = UInt8(exactly: value) else { return false }
      machine.setTaskPriority(priority, level.level, of: processor.number)
    }
    return true
  }

  private func setTimer(
    _ number: UInt32, _ value: UInt64, _ level: ProcessorLevel, _ processor: PartitionProcessor
  ) -> Bool {
    if number % 2 == 0 { return setTimerConfiguration(Int(number / 2), value, of: level, processor) }
    setTimerCount(Int(number / 2), value, of: level, processor)
    return true
  }

  /// Whether a page's address lies in the physical address space.
  private func isAddress(_ address: UInt64) -> Bool {
    address >> UInt64(ProcessorModel.physicalAddressBits) == 0
  }

  // MARK: Crashes

  private static let longestCrashText = 4096

  private func noteCrash(_ control: UInt64, by processor: PartitionProcessor) {
    guard control & HyperV.CrashControl.notify != 0 else { return }
    var text: String?
    let (address, length) = (crashParameters[3], crashParameters[4])
    if control & HyperV.CrashControl.message != 0, length <= UInt64(Self.longestCrashText) {
      var bytes = [UInt8](repeating: 0, count: Int(length))
      if bytes.withUnsafeMutableBytes({ processor.processor.readPhysical(address, into: $0) }) {
        text = String(decoding: bytes, as: UTF8.self)
      }
    }
    crash = HyperVCrash(parameters: crashParameters, control: control, text: text)
  }
}
