import Bus
import Interfaces

/// The registers as software sees them, in the page of xAPIC mode.
extension LocalAPIC: MemoryMappedDevice {
  private static let stride = UInt64(LocalAPICRegister.stride)

  /// Reads from the page. Registers are 32 bits wide and 16 bytes apart; between them is nothing.
  public func readRegister(_ offset: UInt64, width: AccessWidth) -> UInt64 {
    guard mode == .xAPIC, offset % Self.stride < 4 else { return 0 }
    let number = UInt8(truncatingIfNeeded: offset / Self.stride)
    guard let value = readValue(number) else {
      report(.illegalRegisterAddress)
      return 0
    }
    return UInt64(value) >> (offset % 4 * 8) & width.mask
  }

  /// Writes to the page. Only aligned accesses of 32 bits have an effect (APM volume 2, 16.3.2).
  public func writeRegister(_ offset: UInt64, width: AccessWidth, value: UInt64) {
    guard mode == .xAPIC, width == .doubleword, offset % Self.stride == 0 else { return }
    let number = UInt8(truncatingIfNeeded: offset / Self.stride)
    guard let register = LocalAPICRegister(rawValue: number), register != .selfInterrupt else {
      return VectorSet(withRegister: number) != nil ? () : report(.illegalRegisterAddress)
    }
    write(register, UInt32(truncatingIfNeeded: value))
  }

  /// A register's value; `nil` if there is no register with this number.
  func readValue(_ number: UInt8) -> UInt32? {
    switch VectorSet(withRegister: number) {
    case .inService?: inService.register(Int(number & 7))
    case .triggerMode?: levelTriggered.register(Int(number & 7))
    case .requests?: requests.register(Int(number & 7))
    case nil: LocalAPICRegister(rawValue: number).flatMap(readValue)
    }
  }

  private func readValue(_ register: LocalAPICRegister) -> UInt32? {
    switch register {
    case .identifier: mode == .x2APIC ? identifier : UInt32(memoryIdentifier) << 24
    case .version: LocalAPICVersion.value
    case .taskPriority: UInt32(taskPriorityRegister)
    case .arbitrationPriority: UInt32(arbitrationPriority)
    case .processorPriority: UInt32(processorPriority)
    case .endOfInterrupt: 0
    case .logicalDestination: mode == .x2APIC ? x2APICLogicalID : UInt32(logicalID) << 24
    case .destinationFormat: destinationFormat
    case .spuriousInterruptVector: spuriousInterrupt
    case .errorStatus: errorStatus.rawValue
    case .interruptCommandLow: UInt32(truncatingIfNeeded: interruptCommand.rawValue)
    case .interruptCommandHigh: UInt32(truncatingIfNeeded: interruptCommand.rawValue >> 32)
    case .timerVector: localVectors[.timer].rawValue
    case .thermalVector: localVectors[.thermal].rawValue
    case .performanceCounterVector: localVectors[.performanceCounter].rawValue
    case .localInterrupt0Vector: localVectors[.pin0].rawValue
    case .localInterrupt1Vector: localVectors[.pin1].rawValue
    case .errorVector: localVectors[.error].rawValue
    case .timerInitialCount: timer.initialCount
    case .timerCurrentCount: timerCurrentCount
    case .timerDivideConfiguration: timer.divideConfiguration
    case .selfInterrupt: nil
    }
  }

  /// Stores to a register; what is read-only does not change.
  func write(_ register: LocalAPICRegister, _ value: UInt32) {
    switch register {
    case .endOfInterrupt: endOfInterrupt()
    case .taskPriority: writeTaskPriority(UInt8(truncatingIfNeeded: value))
    case .logicalDestination: logicalID = UInt8(value >> 24)
    case .destinationFormat: destinationFormat = value | DestinationFormat.fixedBits
    case .spuriousInterruptVector: writeSpuriousInterrupt(value)
    case .errorStatus: latchErrors()
    case .interruptCommandLow:
      interruptCommand.rawValue = interruptCommand.rawValue & ~0xFFFF_FFFF | UInt64(value)
      sendInterruptCommand()
    case .interruptCommandHigh:
      // The destination is the only field of the upper half.
      let destination = UInt64(value & 0xFF00_0000) << 32
      interruptCommand.rawValue = interruptCommand.rawValue & 0xFFFF_FFFF | destination
    case .timerVector: writeLocalVector(.timer, value)
    case .thermalVector: writeLocalVector(.thermal, value)
    case .performanceCounterVector: writeLocalVector(.performanceCounter, value)
    case .localInterrupt0Vector: writeLocalVector(.pin0, value)
    case .localInterrupt1Vector: writeLocalVector(.pin1, value)
    case .errorVector: writeLocalVector(.error, value)
    case .timerInitialCount: writeTimerInitialCount(value)
    case .timerDivideConfiguration: writeTimerDivideConfiguration(value)
    case .selfInterrupt: sendToSelf(UInt8(truncatingIfNeeded: value))
    case .identifier: memoryIdentifier = UInt8(value >> 24)
    case .version, .arbitrationPriority, .processorPriority, .timerCurrentCount: break
    }
  }

  private func writeSpuriousInterrupt(_ value: UInt32) {
    spuriousInterrupt = value & SpuriousInterrupt.writable
    if !isSoftwareEnabled {
      // A disabled local APIC masks its own sources (APM volume 2, 16.4.7).
      localVectors.maskAll()
      setTimerAlarm()
      updateRequest()
    }
  }

  /// The errors since the last write become visible.
  private func latchErrors() {
    errorStatus = pendingErrors
    pendingErrors = []
  }

  // MARK: - Interrupts to other processors

  func sendInterruptCommand() {
    interruptCommand.rawValue &= ~InterruptCommand.deliveryStatus
    let command = interruptCommand
    router.tracePoints.commandWritten(command, isX2APIC: mode == .x2APIC, apic: identifier)
    guard !command.isDeassertion, let message = command.message(isX2APIC: mode == .x2APIC) else { return }
    if message.deliveryMode == .fixed || message.deliveryMode == .lowestPriority, message.vector < 16 {
      return report(.sentIllegalVector)
    }
    switch command.validShorthand {
    case .none?: router.send(message)
    case .sender?: accept(message)
    case .everyone?: sendToEveryone(message)
    case .everyoneElse?: router.send(message, toAllExcept: self)
    case nil: break
    }
  }

  private func sendToEveryone(_ message: InterruptMessage) {
    var broadcast = message
    broadcast.destination = .broadcast
    router.send(broadcast)
  }

  func sendToSelf(_ vector: UInt8) {
    guard vector >= 16 else { return report(.sentIllegalVector) }
    accept(.fixed, vector: vector, triggerMode: .edge)
  }
}
