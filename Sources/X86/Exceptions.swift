/// The vectors of the processor's exceptions (APM volume 2, 8.2).
public enum ExceptionVector: UInt8, Sendable, CaseIterable {
  /// #DE.
  case divideError = 0
  /// #DB.
  case debug = 1
  /// NMI.
  case nonMaskable = 2
  /// #BP.
  case breakpoint = 3
  /// #OF.
  case overflow = 4
  /// #BR.
  case boundRange = 5
  /// #UD.
  case invalidOpcode = 6
  /// #NM.
  case deviceNotAvailable = 7
  /// #DF.
  case doubleFault = 8
  /// #TS.
  case invalidTSS = 10
  /// #NP.
  case segmentNotPresent = 11
  /// #SS.
  case stackFault = 12
  /// #GP.
  case generalProtection = 13
  /// #PF.
  case pageFault = 14
  /// #MF.
  case x87FloatingPoint = 16
  /// #AC.
  case alignmentCheck = 17
  /// #MC.
  case machineCheck = 18
  /// #XF.
  case simdFloatingPoint = 19
  /// #CP: shadow stacks.
  case controlProtection = 21
  /// #HV: SEV-SNP's restricted injection.
  case hypervisorInjection = 28
  /// #VC: SEV-ES.
  case vmmCommunication = 29
  /// #SX.
  case security = 30

  /// Whether an error code is pushed when the exception is delivered in protected or long mode.
  public var pushesErrorCode: Bool {
    switch self {
    case .doubleFault, .invalidTSS, .segmentNotPresent, .stackFault, .generalProtection, .pageFault,
      .alignmentCheck, .controlProtection, .vmmCommunication, .security:
      true
    default:
      false
    }
  }
}
