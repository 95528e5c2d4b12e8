import Bus

/// The characters that were received and not yet read, with their errors.
struct SerialReceiver {
  /// A character and what went wrong with it.
  struct Character: Equatable {
    var byte: UInt8
    var errors: LineStatus = []
  }

  static let fifoSize = 16

  private var characters: [Character] = []
  /// A character came when there was no room.
  private(set) var hasOverrun = false
  /// Without the FIFO there is room for one character.
  private(set) var isFIFOEnabled = false

  private var capacity: Int { isFIFOEnabled ? Self.fifoSize : 1 }

  var count: Int { characters.count }
  var room: Int { max(0, capacity - characters.count) }
  /// The errors of the character that is read next.
  var errors: LineStatus { characters.first?.errors ?? [] }
  var hasErrorInFIFO: Bool { isFIFOEnabled && characters.contains { !$0.errors.isEmpty } }

  init() { characters.reserveCapacity(Self.fifoSize) }

  /// Takes a character. The FIFO loses what it has no room for; the buffer loses what was in it.
  mutating func append(_ character: Character) {
    if room == 0 {
      hasOverrun = true
      if isFIFOEnabled { return }
      characters.removeAll(keepingCapacity: true)
    }
    characters.append(character)
  }

  /// The next character; zero if there is none.
  mutating func next() -> UInt8 { characters.isEmpty ? 0 : characters.removeFirst().byte }

  /// What reading the line status does.
  mutating func clearErrors() {
    hasOverrun = false
    if !characters.isEmpty { characters[0].errors = [] }
  }

  mutating func setFIFOEnabled(_ isEnabled: Bool) {
    guard isEnabled != isFIFOEnabled else { return }
    isFIFOEnabled = isEnabled
    removeAll()
  }

  mutating func removeAll() { characters.removeAll(keepingCapacity: true) }

  func save(to writer: inout StateWriter) {
    writer.write(isFIFOEnabled)
    writer.write(hasOverrun)
    writer.write(UInt8(characters.count))
    for character in characters {
      writer.write(character.byte)
      writer.write(character.errors.rawValue)
    }
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    isFIFOEnabled = try reader.readBool()
    hasOverrun = try reader.readBool()
    let count: UInt8 = try reader.read()
    guard Int(count) <= capacity else { throw .invalid }
    removeAll()
    for _ in 0..<count {
      let byte: UInt8 = try reader.read()
      let errors = LineStatus(rawValue: try reader.read())
      guard errors.isSubset(of: .characterErrors) else { throw .invalid }
      characters.append(Character(byte: byte, errors: errors))
    }
  }
}
