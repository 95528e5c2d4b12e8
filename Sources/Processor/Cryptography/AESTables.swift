/// The tables of AES, computed from the field's arithmetic (FIPS 197, 4.2 and 5.1.1). Each has 256 elements.
struct AESTables: @unchecked Sendable {
  /// The S-box.
  let substitution: UnsafePointer<UInt8>
  /// The inverse S-box.
  let inverseSubstitution: UnsafePointer<UInt8>
  /// What a byte of row 0 contributes to its column by SubBytes and MixColumns.
  let encryption: UnsafePointer<UInt32>
  /// What a byte of row 0 contributes to its column by InvSubBytes and InvMixColumns.
  let decryption: UnsafePointer<UInt32>

  /// They live as long as the process, and nothing writes to them.
  static let shared = AESTables()

  private init() {
    let substitution = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
    let inverseSubstitution = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
    let encryption = UnsafeMutablePointer<UInt32>.allocate(capacity: 256)
    let decryption = UnsafeMutablePointer<UInt32>.allocate(capacity: 256)
    for byte in UInt8.min...UInt8.max {
      let inverse = Self.inverse(of: byte)
      var substitute: UInt8 = 0x63 ^ inverse
      for count in 1...4 as ClosedRange<UInt8> { substitute ^= inverse << count | inverse >> (8 - count) }
      substitution[Int(byte)] = substitute
      inverseSubstitution[Int(substitute)] = byte
      encryption[Int(byte)] = Self.column(substitute, by: [2, 1, 1, 3])
      decryption[Int(substitute)] = Self.column(byte, by: [14, 9, 13, 11])
    }
    self.substitution = UnsafePointer(substitution)
    self.inverseSubstitution = UnsafePointer(inverseSubstitution)
    self.encryption = UnsafePointer(encryption)
    self.decryption = UnsafePointer(decryption)
  }

  /// The product modulo x^8 + x^4 + x^3 + x + 1.
  private static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
    var (power, result) = (left, 0 as UInt8)
    for bit in 0..<8 as Range<UInt8> {
      if right >> bit & 1 != 0 { result ^= power }
      power = power << 1 ^ (power & 0x80 != 0 ? 0x1B : 0)
    }
    return result
  }

  /// The multiplicative inverse, which is the 254th power; 0 has itself.
  private static func inverse(of byte: UInt8) -> UInt8 {
    (0..<253).reduce(byte) { power, _ in product(power, byte) }
  }

  private static func column(_ byte: UInt8, by factors: [UInt8]) -> UInt32 {
    factors.reversed().reduce(0) { $0 << 8 | UInt32(product(byte, $1)) }
  }
}
