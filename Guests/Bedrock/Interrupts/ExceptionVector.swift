/// An exception that the processor itself raises: AMD64 APM volume 2, section 8.2.
public enum ExceptionVector: UInt8, Sendable {
  /// DIV or IDIV by zero, or with a quotient that does not fit.
  case divideError = 0
  /// A breakpoint of the debug registers, or a single step.
  case debug = 1
  /// An interrupt that RFLAGS.IF does not hold back.
  case nonMaskableInterrupt = 2
  /// INT3.
  case breakpoint = 3
  /// INTO, outside of 64-bit mode.
  case overflow = 4
  /// BOUND, outside of 64-bit mode.
  case boundRange = 5
  /// UD2, or an instruction that does not exist here.
  case invalidOpcode = 6
  /// A floating-point instruction while CR0 withholds them.
  case deviceNotAvailable = 7
  /// An exception while another one was being delivered.
  case doubleFault = 8
  /// A task-state segment that cannot be used.
  case invalidTaskState = 10
  /// A descriptor that is not present.
  case segmentNotPresent = 11
  /// A stack segment or an address relative to the stack that is not valid.
  case stackFault = 12
  /// Whatever else is not permitted.
  case generalProtection = 13
  /// A translation that is missing or does not permit the access.
  case pageFault = 14
  /// An unmasked x87 error that waited.
  case floatingPoint = 16
  /// An unaligned access in user mode while these are checked.
  case alignmentCheck = 17
  /// A hardware error.
  case machineCheck = 18
  /// An unmasked SSE error.
  case simdFloatingPoint = 19
  /// A return or branch that shadow stacks or branch tracking refuse.
  case controlProtection = 21
  /// Something in an SEV-ES guest that needs the hypervisor.
  case vmmCommunication = 29
  /// An event of SVM that is told as an exception.
  case security = 30

  /// The manual's mnemonic.
  public var mnemonic: StaticString {
    switch self {
    case .divideError: "#DE"
    case .debug: "#DB"
    case .nonMaskableInterrupt: "NMI"
    case .breakpoint: "#BP"
    case .overflow: "#OF"
    case .boundRange: "#BR"
    case .invalidOpcode: "#UD"
    case .deviceNotAvailable: "#NM"
    case .doubleFault: "#DF"
    case .invalidTaskState: "#TS"
    case .segmentNotPresent: "#NP"
    case .stackFault: "#SS"
    case .generalProtection: "#GP"
    case .pageFault: "#PF"
    case .floatingPoint: "#MF"
    case .alignmentCheck: "#AC"
    case .machineCheck: "#MC"
    case .simdFloatingPoint: "#XF"
    case .controlProtection: "#CP"
    case .vmmCommunication: "#VC"
    case .security: "#SX"
    }
  }

  /// Whether the exception comes from what the processor was told to do, so that a probe may abandon that.
  ///
  /// A double fault does not allow the instruction to go on, but the probe does not let it.
  var belongsToInstruction: Bool {
    switch self {
    case .nonMaskableInterrupt, .machineCheck: false
    default: true
    }
  }
}
