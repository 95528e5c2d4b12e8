/// A register of the local APIC (APM volume 2, table 16-2).
///
/// The number is the offset in the page divided by 16, and the MSR number less 0x800.
public enum LocalAPICRegister: UInt8, Sendable {
  /// The APIC ID, in the upper byte.
  case identifier = 0x02
  /// Version and number of local vectors.
  case version = 0x03
  /// TPR.
  case taskPriority = 0x08
  /// APR.
  case arbitrationPriority = 0x09
  /// PPR.
  case processorPriority = 0x0A
  /// EOI.
  case endOfInterrupt = 0x0B
  /// LDR.
  case logicalDestination = 0x0D
  /// DFR.
  case destinationFormat = 0x0E
  /// SVR.
  case spuriousInterruptVector = 0x0F
  /// ESR.
  case errorStatus = 0x28
  /// The lower half of ``InterruptCommand``.
  case interruptCommandLow = 0x30
  /// The upper half of ``InterruptCommand``.
  case interruptCommandHigh = 0x31
  /// The local vector of the timer.
  case timerVector = 0x32
  /// The local vector of the thermal sensor.
  case thermalVector = 0x33
  /// The local vector of the performance counters.
  case performanceCounterVector = 0x34
  /// LVT0.
  case localInterrupt0Vector = 0x35
  /// LVT1.
  case localInterrupt1Vector = 0x36
  /// The local vector of errors.
  case errorVector = 0x37
  /// Where the timer begins.
  case timerInitialCount = 0x38
  /// Where the timer is.
  case timerCurrentCount = 0x39
  /// What divides the timer's clock.
  case timerDivideConfiguration = 0x3E
  /// Exists in x2APIC mode only.
  case selfInterrupt = 0x3F

  /// ISR: eight registers of 32 vectors each, as of the next two.
  public static let inServiceBank: Range<UInt8> = 0x10..<0x18
  /// TMR.
  public static let triggerModeBank: Range<UInt8> = 0x18..<0x20
  /// IRR.
  public static let interruptRequestBank: Range<UInt8> = 0x20..<0x28

  /// The bytes of the page that one register takes; only the first four are the register.
  public static let stride = 16

  /// Where the register is in the page, in bytes.
  public var offset: Int { Int(rawValue) * Self.stride }
}
