/// Messages of the Mobile Broadband Interface Model (USB-IF, MBIM 1.0, 9).
enum MBIM {
  /// What a message is (9.2, table 9-3, and 9.3, table 9-9).
  enum MessageType {
    static let open: UInt32 = 1
    static let close: UInt32 = 2
    static let command: UInt32 = 3
    static let hostError: UInt32 = 4
    static let openDone: UInt32 = 0x8000_0001
    static let closeDone: UInt32 = 0x8000_0002
    static let commandDone: UInt32 = 0x8000_0003
    static let functionError: UInt32 = 0x8000_0004
    static let indicateStatus: UInt32 = 0x8000_0007
  }

  /// Type, length and transaction (9.1).
  static let headerLength = 12
  /// The header, how many fragments there are and which this is (9.2).
  static let fragmentHeaderLength = 20

  /// What is wrong with a message itself (9.3.4.1).
  enum ProtocolError: UInt32 {
    case fragmentOutOfSequence = 2
    case lengthMismatch = 3
    case notOpened = 5
    case unknown = 6
    case maximumTransfer = 8
  }

  /// How a command ended (9.4.5).
  enum Status: UInt32, Error {
    case success = 0
    case failure = 2
    case pinRequired = 5
    case notRegistered = 7
    case providersNotFound = 8
    case noDeviceSupport = 9
    case maximumActivatedContexts = 13
    case contextNotActivated = 16
    case radioPowerOff = 20
    case invalidParameters = 21
    case operationNotAllowed = 28
  }

  /// The identifier of a service: 16 bytes in the order in which they are written.
  typealias ServiceIdentifier = [UInt8]

  static let identifierLength = 16

  /// The service that every modem has (10.1).
  static let basicConnect: ServiceIdentifier = [
    0xA2, 0x89, 0xCC, 0x33, 0xBC, 0xBB, 0x8B, 0x4F, 0xB6, 0xB0, 0x13, 0x3E, 0xC2, 0xAA, 0xE6, 0xDF,
  ]

  /// A command, put together from its fragments (9.3.3).
  struct Command {
    let service: ServiceIdentifier
    let identifier: UInt32
    let isSet: Bool
    let information: MBIMArguments

    /// Reads what follows the fragments' headers.
    init?(_ bytes: [UInt8]) {
      guard
        let parts = bytes.withUnsafeBytes({ bytes -> (ServiceIdentifier, UInt32, UInt32, [UInt8])? in
          var reader = MessageReader(bytes)
          guard let service = reader.take(identifierLength), let identifier = reader.read(UInt32.self),
            let type = reader.read(UInt32.self), let length = reader.read(UInt32.self),
            let information = reader.take(Int(length)), reader.remaining == 0
          else { return nil }
          return (Array(service), identifier, type, Array(information))
        }), parts.2 <= 1
      else { return nil }
      (service, identifier, isSet) = (parts.0, parts.1, parts.2 == 1)
      information = MBIMArguments(parts.3)
    }
  }

  /// A message that is never in fragments.
  static func message(_ type: UInt32, transaction: UInt32, _ value: UInt32) -> [UInt8] {
    var writer = MessageWriter()
    writer.write(type)
    writer.write(UInt32(headerLength + 4))
    writer.write(transaction)
    writer.write(value)
    return writer.bytes
  }

  /// The answer to a command, in fragments of up to `maximumLength` bytes (9.3.4).
  static func commandDone(
    _ command: Command, transaction: UInt32, status: Status, information: [UInt8], maximumLength: Int
  ) -> [[UInt8]] {
    var whole = MessageWriter()
    whole.write(command.service)
    whole.write(command.identifier)
    whole.write(status.rawValue)
    whole.write(UInt32(truncatingIfNeeded: information.count))
    whole.write(information)
    return fragments(
      MessageType.commandDone, transaction: transaction, whole.bytes, maximumLength: maximumLength)
  }

  /// What tells the host of something that it has not asked for, in fragments of up to `maximumLength` bytes
  /// (9.3.5).
  static func indication(_ identifier: UInt32, _ information: [UInt8], maximumLength: Int) -> [[UInt8]] {
    var whole = MessageWriter()
    whole.write(basicConnect)
    whole.write(identifier)
    whole.write(UInt32(truncatingIfNeeded: information.count))
    whole.write(information)
    return fragments(MessageType.indicateStatus, transaction: 0, whole.bytes, maximumLength: maximumLength)
  }

  private static func fragments(
    _ type: UInt32, transaction: UInt32, _ bytes: [UInt8], maximumLength: Int
  ) -> [[UInt8]] {
    let pieceLength = max(1, maximumLength - fragmentHeaderLength)
    let count = (bytes.count + pieceLength - 1) / pieceLength
    return (0..<count).map { index in
      let piece = bytes.dropFirst(index * pieceLength).prefix(pieceLength)
      var writer = MessageWriter()
      writer.write(type)
      writer.write(UInt32(truncatingIfNeeded: fragmentHeaderLength + piece.count))
      writer.write(transaction)
      writer.write(UInt32(truncatingIfNeeded: count))
      writer.write(UInt32(truncatingIfNeeded: index))
      writer.write(piece)
      return writer.bytes
    }
  }
}

/// What comes with a command: numbers, and references to what follows them (9.4).
struct MBIMArguments {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The number at `offset`.
  func number(at offset: Int) throws(MBIM.Status) -> UInt32 {
    guard offset + 4 <= bytes.count else { throw .invalidParameters }
    return bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The text that the pair of offset and length at `offset` is for.
  func text(at offset: Int) throws(MBIM.Status) -> String {
    let start = Int(try number(at: offset))
    let length = Int(try number(at: offset + 4))
    guard length > 0 else { return "" }
    guard length.isMultiple(of: 2), start <= bytes.count, length <= bytes.count - start else {
      throw .invalidParameters
    }
    let units = stride(from: start, to: start + length, by: 2).map {
      UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
    }
    return String(decoding: units, as: UTF16.self)
  }
}

/// Puts together what comes with an answer: numbers first, what they refer to behind them (9.4).
struct MBIMInformation {
  private var fixed = MessageWriter()
  private var references: [(place: Int, hasLength: Bool, bytes: [UInt8])] = []

  mutating func write(_ number: UInt32) { fixed.write(number) }
  mutating func write(_ number: UInt64) { fixed.write(number) }
  mutating func write(_ bytes: [UInt8]) { fixed.write(bytes) }

  /// A pair of offset and length, for a text.
  mutating func write(_ text: String) {
    var writer = MessageWriter()
    for unit in text.utf16 { writer.write(unit) }
    refer(to: writer.bytes)
  }

  /// A pair of offset and length, for `bytes`.
  mutating func refer(to bytes: [UInt8]) {
    references.append((fixed.bytes.count, true, bytes))
    fixed.write(0 as UInt64)
  }

  /// An offset alone, for `bytes`; zero for none.
  mutating func point(to bytes: [UInt8]) {
    references.append((fixed.bytes.count, false, bytes))
    fixed.write(0 as UInt32)
  }

  var bytes: [UInt8] {
    var whole = fixed
    for reference in references where !reference.bytes.isEmpty {
      whole.align(to: 4)
      whole.replace(at: reference.place, with: UInt32(truncatingIfNeeded: whole.bytes.count))
      if reference.hasLength {
        whole.replace(at: reference.place + 4, with: UInt32(truncatingIfNeeded: reference.bytes.count))
      }
      whole.write(reference.bytes)
    }
    whole.align(to: 4)
    return whole.bytes
  }
}
