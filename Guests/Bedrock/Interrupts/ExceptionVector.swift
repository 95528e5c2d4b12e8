/// An exception that the processor itself raises: AMD64 APM volume 2, section 8.2.
public enum ExceptionVector: UInt8, Sendable {
  case divideError = 0
  case debug = 1
  case nonMaskableInterrupt = 2
  case breakpoint = 3
  case overflow = 4
  case boundRange = 5
  case invalidOpcode = 6
  case deviceNotAvailable = 7
  case doubleFault = 8
  case invalidTaskState = 10
  case segmentNotPresent = 11
  case stackFault = 12
  case generalProtection = 13
  case pageFault = 14
  case floatingPoint = 16
  case alignmentCheck = 17
  case machineCheck = 18
  case simdFloatingPoint = 19
  case controlProtection = 21
  case vmmCommunication = 29
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
