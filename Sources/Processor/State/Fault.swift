import X86

/// Why an instruction does not complete.
enum Fault: Error, Equatable {
  /// It raises an exception.
  case exception(Exception)
  /// It makes an access that is the hypervisor's to judge: see ``VirtualProcessor/interceptedAccess``.
  case interception
  /// It makes the processor leave its guest: see ``VirtualMachine/pendingExit``.
  case guestExit

  init(_ vector: ExceptionVector, errorCode: UInt32 = 0) {
    self = .exception(Exception(vector: vector, errorCode: errorCode))
  }

  /// The exception, if it is one.
  var exception: Exception? {
    if case .exception(let exception) = self { exception } else { nil }
  }

  static let invalidOpcode = Fault(.invalidOpcode)
  static let deviceNotAvailable = Fault(.deviceNotAvailable)
  static let generalProtection = Fault(.generalProtection)
  static let stack = Fault(.stackFault)
  /// An INIT that VM_CR.R_INIT redirects: the only reason for #SX, with this error code (APM volume 2, 8.2.23).
  static let redirectedInitialisation = Fault(.security, errorCode: 1)
  static func generalProtection(selector: UInt16) -> Fault {
    Fault(.generalProtection, errorCode: UInt32(selector & ~3))
  }
}

/// An exception of the processor.
struct Exception: Equatable {
  var vector: ExceptionVector
  /// For vectors that push one.
  var errorCode: UInt32 = 0
}
