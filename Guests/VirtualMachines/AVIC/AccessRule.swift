/// What AVIC does about an access to a register of the APIC (APM volume 2, table 15-22).
enum AccessRule {
  /// No exit.
  case allowed
  /// An exit behind the instruction, which has been done.
  case trap
  /// An exit at the instruction, of which nothing has been done.
  case fault

  /// For reads of the register at an offset.
  init(reading offset: Int) {
    switch offset {
    case LocalRegister.arbitrationPriority, LocalRegister.timerCurrentCount: self = .fault
    default: self = Self.isExtended(offset) ? .fault : .allowed
    }
  }

  /// For writes of the register at an offset; of the end of an interrupt whose trigger mode is edge.
  init(writing offset: Int) {
    typealias Register = LocalRegister
    switch offset {
    case Register.identifier, Register.remoteRead, Register.logicalDestination, Register.destinationFormat,
      Register.spuriousInterrupt, Register.errorStatus, Register.timerInitialCount, Register.timerDivide,
      // An end of interrupt exits behind the instruction if it does at all.
      Register.endOfInterrupt:
      self = .trap
    case Register.timerVector...Register.errorVector: self = .trap
    case Register.version, Register.arbitrationPriority, Register.processorPriority,
      Register.timerCurrentCount:
      self = .fault
    case Register.inService..<Register.errorStatus: self = .fault
    default: self = Self.isExtended(offset) ? .fault : .allowed
    }
  }

  /// The registers of AMD's extended APIC, and what is behind them.
  private static func isExtended(_ offset: Int) -> Bool {
    offset >= 0x400 && !(0x430..<0x480).contains(offset)
  }
}
