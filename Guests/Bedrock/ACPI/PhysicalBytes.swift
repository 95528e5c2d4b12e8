/// Bytes in physical memory that firmware or the loader wrote. Reads outside of them are nil.
public struct PhysicalBytes: Sendable {
  /// Where the bytes begin.
  public let start: PhysicalAddress
  /// How many there are.
  public let count: UInt64

  /// The bytes, or nil if they are not all in the identity map.
  public init?(_ start: PhysicalAddress, count: UInt64) {
    let limit = PhysicalAddress.identityMapEnd.rawValue
    guard start.pointer != nil, count <= limit, start.rawValue <= limit - count else { return nil }
    self.start = start
    self.count = count
  }

  /// A number at an offset, at any alignment.
  public func load<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: UInt64, as type: Value.Type)
    -> Value?
  {
    let size = UInt64(MemoryLayout<Value>.size)
    guard count >= size, offset <= count - size, let pointer = (start + offset).pointer else { return nil }
    return pointer.loadUnaligned(as: type)
  }

  /// Whether the bytes at an offset are the characters of `text`.
  public func hasText(_ text: StaticString, at offset: UInt64 = 0) -> Bool {
    for position in 0..<text.utf8CodeUnitCount
    where load(offset + UInt64(position), as: UInt8.self) != text.utf8Start[position] {
      return false
    }
    return true
  }

  /// The sum of the first `size` bytes modulo 256, which is 0 in an intact ACPI structure.
  public func checksum(_ size: UInt64) -> UInt8? {
    guard size <= count else { return nil }
    var sum: UInt8 = 0
    for offset in 0..<size { sum &+= load(offset, as: UInt8.self) ?? 0 }
    return sum
  }
}
