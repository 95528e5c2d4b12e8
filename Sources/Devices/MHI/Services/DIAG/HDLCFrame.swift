/// Frames of the modem's diagnostics: bytes with a check sequence, escaped, up to a flag (after ISO/IEC 13239).
enum HDLCFrame {
  static let flag: UInt8 = 0x7E
  static let escape: UInt8 = 0x7D
  static let mask: UInt8 = 0x20

  /// The frame with these contents.
  static func make(_ contents: [UInt8]) -> [UInt8] {
    let check = checkSequence(contents)
    var frame: [UInt8] = []
    for byte in contents + [UInt8(truncatingIfNeeded: check), UInt8(truncatingIfNeeded: check >> 8)] {
      if byte == flag || byte == escape {
        frame += [escape, byte ^ mask]
      } else {
        frame.append(byte)
      }
    }
    return frame + [flag]
  }

  /// The check sequence of 16 bits (ITU-T X.25, 2.2.7.4).
  static func checkSequence(_ bytes: some Sequence<UInt8>) -> UInt16 {
    var check: UInt16 = 0xFFFF
    for byte in bytes {
      check ^= UInt16(byte)
      for _ in 0..<8 { check = check & 1 != 0 ? check >> 1 ^ 0x8408 : check >> 1 }
    }
    return ~check
  }
}
