import Bus

/// The control service: who talks to which service (CTL).
struct QMIClients {
  private enum Message {
    static let versions: UInt16 = 0x0021
    static let allocate: UInt16 = 0x0022
    static let release: UInt16 = 0x0023
    static let setDataFormat: UInt16 = 0x0026
    static let synchronise: UInt16 = 0x0027
  }

  /// The clients of each service, in the order of its number in `Service.allCases`.
  private var identifiers = [[UInt8]](repeating: [], count: QMI.Service.allCases.count)

  private static func index(of service: UInt8) -> Int? {
    QMI.Service.allCases.firstIndex { $0.rawValue == service && $0 != .control }
  }

  func contains(service: UInt8, client: UInt8) -> Bool {
    Self.index(of: service).map { identifiers[$0].contains(client) } ?? false
  }

  /// The clients of a service, in the order in which they came.
  func all(of service: QMI.Service) -> [UInt8] {
    Self.index(of: service.rawValue).map { identifiers[$0] } ?? []
  }

  mutating func perform(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    switch request.message {
    case Message.synchronise:
      self = QMIClients()
      return []
    case Message.versions: return [Self.versions]
    case Message.allocate:
      let service = try request.argument(0x01, length: 1)[0]
      guard let index = Self.index(of: service) else { throw .notSupported }
      guard let client = (1...254 as ClosedRange<UInt8>).first(where: { !identifiers[index].contains($0) })
      else {
        throw .clientIdentifiersExhausted
      }
      identifiers[index].append(client)
      return [QMI.Value(0x01, [service, client])]
    case Message.release:
      let pair = try request.argument(0x01, length: 2)
      guard let index = Self.index(of: pair[0]), let place = identifiers[index].firstIndex(of: pair[1]) else {
        throw .invalidClientIdentifier
      }
      identifiers[index].remove(at: place)
      return [QMI.Value(0x01, Array(pair[..<2]))]
    // Whatever was asked for, packets are raw IP.
    case Message.setDataFormat: return [QMI.Value(0x10, QMIDataFormat.rawIPShort)]
    default: throw .notSupported
    }
  }

  private static var versions: QMI.Value {
    QMI.Value(0x01) {
      $0.write(UInt8(truncatingIfNeeded: QMI.Service.allCases.count))
      for service in QMI.Service.allCases {
        $0.write(service.rawValue)
        $0.write(QMI.Service.version.major)
        $0.write(QMI.Service.version.minor)
      }
    }
  }

  func save(to writer: inout StateWriter) {
    for clients in identifiers { writer.write(clients) }
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    for index in identifiers.indices { identifiers[index] = try reader.readBytes() }
  }
}

/// The service that says how packets are framed (WDA): not at all.
enum QMIDataFormat {
  private enum Message {
    static let set: UInt16 = 0x0020
    static let get: UInt16 = 0x0021
  }

  private static let rawIP: UInt32 = 2
  private static let noAggregation: UInt32 = 0
  /// The same in the control service.
  static let rawIPShort: UInt16 = 2

  static func perform(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    guard request.message == Message.set || request.message == Message.get else { throw .notSupported }
    return [
      QMI.Value(0x10, 0 as UInt8), QMI.Value(0x11, rawIP), QMI.Value(0x12, noAggregation),
      QMI.Value(0x13, noAggregation),
    ]
  }
}
