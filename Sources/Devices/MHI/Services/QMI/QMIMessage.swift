/// Messages of the Qualcomm MSM interface and the frames they come in.
enum QMI {
  /// A frame: a marker, the length of the rest, who it is from, the service and the client.
  enum Frame {
    static let marker: UInt8 = 0x01
    static let headerLength = 6
    static let fromService: UInt8 = 0x80
  }

  /// Who a message is for.
  enum Service: UInt8, CaseIterable {
    case control = 0x00
    case wirelessData = 0x01
    case deviceManagement = 0x02
    case networkAccess = 0x03
    case wirelessDataAdministration = 0x1A

    /// The version of the messages that it knows: hosts choose newer ones if it is higher.
    static let version: (major: UInt16, minor: UInt16) = (1, 0)
  }

  /// Why a request was not done.
  enum Failure: UInt16, Error {
    case malformedMessage = 1
    case clientIdentifiersExhausted = 5
    case invalidClientIdentifier = 7
    case invalidHandle = 9
    case incorrectPIN = 12
    case callFailed = 14
    case outOfCall = 15
    case missingArgument = 17
    case noEffect = 26
    case pinBlocked = 35
    case invalidArgument = 48
    case informationUnavailable = 74
    case notSupported = 94
  }

  /// A request, without its frame.
  struct Request {
    let service: UInt8
    let client: UInt8
    let transaction: UInt16
    let message: UInt16
    let arguments: [Value]

    /// The argument of this type, if it is there.
    func optional(_ type: UInt8) -> [UInt8]? { arguments.first { $0.type == type }?.bytes }

    /// The argument of this type, of at least `length` bytes.
    func argument(_ type: UInt8, length: Int) throws(Failure) -> [UInt8] {
      guard let bytes = optional(type) else { throw .missingArgument }
      guard bytes.count >= length else { throw .malformedMessage }
      return bytes
    }

    /// The argument of this type as a number.
    func number(_ type: UInt8) throws(Failure) -> UInt32 {
      try argument(type, length: 4).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  /// A type, a length and that many bytes: an argument or a part of an answer.
  struct Value: Equatable {
    let type: UInt8
    let bytes: [UInt8]

    init(_ type: UInt8, _ bytes: [UInt8]) {
      self.type = type
      self.bytes = bytes
    }

    init(_ type: UInt8, _ text: String) { self.init(type, Array(text.utf8)) }

    init<Number: FixedWidthInteger>(_ type: UInt8, _ number: Number) {
      self.init(type) { $0.write(number) }
    }

    init(_ type: UInt8, _ write: (inout MessageWriter) -> Void) {
      var writer = MessageWriter()
      write(&writer)
      self.init(type, writer.bytes)
    }
  }

  /// What every answer has: whether the request was done, and why not.
  static let resultType: UInt8 = 0x02

  /// Reads values up to the end; `nil` if they do not end there.
  static func values(_ bytes: UnsafeRawBufferPointer) -> [Value]? {
    var reader = MessageReader(bytes)
    var values: [Value] = []
    while reader.remaining > 0 {
      guard let type = reader.read(UInt8.self), let length = reader.read(UInt16.self),
        let bytes = reader.take(Int(length))
      else { return nil }
      values.append(Value(type, Array(bytes)))
    }
    return values
  }

  /// Reads the message in a frame for `service`; `nil` if it is none. Arguments that are cut off make it `wrong`.
  static func request(
    _ bytes: UnsafeRawBufferPointer, service: UInt8, client: UInt8, isWrong: inout Bool
  ) -> Request? {
    var reader = MessageReader(bytes)
    let isControl = service == Service.control.rawValue
    guard reader.read(UInt8.self) != nil,
      let transaction = isControl ? reader.read(UInt8.self).map(UInt16.init) : reader.read(UInt16.self),
      let message = reader.read(UInt16.self), let length = reader.read(UInt16.self)
    else { return nil }
    let arguments = reader.take(Int(length)).flatMap(values)
    isWrong = arguments == nil
    return Request(
      service: service, client: client, transaction: transaction, message: message,
      arguments: arguments ?? [])
  }

  /// The frame with the answer to a request.
  static func response(to request: Request, _ outcome: Result<[Value], Failure>) -> [UInt8] {
    var parts = MessageWriter()
    switch outcome {
    case .success(let values):
      write(Value(resultType, 0 as UInt32), to: &parts)
      for value in values { write(value, to: &parts) }
    case .failure(let failure):
      write(Value(resultType, 1 | UInt32(failure.rawValue) << 16), to: &parts)
    }
    let isControl = request.service == Service.control.rawValue
    var frame = frame(
      service: request.service, client: request.client, length: (isControl ? 6 : 7) + parts.bytes.count)
    if isControl {
      frame.write(1 as UInt8)
      frame.write(UInt8(truncatingIfNeeded: request.transaction))
    } else {
      frame.write(2 as UInt8)
      frame.write(request.transaction)
    }
    frame.write(request.message)
    frame.write(UInt16(truncatingIfNeeded: parts.bytes.count))
    frame.write(parts.bytes)
    return frame.bytes
  }

  /// The frame that tells a client what it has not asked for.
  static func indication(
    _ message: UInt16, of service: Service, to client: UInt8, _ values: [Value]
  ) -> [UInt8] {
    var parts = MessageWriter()
    for value in values { write(value, to: &parts) }
    var frame = frame(service: service.rawValue, client: client, length: 7 + parts.bytes.count)
    frame.write(4 as UInt8)
    // It belongs to no transaction.
    frame.write(0 as UInt16)
    frame.write(message)
    frame.write(UInt16(truncatingIfNeeded: parts.bytes.count))
    frame.write(parts.bytes)
    return frame.bytes
  }

  /// The beginning of a frame whose message has `length` bytes.
  private static func frame(service: UInt8, client: UInt8, length: Int) -> MessageWriter {
    var frame = MessageWriter()
    frame.write(Frame.marker)
    frame.write(UInt16(truncatingIfNeeded: Frame.headerLength - 1 + length))
    frame.write(Frame.fromService)
    frame.write(service)
    frame.write(client)
    return frame
  }

  private static func write(_ value: Value, to writer: inout MessageWriter) {
    writer.write(value.type)
    writer.write(UInt16(truncatingIfNeeded: value.bytes.count))
    writer.write(value.bytes)
  }
}
