/// A port of the x86 I/O address space.
public struct IOPort: Sendable {
  /// The port's address.
  public let address: UInt16

  /// The port at an address.
  public init(_ address: UInt16) { self.address = address }

  /// The port `offset` bytes further on.
  public func advanced(by offset: UInt16) -> IOPort { IOPort(address &+ offset) }

  /// Reads one byte.
  public func read8() -> UInt8 { in8(address) }
  /// Reads two bytes.
  public func read16() -> UInt16 { in16(address) }
  /// Reads four bytes.
  public func read32() -> UInt32 { in32(address) }
  /// Writes one byte.
  public func write8(_ value: UInt8) { out8(address, value) }
  /// Writes two bytes.
  public func write16(_ value: UInt16) { out16(address, value) }
  /// Writes four bytes.
  public func write32(_ value: UInt32) { out32(address, value) }
}
