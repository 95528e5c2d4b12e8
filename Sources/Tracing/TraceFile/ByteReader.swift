/// Takes a file apart, little-endian, and believes nothing that it says of sizes.
struct ByteReader {
  private let storage: any TraceFileStorage
  /// Where the next byte is.
  private(set) var position: Int
  /// Bytes that were read ahead, and where they begin.
  private var window: [UInt8] = []
  private var windowStart = 0

  private static let windowSize = 1 << 16
  /// The longest part that is taken into memory at once.
  private static let longestPart = 1 << 28

  init(_ storage: any TraceFileStorage, at position: Int = 0) {
    self.storage = storage
    self.position = max(position, 0)
  }

  init(_ bytes: [UInt8]) { self.init(MemoryStorage(bytes: bytes)) }

  mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type = Number.self
  ) throws(TraceFileError) -> Number {
    let start = try take(MemoryLayout<Number>.size)
    return window.withUnsafeBytes {
      Number(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: Number.self))
    }
  }

  mutating func bytes(_ count: Int) throws(TraceFileError) -> [UInt8] {
    let start = try take(count)
    return Array(window[start..<start + count])
  }

  /// Steps over bytes without reading them.
  mutating func skip(_ count: Int) throws(TraceFileError) {
    guard count >= 0, position <= storage.size, count <= storage.size - position else { throw .truncated }
    position += count
  }

  /// A text that ends with a zero.
  mutating func terminatedText() throws(TraceFileError) -> String {
    var text: [UInt8] = []
    while true {
      let start = try take(1)
      guard window[start] != 0 else { return String(decoding: text, as: UTF8.self) }
      guard text.count < Self.windowSize else { throw .truncated }
      text.append(window[start])
    }
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

  /// Steps over bytes that are in the window then.
  ///
  /// - Returns: where they begin in the window.
  private mutating func take(_ count: Int) throws(TraceFileError) -> Int {
    guard 0...Self.longestPart ~= count, position <= storage.size, count <= storage.size - position else {
      throw .truncated
    }
    if position < windowStart || position + count > windowStart + window.count { try fill(count) }
    defer { position += count }
    return position - windowStart
  }

  private mutating func fill(_ count: Int) throws(TraceFileError) {
    let size = min(max(count, Self.windowSize), storage.size - position)
    var failure: TraceFileError?
    window = Array(unsafeUninitializedCapacity: size) { buffer, filled in
      do throws(TraceFileError) {
        try storage.read(at: position, into: UnsafeMutableRawBufferPointer(buffer))
        filled = size
      } catch {
        failure = error
      }
    }
    windowStart = position
    if let failure { throw failure }
  }
}
