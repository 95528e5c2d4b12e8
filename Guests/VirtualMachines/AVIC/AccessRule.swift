import Interfaces

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
    switch LocalAPICRegister(offset: offset) {
    case .arbitrationPriority?, .timerCurrentCount?: self = .fault
    case nil where Self.isExtended(offset): self = .fault
    default: self = .allowed
    }
  }

  /// For writes of the register at an offset; of the end of an interrupt whose trigger mode is edge.
  init(writing offset: Int) {
    switch LocalAPICRegister(offset: offset) {
    case .identifier?, .logicalDestination?, .destinationFormat?, .spuriousInterruptVector?, .errorStatus?,
      .timerVector?, .thermalVector?, .performanceCounterVector?, .localInterrupt0Vector?,
      .localInterrupt1Vector?, .errorVector?, .timerInitialCount?, .timerDivideConfiguration?,
      // An end of interrupt exits behind the instruction if it does at all.
      .endOfInterrupt?:
      self = .trap
    case .version?, .arbitrationPriority?, .processorPriority?, .timerCurrentCount?: self = .fault
    case .taskPriority?, .interruptCommandLow?, .interruptCommandHigh?, .selfInterrupt?: self = .allowed
    case nil where offset == Self.remoteRead: self = .trap
    case nil where Self.isVectorSet(offset) || Self.isExtended(offset): self = .fault
    case nil: self = .allowed
    }
  }

  /// A register that other makers' APICs have.
  static let remoteRead = 0x0C0

  private static func isVectorSet(_ offset: Int) -> Bool {
    VectorSet(withRegister: UInt8(truncatingIfNeeded: offset / LocalAPICRegister.stride)) != nil
  }

  /// The registers of AMD's extended APIC, and what is behind them.
  private static func isExtended(_ offset: Int) -> Bool {
    offset >= 0x400 && !(0x430..<0x480).contains(offset)
  }
}
