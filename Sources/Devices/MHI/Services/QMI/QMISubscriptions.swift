import Bus

/// Which clients of the network's service want to be told of changes (NAS, Register Indications).
struct QMISubscriptions {
  /// Message of NAS that chooses what is told.
  static let registration: UInt16 = 0x0003

  private(set) var servingSystem: [UInt8] = []
  private(set) var signal: [UInt8] = []

  /// Each argument that is there says whether something is to be told; of what there is nothing to tell, any.
  mutating func register(_ request: QMI.Request) {
    Self.set(request.client, in: &servingSystem, request.optional(0x13))
    Self.set(request.client, in: &signal, request.optional(0x19))
  }

  /// Forgets a client that is released.
  mutating func forget(_ client: UInt8) {
    servingSystem.removeAll { $0 == client }
    signal.removeAll { $0 == client }
  }

  private static func set(_ client: UInt8, in list: inout [UInt8], _ argument: [UInt8]?) {
    guard let wanted = argument?.first else { return }
    list.removeAll { $0 == client }
    if wanted != 0 { list.append(client) }
  }

  func save(to writer: inout StateWriter) {
    writer.write(servingSystem)
    writer.write(signal)
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    servingSystem = try reader.readBytes()
    signal = try reader.readBytes()
  }
}
