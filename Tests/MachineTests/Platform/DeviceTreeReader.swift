@testable import Machine

/// A flattened device tree (Devicetree Specification 0.4, 5), read back without the code that wrote it.
struct DeviceTreeReader {
  /// Where a tree cannot be read.
  struct Malformed: Error { let offset: Int }

  /// The properties of each node, by the node's path.
  private(set) var nodes: [String: [String: [UInt8]]] = [:]
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    guard try number(at: 0) == 0xD00D_FEED, try number(at: 4) == bytes.count else {
      throw Malformed(offset: 0)
    }
    var offset = Int(try number(at: 8))
    let strings = Int(try number(at: 12))
    let end = offset + Int(try number(at: 36))
    var path: [String] = []
    while true {
      guard offset % 4 == 0, offset < end else { throw Malformed(offset: offset) }
      switch try number(at: offset) {
      case 1:
        let name = try text(at: offset + 4)
        path.append(name)
        nodes[Self.joined(path)] = [:]
        offset += 4 + (name.utf8.count + 4) / 4 * 4
      case 2:
        guard path.popLast() != nil else { throw Malformed(offset: offset) }
        offset += 4
      case 3:
        let length = Int(try number(at: offset + 4))
        let name = try text(at: strings + Int(try number(at: offset + 8)))
        guard offset + 12 + length <= end else { throw Malformed(offset: offset) }
        nodes[Self.joined(path), default: [:]][name] = [UInt8](bytes[offset + 12..<offset + 12 + length])
        offset += 12 + (length + 3) / 4 * 4
      case 9:
        guard path.isEmpty, offset + 4 == end else { throw Malformed(offset: offset) }
        return
      default: throw Malformed(offset: offset)
      }
    }
  }

  /// The cells of a property; `nil` if it is not there.
  func cells(_ node: String, _ property: String) -> [UInt32]? {
    guard let value = nodes[node]?[property], value.count % 4 == 0 else { return nil }
    return stride(from: 0, to: value.count, by: 4).map { start in
      value[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  /// The text of a property without the NUL that ends it; `nil` if it is not there.
  func text(_ node: String, _ property: String) -> String? {
    guard let value = nodes[node]?[property], value.last == 0 else { return nil }
    return String(decoding: value.dropLast(), as: UTF8.self)
  }

  private static func joined(_ path: [String]) -> String {
    path.count == 1 ? "/" : path.joined(separator: "/")
  }

  private func number(at offset: Int) throws -> UInt32 {
    guard offset >= 0, offset + 4 <= bytes.count else { throw Malformed(offset: offset) }
    return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  private func text(at offset: Int) throws -> String {
    guard offset < bytes.count, let end = bytes[offset...].firstIndex(of: 0) else {
      throw Malformed(offset: offset)
    }
    return String(decoding: bytes[offset..<end], as: UTF8.self)
  }
}
