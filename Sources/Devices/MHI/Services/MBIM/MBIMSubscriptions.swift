import Bus

/// What of basic connect the host is told without having asked (MBIM 1.0, 10.5.30): everything, as long as it has
/// not said otherwise.
struct MBIMSubscriptions {
  /// A bit for each identifier of a command.
  private var identifiers = UInt32.max

  func contains(_ identifier: UInt32) -> Bool { identifier < 32 && identifiers & 1 << identifier != 0 }

  /// Takes the host's list: references to services, each with identifiers or, without any, meaning all.
  mutating func set(_ arguments: MBIMArguments) throws(MBIM.Status) {
    var chosen: UInt32 = 0
    let count = Int(try arguments.number(at: 0))
    guard count <= arguments.bytes.count else { throw .invalidParameters }
    for index in 0..<count {
      let start = Int(try arguments.number(at: 4 + index * 8))
      let end = start + MBIM.identifierLength
      guard end <= arguments.bytes.count else { throw .invalidParameters }
      guard Array(arguments.bytes[start..<end]) == MBIM.basicConnect else { continue }
      let identifierCount = Int(try arguments.number(at: end))
      guard identifierCount <= arguments.bytes.count else { throw .invalidParameters }
      if identifierCount == 0 { chosen = .max }
      for place in 0..<identifierCount {
        let identifier = try arguments.number(at: end + 4 + place * 4)
        if identifier < 32 { chosen |= 1 << identifier }
      }
    }
    identifiers = chosen
  }

  func save(to writer: inout StateWriter) { writer.write(identifiers) }
  mutating func restore(from reader: inout StateReader) throws(StateError) { identifiers = try reader.read() }
}
