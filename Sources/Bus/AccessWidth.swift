/// The width of one access to a register, in bytes.
public enum AccessWidth: Int, Sendable, CaseIterable {
  case byte = 1
  case word = 2
  case doubleword = 4
  case quadword = 8

  /// The bits that an access of this width carries.
  public var mask: UInt64 { ~0 >> UInt64(64 - rawValue * 8) }
}
