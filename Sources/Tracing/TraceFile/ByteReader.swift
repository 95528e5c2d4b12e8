/// Takes a file apart, little-endian, and believes nothing that it says of sizes.
struct ByteReader {
  private let bytes: [UInt8]
  /// Where the next byte is.
  private(set) var position: Int

  init(_ bytes: [UInt8], at position: Int = 0) {
    self.bytes = bytes
    self.position = max(position, 0)
  }

  mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type = Number.self
  ) throws(TraceFileError) -> Number {
    let size = MemoryLayout<Number>.size
    let place = try take(size)
    return bytes.withUnsafeBytes {
      Number(littleEndian: $0.loadUnaligned(fromByteOffset: place.lowerBound, as: Number.self))
    }
  }

  mutating func bytes(_ count: Int) throws(TraceFileError) -> [UInt8] { Array(bytes[try take(count)]) }

  /// A text that ends with a zero.
  mutating func terminatedText() throws(TraceFileError) -> String {
    guard position < bytes.count, let end = bytes[position...].firstIndex(of: 0) else { throw .truncated }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  /// Bytes after their number in 32 bits.
  mutating func sized32() throws(TraceFileError) -> [UInt8] {
    let size: UInt32 = try number()
    return try bytes(Int(size))
  }

  /// Bytes after their number in 64 bits.
  mutating func sized64() throws(TraceFileError) -> [UInt8] {
    let size: UInt64 = try number()
    guard let count = Int(exactly: size) else { throw .truncated }
    return try bytes(count)
  }

  private mutating func take(_ count: Int) throws(TraceFileError) -> Range<Int> {
    guard count >= 0, position <= bytes.count, count <= bytes.count - position else { throw .truncated }
    defer { position += count }
    return position..<position + count
  }
}

/// Why a file cannot be read.
public enum TraceFileError: Error, Equatable, CustomStringConvertible {
  /// It does not begin like a trace.dat file.
  case foreign
  /// It is of another version.
  case version(String)
  /// It is of a big-endian machine, or of one with other pages.
  case machine
  /// It is compressed.
  case compressed(String)
  /// It ends before it is complete, or an address in it is wrong.
  case truncated

  /// One line for a person.
  public var description: String {
    switch self {
    case .foreign: "this is no trace.dat file"
    case .version(let version): "this is a trace.dat file of version \(version); versions 6 and 7 can be read"
    case .machine: "this trace.dat file is of a big-endian machine, or of one whose pages are not 4 KiB"
    case .compressed(let algorithm):
      "this trace.dat file is compressed by \(algorithm): 'trace-cmd convert --compression none' writes it anew"
    case .truncated: "this trace.dat file is truncated or damaged"
    }
  }
}
