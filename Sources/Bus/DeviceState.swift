/// Collects the state of devices as little-endian bytes, for snapshots and for the state's hash.
public struct StateWriter {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []

  /// An empty state.
  public init() {}

  /// Appends a number.
  public mutating func write<Number: FixedWidthInteger>(_ value: Number) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Appends a truth value as one byte.
  public mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

  /// Appends a run of bytes, preceded by its length.
  public mutating func write(_ value: [UInt8]) {
    write(UInt64(value.count))
    bytes.append(contentsOf: value)
  }
}

/// Why a saved state could not be read back.
public enum StateError: Error, Equatable {
  /// The bytes ended before the state did.
  case truncated
  /// A field has a value that no device could have written.
  case invalid
}

/// Reads what a ``StateWriter`` wrote.
public struct StateReader {
  private let bytes: [UInt8]
  private var position = 0

  /// Starts at the first byte.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Takes the next number.
  public mutating func read<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws(StateError)
    -> Number
  {
    let size = MemoryLayout<Number>.size
    guard bytes.count - position >= size else { throw .truncated }
    var value: Number = 0
    for index in 0..<size {
      value |= Number(truncatingIfNeeded: bytes[position + index]) << Number(index * 8)
    }
    position += size
    return value
  }

  /// Takes the next truth value.
  public mutating func readBool() throws(StateError) -> Bool {
    switch try read(UInt8.self) {
    case 0: false
    case 1: true
    default: throw .invalid
    }
  }

  /// Takes the next run of bytes.
  public mutating func readBytes() throws(StateError) -> [UInt8] {
    let count = try read(UInt64.self)
    guard count <= UInt64(bytes.count - position) else { throw .truncated }
    defer { position += Int(count) }
    return Array(bytes[position..<position + Int(count)])
  }
}
