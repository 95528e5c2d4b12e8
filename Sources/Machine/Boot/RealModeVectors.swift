import Bus

/// The interrupt vectors of a PC's firmware, for programs that stay in real mode: interrupts of the board are
/// acknowledged, everything else returns at once.
enum RealModeVectors {
  /// Vectors of the primary 8259's inputs.
  static let primaryFirst: UInt8 = 0x08
  /// Vectors of the secondary's.
  static let secondaryFirst: UInt8 = 0x70

  private static let segment: UInt64 = 0xF000
  /// PUSH AX; MOV AL, 20h (end of interrupt); OUT A0h, AL; OUT 20h, AL; POP AX; IRET
  private static let secondaryHandler: [UInt8] = [0x50, 0xB0, 0x20, 0xE6, 0xA0, 0xE6, 0x20, 0x58, 0xCF]
  /// The same without the secondary.
  private static let primaryHandler: [UInt8] = [0x50, 0xB0, 0x20, 0xE6, 0x20, 0x58, 0xCF]
  private static let returnOnly: [UInt8] = [0xCF]

  /// Writes the vector table to address 0 and the handlers below 1 MiB.
  ///
  /// - Throws: `BootError` if there is no RAM.
  static func write(to memory: GuestMemory) throws(BootError) {
    var area = BootArea(0xF_FE00..<0xF_FF00)
    func place(_ handler: [UInt8]) throws(BootError) -> UInt32 {
      let offset = try area.place(handler, in: memory) - (segment << 4)
      return UInt32(truncatingIfNeeded: segment << 16 | offset)
    }
    let (other, primary, secondary) = (
      try place(returnOnly), try place(primaryHandler), try place(secondaryHandler)
    )
    var table: [UInt8] = []
    for vector in UInt8.min...UInt8.max {
      switch vector {
      case primaryFirst..<primaryFirst + 8: table.append(littleEndian: primary)
      case secondaryFirst..<secondaryFirst + 8: table.append(littleEndian: secondary)
      default: table.append(littleEndian: other)
      }
    }
    try memory.place(table, at: 0)
  }
}
