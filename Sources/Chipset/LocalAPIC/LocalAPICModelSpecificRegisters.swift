import Interfaces

/// The local APIC's MSRs: the APIC base, the timer's deadline, and every register in x2APIC mode.
extension LocalAPIC {
  /// Whether ``readMSR(_:)`` and ``writeMSR(_:_:)`` are about this MSR.
  public static func ownsMSR(_ number: UInt32) -> Bool {
    number == APICBase.modelSpecificRegister
      || number == LocalAPICModelSpecificRegister.timeStampCounterDeadline
      || LocalAPICModelSpecificRegister.registers.contains(number)
  }

  /// Reads an MSR; `nil` means that the processor raises #GP.
  public func readMSR(_ number: UInt32) -> UInt64? {
    switch number {
    case APICBase.modelSpecificRegister: return apicBase
    case LocalAPICModelSpecificRegister.timeStampCounterDeadline
    where features.contains(.timeStampCounterDeadline):
      return timeStampCounterDeadline
    case LocalAPICModelSpecificRegister.registers where mode == .x2APIC:
      return readX2APIC(UInt8(truncatingIfNeeded: number))
    default: return nil
    }
  }

  /// Writes an MSR; `false`, with nothing written, means that the processor raises #GP.
  public func writeMSR(_ number: UInt32, _ value: UInt64) -> Bool {
    switch number {
    case APICBase.modelSpecificRegister: return writeBase(value)
    case LocalAPICModelSpecificRegister.timeStampCounterDeadline
    where features.contains(.timeStampCounterDeadline):
      timeStampCounterDeadline = value
      return true
    case LocalAPICModelSpecificRegister.registers where mode == .x2APIC:
      return writeX2APIC(UInt8(truncatingIfNeeded: number), value)
    default: return false
    }
  }

  // MARK: - APIC base

  private var apicBase: UInt64 {
    var value = baseAddress
    if isBootstrapProcessor { value |= APICBase.bootstrapProcessor }
    switch mode {
    case .disabled: break
    case .xAPIC: value |= APICBase.enable
    case .x2APIC: value |= APICBase.enable | APICBase.x2APICEnable
    }
    return value
  }

  /// The mode that the two enable bits select; `nil` for the combination that is illegal.
  private static func mode(of base: UInt64) -> Mode? {
    switch (base & APICBase.enable != 0, base & APICBase.x2APICEnable != 0) {
    case (false, false): .disabled
    case (true, false): .xAPIC
    case (true, true): .x2APIC
    case (false, true): nil
    }
  }

  /// Changes the address and the mode. The bootstrap processor bit is read-only.
  private func writeBase(_ value: UInt64) -> Bool {
    let flags = APICBase.bootstrapProcessor | APICBase.x2APICEnable | APICBase.enable
    guard value & ~(addressMask | flags) == 0, let newMode = Self.mode(of: value),
      newMode != .x2APIC || features.contains(.x2APIC)
    else { return false }
    switch (mode, newMode) {
    case (.disabled, .x2APIC), (.x2APIC, .xAPIC): return false
    default: break
    }
    baseAddress = value & addressMask
    guard mode != newMode else { return true }
    mode = newMode
    if newMode == .disabled {
      restoreMemoryIdentifier()
      resetRegisters()
    } else {
      // The two modes lay out the command register's destination differently.
      interruptCommand = InterruptCommand()
      updateRequest()
    }
    return true
  }

  // MARK: - x2APIC registers

  private func readX2APIC(_ number: UInt8) -> UInt64? {
    switch LocalAPICRegister(rawValue: number) {
    case .arbitrationPriority?, .endOfInterrupt?, .destinationFormat?, .interruptCommandHigh?,
      .selfInterrupt?:
      return nil
    case .interruptCommandLow?: return interruptCommand.rawValue
    default: return readValue(number).map { UInt64($0) }
    }
  }

  private func writeX2APIC(_ number: UInt8, _ value: UInt64) -> Bool {
    guard let register = LocalAPICRegister(rawValue: number), let accepted = register.x2APICAccepted,
      value & ~accepted == 0
    else { return false }
    if register == .interruptCommandLow {
      interruptCommand.rawValue = value
      sendInterruptCommand()
    } else {
      write(register, UInt32(truncatingIfNeeded: value))
    }
    return true
  }
}

extension LocalAPICRegister {
  /// The bits that a write in x2APIC mode may set; `nil` if the register takes no writes.
  fileprivate var x2APICAccepted: UInt64? {
    switch self {
    case .taskPriority, .selfInterrupt: 0xFF
    case .endOfInterrupt, .errorStatus: 0
    case .spuriousInterruptVector: UInt64(SpuriousInterrupt.writable)
    case .interruptCommandLow: ~InterruptCommand.x2APICReserved
    case .timerVector: UInt64(LocalVector.Layout.timer.accepted)
    case .thermalVector, .performanceCounterVector: UInt64(LocalVector.Layout.message.accepted)
    case .localInterrupt0Vector, .localInterrupt1Vector: UInt64(LocalVector.Layout.pin.accepted)
    case .errorVector: UInt64(LocalVector.Layout.error.accepted)
    case .timerInitialCount: 0xFFFF_FFFF
    case .timerDivideConfiguration: UInt64(LocalAPICTimer.divideConfigurationBits)
    case .identifier, .version, .arbitrationPriority, .processorPriority, .logicalDestination,
      .destinationFormat, .interruptCommandHigh, .timerCurrentCount:
      nil
    }
  }
}
