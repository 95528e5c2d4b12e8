import X86

/// What a processor notices about its guest.
struct Diagnostics {
  /// How often each encoding that the processor does not have was met, in the order in which they appeared.
  private(set) var undefinedEncodings: [UndefinedEncoding] = []
  /// The last exceptions that were delivered, oldest first.
  private(set) var recentExceptions: [ExceptionRecord] = []
  /// The exceptions that were delivered so far, by vector.
  private(set) var exceptionCounts = [UInt64](repeating: 0, count: 32)
  /// The model-specific registers that software asked for in vain.
  var unknownRegisters = UnknownRegisters()

  private static let encodingLimit = 256
  private static let recentLimit = 8

  /// Counts an encoding that raises #UD; `true` the first time that it is seen.
  mutating func noteUndefined(_ bytes: [UInt8]) -> Bool {
    if let known = undefinedEncodings.firstIndex(where: { $0.bytes == bytes }) {
      undefinedEncodings[known].count += 1
      return false
    }
    guard undefinedEncodings.count < Self.encodingLimit else { return false }
    undefinedEncodings.append(UndefinedEncoding(bytes: bytes, count: 1))
    return true
  }

  mutating func note(_ record: ExceptionRecord) {
    exceptionCounts[Int(record.exception.vector.rawValue) & 31] &+= 1
    if recentExceptions.count == Self.recentLimit { recentExceptions.removeFirst() }
    recentExceptions.append(record)
  }
}

/// An encoding that raised #UD.
struct UndefinedEncoding {
  var bytes: [UInt8]
  var count: UInt64
}

/// An exception that was delivered.
struct ExceptionRecord {
  var exception: Exception
  var rip: UInt64
  var cr2: UInt64
}
