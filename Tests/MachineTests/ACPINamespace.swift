/// What a definition block declares, read back from AML (ACPI 6.5, 20.2) without the code that wrote it.
///
/// It knows scopes, devices, names and methods, and the data that names have; it does not run methods.
struct ACPINamespace {
  /// The value of a name.
  enum Value: Equatable {
    case integer(UInt64)
    case string(String)
    case buffer([UInt8])
    case package([Value])
  }

  /// A method's flags and its body.
  struct Method: Equatable {
    let flags: UInt8
    let body: [UInt8]
  }

  /// Where AML cannot be read.
  struct Malformed: Error {
    let offset: Int
  }

  private(set) var values: [String: Value] = [:]
  private(set) var methods: [String: Method] = [:]
  private(set) var devices: [String] = []

  /// Reads a list of terms.
  init(_ aml: [UInt8]) throws {
    var reader = Reader(bytes: aml, position: 0)
    try readTerms(&reader, end: aml.count, scope: "\\")
  }

  private mutating func readTerms(_ reader: inout Reader, end: Int, scope: String) throws {
    while reader.position < end {
      switch try reader.byte() {
      case 0x10:
        let end = try reader.packageEnd(within: end)
        let name = try reader.name(in: scope)
        try readTerms(&reader, end: end, scope: name)
      case 0x5B:
        guard try reader.byte() == 0x82 else { throw Malformed(offset: reader.position) }
        let end = try reader.packageEnd(within: end)
        let name = try reader.name(in: scope)
        devices.append(name)
        try readTerms(&reader, end: end, scope: name)
      case 0x08:
        let name = try reader.name(in: scope)
        guard values[name] == nil else { throw Malformed(offset: reader.position) }
        values[name] = try reader.value(within: end)
      case 0x14:
        let end = try reader.packageEnd(within: end)
        let name = try reader.name(in: scope)
        methods[name] = Method(flags: try reader.byte(), body: try reader.bytes(until: end))
      default: throw Malformed(offset: reader.position)
      }
    }
    guard reader.position == end else { throw Malformed(offset: reader.position) }
  }

  private struct Reader {
    let bytes: [UInt8]
    var position: Int

    mutating func byte() throws -> UInt8 {
      guard position < bytes.count else { throw Malformed(offset: position) }
      position += 1
      return bytes[position - 1]
    }

    mutating func number(_ count: Int) throws -> UInt64 {
      try (0..<count).reduce(0) { number, index in number | UInt64(try byte()) << (8 * index) }
    }

    mutating func bytes(until end: Int) throws -> [UInt8] {
      guard position <= end, end <= bytes.count else { throw Malformed(offset: position) }
      defer { position = end }
      return [UInt8](bytes[position..<end])
    }

    mutating func packageEnd(within limit: Int) throws -> Int {
      let start = position
      let lead = Int(try byte())
      let more = lead >> 6
      var length = more == 0 ? lead & 0x3F : lead & 0xF
      for index in 0..<more { length |= Int(try byte()) << (4 + 8 * index) }
      guard start + length <= limit else { throw Malformed(offset: start) }
      return start + length
    }

    mutating func name(in scope: String) throws -> String {
      var base = scope
      if position < bytes.count, bytes[position] == UInt8(ascii: "\\") {
        position += 1
        base = "\\"
      }
      var count = 1
      switch bytes[position] {
      case 0x2E: (position, count) = (position + 1, 2)
      case 0x2F: (position, count) = (position + 2, Int(bytes[position + 1]))
      default: break
      }
      for _ in 0..<count {
        let segment = try (0..<4).map { _ in try byte() }
        let isNamed = segment.allSatisfy { byte in
          byte == UInt8(ascii: "_") || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard isNamed else { throw Malformed(offset: position) }
        base += (base.hasSuffix("\\") ? "" : ".") + String(decoding: segment, as: UTF8.self)
      }
      return base
    }

    mutating func value(within limit: Int) throws -> Value {
      switch try byte() {
      case 0x00: return .integer(0)
      case 0x01: return .integer(1)
      case 0x0A: return .integer(try number(1))
      case 0x0B: return .integer(try number(2))
      case 0x0C: return .integer(try number(4))
      case 0x0E: return .integer(try number(8))
      case 0x0D:
        var text: [UInt8] = []
        while case let next = try byte(), next != 0 { text.append(next) }
        return .string(String(decoding: text, as: UTF8.self))
      case 0x11:
        let end = try packageEnd(within: limit)
        guard case .integer(let size) = try value(within: end) else { throw Malformed(offset: position) }
        let content = try bytes(until: end)
        guard UInt64(content.count) == size else { throw Malformed(offset: position) }
        return .buffer(content)
      case 0x12:
        let end = try packageEnd(within: limit)
        let count = Int(try byte())
        let elements = try (0..<count).map { _ in try value(within: end) }
        guard position == end else { throw Malformed(offset: position) }
        return .package(elements)
      default: throw Malformed(offset: position)
      }
    }
  }
}
