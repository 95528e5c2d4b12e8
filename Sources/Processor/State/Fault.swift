import X86

/// An exception that an instruction raises instead of completing.
struct Fault: Error, Equatable {
  var vector: ExceptionVector
  /// For vectors that push one.
  var errorCode: UInt32 = 0

  init(_ vector: ExceptionVector, errorCode: UInt32 = 0) {
    self.vector = vector
    self.errorCode = errorCode
  }

  static let invalidOpcode = Fault(.invalidOpcode)
  static let deviceNotAvailable = Fault(.deviceNotAvailable)
  static let generalProtection = Fault(.generalProtection)
  static let stack = Fault(.stackFault)
  static func generalProtection(selector: UInt16) -> Fault {
    Fault(.generalProtection, errorCode: UInt32(selector & ~3))
  }
}
