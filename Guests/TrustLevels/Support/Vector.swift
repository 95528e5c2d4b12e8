/// The interrupt vectors that this guest uses.
enum Vector {
  /// Synthetic timer n uses the n-th from here.
  static let firstTimer: UInt8 = 0x40
  static let message: UInt8 = 0x48
  static let sent: UInt8 = 0x50
  static let upper: UInt8 = 0x60
}
