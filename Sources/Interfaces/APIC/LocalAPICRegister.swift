/// A register of the local APIC (APM volume 2, table 16-2); those of ``VectorSet`` are besides.
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
  /// SVR: see ``SpuriousInterrupt``.
  case spuriousInterruptVector = 0x0F
  /// ESR.
  case errorStatus = 0x28
  /// The lower half of ``InterruptCommand``.
  case interruptCommandLow = 0x30
  /// The upper half of ``InterruptCommand``.
  case interruptCommandHigh = 0x31
  /// The local vector of the timer: see ``LocalVectorField``.
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

  /// The bytes of the page that one register takes; only the first four are the register.
  public static let stride = 16

  /// The register at an offset in the page, in bytes; `nil` where there is none of these.
  public init?(offset: Int) {
    guard offset % Self.stride == 0, let number = UInt8(exactly: offset / Self.stride) else { return nil }
    self.init(rawValue: number)
  }

  /// Where the register is in the page, in bytes.
  public var offset: Int { Int(rawValue) * Self.stride }

  /// The MSR that is the register with number 0 in x2APIC mode; the others follow.
  public static let firstModelSpecificRegister: UInt32 = 0x800

  /// The number of the MSR that is the register in x2APIC mode.
  public var modelSpecificRegister: UInt32 { Self.firstModelSpecificRegister + UInt32(rawValue) }
}
