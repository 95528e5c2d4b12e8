/// The interrupt vectors that this guest uses on the computer's own processors.
enum Vector {
  static let watchdog: UInt8 = 0x40
  static let test: UInt8 = 0x41
  static let kick: UInt8 = 0x42
}
