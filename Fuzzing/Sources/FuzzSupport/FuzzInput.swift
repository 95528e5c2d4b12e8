/// What libFuzzer gives to one execution, taken from the front a number at a time.
///
/// Behind the end there are only zeros, so that every input means something.
public struct FuzzInput {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  /// The `count` bytes at `start`.
  public init(_ start: UnsafePointer<UInt8>?, count: Int) {
    bytes = UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
  }

  /// Whether all bytes were taken.
  public var isAtEnd: Bool { position >= bytes.count }

  /// The next byte.
  public mutating func byte() -> UInt8 {
    guard position < bytes.count else { return 0 }
    defer { position += 1 }
    return bytes[position]
  }

  /// The next little-endian number.
  public mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
    _ type: Number.Type = Number.self
  ) -> Number {
    var value: Number = 0
    for index in 0..<MemoryLayout<Number>.size {
      value |= Number(truncatingIfNeeded: byte()) << Number(truncatingIfNeeded: index * 8)
    }
    return value
  }

  /// The next `count` bytes, or as many as there are.
  public mutating func bytes(_ count: Int) -> [UInt8] {
    let end = min(position + max(count, 0), bytes.count)
    defer { position = end }
    return Array(bytes[position..<end])
  }

  /// All bytes that were not taken.
  public mutating func rest() -> [UInt8] { bytes(bytes.count - position) }
}
