/// SHA-1 and SHA-256 in portions, as the SHA instructions have them (APM volume 4; FIPS 180-4, 4 and 6).
///
/// Words are written here from the uppermost doubleword of a lane to the lowest.
enum SecureHash {
  // MARK: SHA-1

  /// SHA1RNDS4: four rounds from A, B, C and D, with four words of which the first has E added to it.
  static func rounds1(_ state: Lane, _ words: Lane, group: UInt64) -> Lane {
    var (a, b, c, d) = unpacked(state)
    var e: UInt32 = 0
    for index in 0..<4 {
      let next = chosen(b, c, d, group) &+ rotated(a, left: 5) &+ words.doublewords[3 - index] &+ e
      (a, b, c, d, e) = (next, a, rotated(b, left: 30), c, d)
    }
    return packed(a, b, c, d)
  }

  /// The function and the constant of a group of 20 rounds.
  @inline(__always)
  private static func chosen(_ b: UInt32, _ c: UInt32, _ d: UInt32, _ group: UInt64) -> UInt32 {
    switch group & 3 {
    case 0: choose(b, c, d) &+ 0x5A82_7999
    case 1: (b ^ c ^ d) &+ 0x6ED9_EBA1
    case 2: majority(b, c, d) &+ 0x8F1B_BCDC
    default: (b ^ c ^ d) &+ 0xCA62_C1D6
    }
  }

  /// SHA1NEXTE: E of four rounds later, added to the first of the next words.
  static func next1(_ state: Lane, _ words: Lane) -> Lane {
    var result = words.doublewords
    result[3] &+= rotated(state.doublewords[3], left: 30)
    return Lane(result)
  }

  /// SHA1MSG1: W0 to W3 and W4, W5; the exclusive or of words two apart.
  static func schedule1(_ first: Lane, _ second: Lane) -> Lane {
    first ^ Lane(second.high, first.low)
  }

  /// SHA1MSG2: W16 to W19, of which the last needs the first.
  static func finishSchedule1(_ partial: Lane, _ last: Lane) -> Lane {
    let (p0, p1, p2, p3) = unpacked(partial)
    let (_, w13, w14, w15) = unpacked(last)
    let w16 = rotated(p0 ^ w13, left: 1)
    return packed(
      w16, rotated(p1 ^ w14, left: 1), rotated(p2 ^ w15, left: 1), rotated(p3 ^ w16, left: 1))
  }

  // MARK: SHA-256

  /// SHA256RNDS2: two rounds from C, D, G, H and A, B, E, F, with two words that have the constants added.
  static func rounds256(_ older: Lane, _ newer: Lane, _ words: Lane) -> Lane {
    var (c, d, g, h) = unpacked(older)
    var (a, b, e, f) = unpacked(newer)
    for index in 0..<2 {
      let first =
        h &+ (rotated(e, right: 6) ^ rotated(e, right: 11) ^ rotated(e, right: 25)) &+ choose(e, f, g)
        &+ words.doublewords[index]
      let second =
        (rotated(a, right: 2) ^ rotated(a, right: 13) ^ rotated(a, right: 22)) &+ majority(a, b, c)
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
    }
    return packed(a, b, e, f)
  }

  /// SHA256MSG1: W0 to W3, each with the first function of its successor; W4 is the second's lowest.
  static func schedule256(_ first: Lane, _ second: Lane) -> Lane {
    func sigma(_ word: UInt32) -> UInt32 {
      rotated(word, right: 7) ^ rotated(word, right: 18) ^ word >> 3
    }
    let (w3, w2, w1, w0) = unpacked(first)
    let w4 = second.doublewords[0]
    return packed(w3 &+ sigma(w4), w2 &+ sigma(w3), w1 &+ sigma(w2), w0 &+ sigma(w1))
  }

  /// SHA256MSG2: W16 to W19, each with the second function of the word two before.
  static func finishSchedule256(_ partial: Lane, _ last: Lane) -> Lane {
    func sigma(_ word: UInt32) -> UInt32 {
      rotated(word, right: 17) ^ rotated(word, right: 19) ^ word >> 10
    }
    let (p3, p2, p1, p0) = unpacked(partial)
    let (w15, w14, _, _) = unpacked(last)
    let w16 = p0 &+ sigma(w14)
    let w17 = p1 &+ sigma(w15)
    return packed(p3 &+ sigma(w17), p2 &+ sigma(w16), w17, w16)
  }

  // MARK: Words

  @inline(__always)
  private static func choose(_ x: UInt32, _ y: UInt32, _ z: UInt32) -> UInt32 { x & y ^ ~x & z }

  @inline(__always)
  private static func majority(_ x: UInt32, _ y: UInt32, _ z: UInt32) -> UInt32 { x & y ^ x & z ^ y & z }

  @inline(__always)
  private static func rotated(_ word: UInt32, left count: UInt32) -> UInt32 {
    word << count | word >> (32 &- count)
  }

  @inline(__always)
  private static func rotated(_ word: UInt32, right count: UInt32) -> UInt32 {
    word >> count | word << (32 &- count)
  }

  @inline(__always)
  private static func unpacked(_ lane: Lane) -> (UInt32, UInt32, UInt32, UInt32) {
    let words = lane.doublewords
    return (words[3], words[2], words[1], words[0])
  }

  @inline(__always)
  private static func packed(_ w3: UInt32, _ w2: UInt32, _ w1: UInt32, _ w0: UInt32) -> Lane {
    Lane(SIMD4<UInt32>(w0, w1, w2, w3))
  }
}
