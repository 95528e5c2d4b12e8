/// The interrupt vectors that this guest uses.
enum Vector {
  static let timer: UInt8 = 0x40
  static let serial: UInt8 = 0x43
}
