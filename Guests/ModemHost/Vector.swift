/// The interrupt vectors that this guest uses.
enum Vector {
  /// The modem's, of which there are up to four: a multiple of that.
  static let firstModem: UInt8 = 0x40
}
