import Bus

/// One connection to a packet data network, as the host defined it (3GPP TS 27.007, 10.1.1).
struct PacketDataContext {
  /// Which packets it carries.
  enum AddressFamily: UInt8, CaseIterable {
    case version4
    case version6
    case both

    /// The name in commands.
    var name: String {
      switch self {
      case .version4: "IP"
      case .version6: "IPV6"
      case .both: "IPV4V6"
      }
    }
  }

  /// The numbers that contexts have.
  static let identifiers = 1...16
  /// The longest name of an access point (TS 23.003, 9.1).
  static let maximumNameLength = 100

  let identifier: Int
  var family: AddressFamily
  var accessPointName: String

  /// What a modem has before anybody defines another.
  static let initial = PacketDataContext(identifier: 1, family: .version4, accessPointName: "internet")
}

/// The contexts that are defined, in the order of their numbers. At most one of them is active: there is one
/// address to give.
struct PacketDataContexts {
  private(set) var defined = [PacketDataContext.initial]
  private(set) var active: Int?

  subscript(identifier: Int) -> PacketDataContext? { defined.first { $0.identifier == identifier } }

  mutating func define(_ context: PacketDataContext) {
    undefine(context.identifier)
    let place = defined.firstIndex { $0.identifier > context.identifier } ?? defined.endIndex
    defined.insert(context, at: place)
  }

  mutating func undefine(_ identifier: Int) {
    defined.removeAll { $0.identifier == identifier }
    deactivate(identifier)
  }

  /// - Returns: whether the context is active now.
  mutating func activate(_ identifier: Int) -> Bool {
    guard self[identifier] != nil, active == nil || active == identifier else { return false }
    active = identifier
    return true
  }

  mutating func deactivate(_ identifier: Int) {
    if active == identifier { active = nil }
  }

  mutating func deactivateAll() { active = nil }

  func save(to writer: inout StateWriter) {
    writer.write(UInt8(truncatingIfNeeded: active ?? 0))
    writer.write(UInt8(truncatingIfNeeded: defined.count))
    for context in defined {
      writer.write(UInt8(truncatingIfNeeded: context.identifier))
      writer.write(context.family.rawValue)
      writer.write(Array(context.accessPointName.utf8))
    }
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    let active = Int(try reader.read(UInt8.self))
    self = PacketDataContexts()
    defined = []
    for _ in 0..<(try reader.read(UInt8.self)) {
      let identifier = Int(try reader.read(UInt8.self))
      guard PacketDataContext.identifiers.contains(identifier), self[identifier] == nil,
        let family = PacketDataContext.AddressFamily(rawValue: try reader.read())
      else { throw .invalid }
      let name = String(decoding: try reader.readBytes(), as: UTF8.self)
      define(PacketDataContext(identifier: identifier, family: family, accessPointName: name))
    }
    guard active == 0 || activate(active) else { throw .invalid }
  }
}
