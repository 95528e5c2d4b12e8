/// A set of the 256 vectors in registers of the local APIC: eight of them, with one bit for each vector.
///
/// The number is that of the first register, as of ``LocalAPICRegister``.
public enum VectorSet: UInt8, Sendable {
  /// ISR: what is being served.
  case inService = 0x10
  /// TMR: what was triggered by a level.
  case triggerMode = 0x18
  /// IRR: what waits.
  case requests = 0x20

  /// The number of registers of a set.
  public static let registerCount: UInt8 = 8

  /// The set that the register with a number belongs to.
  public init?(withRegister number: UInt8) { self.init(rawValue: number & ~(Self.registerCount - 1)) }

  /// Where the register with a vector's bit is in the page, in bytes.
  public func offset(of vector: UInt8) -> Int {
    (Int(rawValue) + Int(vector >> 5)) * LocalAPICRegister.stride
  }

  /// The vector's bit in that register.
  public static func bit(of vector: UInt8) -> UInt32 { 1 << UInt32(vector & 31) }
}
