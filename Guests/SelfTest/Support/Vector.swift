/// The interrupt vectors that this guest uses.
enum Vector {
  static let timer: UInt8 = 0x40
  static let question: UInt8 = 0x41
  static let answer: UInt8 = 0x42
  static let software: UInt8 = 0x50
}
