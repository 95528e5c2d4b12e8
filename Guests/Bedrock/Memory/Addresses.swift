/// A number that names a byte of physical memory or of a device.
public struct PhysicalAddress: RawRepresentable, Comparable, Sendable {
  /// The number.
  public let rawValue: UInt64
  /// The byte with that number.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// The byte with that number.
  public init(_ value: UInt64) { rawValue = value }

  /// The end of what the boot page table maps one to one.
  public static let identityMapEnd = PhysicalAddress(1 << 32)

  /// A pointer to the byte, or nil if it is not in the identity map or at address 0.
  public var pointer: UnsafeMutableRawPointer? {
    self < Self.identityMapEnd ? UnsafeMutableRawPointer(bitPattern: UInt(rawValue)) : nil
  }

  /// Orders addresses by their numbers.
  public static func < (first: Self, second: Self) -> Bool { first.rawValue < second.rawValue }

  /// The address `offset` bytes further on.
  public static func + (address: Self, offset: UInt64) -> Self { Self(address.rawValue &+ offset) }
}

/// A number that a program uses to name a byte; page tables give it a meaning.
public struct VirtualAddress: RawRepresentable, Comparable, Sendable {
  /// The number.
  public let rawValue: UInt64
  /// The byte with that number.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// The byte with that number.
  public init(_ value: UInt64) { rawValue = value }

  /// The same address as a pointer, or nil for address 0.
  public var pointer: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: UInt(rawValue)) }

  /// Orders addresses by their numbers.
  public static func < (first: Self, second: Self) -> Bool { first.rawValue < second.rawValue }

  /// The address `offset` bytes further on.
  public static func + (address: Self, offset: UInt64) -> Self { Self(address.rawValue &+ offset) }
}
