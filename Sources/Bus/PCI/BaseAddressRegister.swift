/// What one base address register asks for (PCI 3.0, 6.2.5).
public struct BaseAddressRegister: Equatable, Sendable {
  /// The space that the register is about, and the width of the addresses in it.
  public enum Space: Sendable {
    case io
    case memory32
    case memory32Prefetchable
    case memory64
    case memory64Prefetchable
  }

  /// The space.
  public let space: Space
  /// The number of bytes or ports: a power of two.
  public let size: UInt64

  /// A register for at least `size` bytes or ports: rounded up to a power of two and to the least that
  /// the space allows. More than a 32-bit register can ask for is cut to that.
  public init(_ space: Space, size: UInt64) {
    self.space = space
    let (least, most): (UInt64, UInt64) =
      switch space {
      case .io: (4, 256)
      case .memory32, .memory32Prefetchable: (16, 1 << 31)
      case .memory64, .memory64Prefetchable: (16, 1 << 46)
      }
    var rounded = least
    while rounded < min(size, most) { rounded <<= 1 }
    self.size = rounded
  }

  /// Whether the register takes the place of two.
  public var isWide: Bool { space == .memory64 || space == .memory64Prefetchable }
  /// Whether reads have no side effects and stores may be merged.
  public var isPrefetchable: Bool { space == .memory32Prefetchable || space == .memory64Prefetchable }

  /// The read-only low bits, which tell software the kind.
  var typeBits: UInt32 {
    switch space {
    case .io: 0b0001
    case .memory32: 0b0000
    case .memory32Prefetchable: 0b1000
    case .memory64: 0b0100
    case .memory64Prefetchable: 0b1100
    }
  }

  /// The bits of the address that software may choose. That the others stay zero is how it finds the size.
  var addressMask: UInt64 { (isWide ? UInt64.max : 0xFFFF_FFFF) & ~(size - 1) }
}

extension ConfigurationSpace {
  /// Lays down base address register `index`, 0 to 5; one of 64 bits also takes the next.
  public mutating func define(_ register: BaseAddressRegister, at index: Int) {
    precondition(index >= 0 && index + (register.isWide ? 2 : 1) <= PCIRegister.baseAddressCount)
    let offset = PCIRegister.baseAddress0 + index * 4
    let mask = register.addressMask
    define(offset, value: register.typeBits, writable: UInt32(truncatingIfNeeded: mask))
    if register.isWide { define(offset + 4, value: UInt32(0), writable: UInt32(mask >> 32)) }
  }

  /// The address that software chose for `register`, which is at `index`.
  func address(of register: BaseAddressRegister, at index: Int) -> UInt64 {
    let offset = PCIRegister.baseAddress0 + index * 4
    let value = register.isWide ? load(offset, as: UInt64.self) : UInt64(load(offset, as: UInt32.self))
    return value & register.addressMask
  }

  /// Stores the address that the firmware chose for `register`, which is at `index`.
  mutating func setAddress(_ address: UInt64, of register: BaseAddressRegister, at index: Int) {
    let offset = PCIRegister.baseAddress0 + index * 4
    let value = (address & register.addressMask) | UInt64(register.typeBits)
    if register.isWide {
      store(value, at: offset)
    } else {
      store(UInt32(truncatingIfNeeded: value), at: offset)
    }
  }
}
