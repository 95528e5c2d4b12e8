/// The rounds of AES on a block of 16 bytes (FIPS 197; APM volume 4, AESENC and its kin).
enum AdvancedEncryptionStandard {
  /// AESENC: ShiftRows, SubBytes, MixColumns, AddRoundKey.
  static func encryptRound(_ state: Lane, _ key: Lane) -> Lane {
    let table = AESTables.shared.encryption
    return mapColumns(state, rowsMoveBy: 1) { mixed($0, table) } ^ key
  }

  /// AESENCLAST: the same without MixColumns.
  static func encryptLastRound(_ state: Lane, _ key: Lane) -> Lane {
    let box = AESTables.shared.substitution
    return mapColumns(state, rowsMoveBy: 1) { substituted($0, box) } ^ key
  }

  /// AESDEC: InvShiftRows, InvSubBytes, InvMixColumns, AddRoundKey.
  static func decryptRound(_ state: Lane, _ key: Lane) -> Lane {
    let table = AESTables.shared.decryption
    return mapColumns(state, rowsMoveBy: 3) { mixed($0, table) } ^ key
  }

  /// AESDECLAST: the same without InvMixColumns.
  static func decryptLastRound(_ state: Lane, _ key: Lane) -> Lane {
    let box = AESTables.shared.inverseSubstitution
    return mapColumns(state, rowsMoveBy: 3) { substituted($0, box) } ^ key
  }

  /// AESIMC: InvMixColumns. The substitution undoes the one that the table begins with.
  static func inverseMixColumns(_ state: Lane) -> Lane {
    let tables = AESTables.shared
    return mapColumns(state, rowsMoveBy: 0) { mixed(substituted($0, tables.substitution), tables.decryption) }
  }

  /// AESKEYGENASSIST: SubWord and RotWord of the second and fourth doubleword, with the round constant.
  static func assistKeyGeneration(_ source: Lane, roundConstant: UInt64) -> Lane {
    let box = AESTables.shared.substitution
    func half(_ half: UInt64) -> UInt64 {
      let word = substituted(UInt32(truncatingIfNeeded: half >> 32), box)
      let rotated = (word >> 8 | word << 24) ^ UInt32(truncatingIfNeeded: roundConstant & 0xFF)
      return UInt64(word) | UInt64(rotated) << 32
    }
    return Lane(half(source.low), half(source.high))
  }

  // MARK: Columns

  /// Moves each row `rowsMoveBy` times its number of columns to the left, and computes each column.
  @inline(__always)
  private static func mapColumns(
    _ state: Lane, rowsMoveBy step: Int, _ body: (UInt32) -> UInt32
  ) -> Lane {
    let columns = state.doublewords
    var result = SIMD4<UInt32>()
    for column in 0..<4 {
      let moved =
        columns[column] & 0xFF | columns[(column &+ step) & 3] & 0xFF00
        | columns[(column &+ 2 &* step) & 3] & 0xFF_0000 | columns[(column &+ 3 &* step) & 3] & 0xFF00_0000
      result[column] = body(moved)
    }
    return Lane(result)
  }

  /// The matrix is circulant: each row's contribution is that of row 0, rotated.
  @inline(__always)
  private static func mixed(_ column: UInt32, _ table: UnsafePointer<UInt32>) -> UInt32 {
    func contribution(_ row: UInt32) -> UInt32 {
      let word = table[Int(column >> (row &* 8) & 0xFF)]
      return row == 0 ? word : word << (row &* 8) | word >> (32 &- row &* 8)
    }
    return contribution(0) ^ contribution(1) ^ contribution(2) ^ contribution(3)
  }

  @inline(__always)
  private static func substituted(_ column: UInt32, _ box: UnsafePointer<UInt8>) -> UInt32 {
    UInt32(box[Int(column & 0xFF)]) | UInt32(box[Int(column >> 8 & 0xFF)]) << 8
      | UInt32(box[Int(column >> 16 & 0xFF)]) << 16 | UInt32(box[Int(column >> 24)]) << 24
  }
}
