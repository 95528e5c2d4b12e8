import X86

/// Random bytes, of which half begin with what makes long and rare instructions likely.
struct RandomEncodings {
  private var source: ByteSource
  private var buffer = [UInt8](repeating: 0, count: 48)

  /// The same seed gives the same bytes.
  init(seed: UInt64) { source = ByteSource(state: seed) }

  /// Calls `body` with the next bytes.
  mutating func next(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    let choice = source.next()
    var position = 0
    if choice & 1 != 0 {
      let opening = Self.openings[Int(choice >> 1 & 15)]
      for index in 0..<Int(choice >> 8 & 3) {
        buffer[position] = Self.prefixes[Int(choice >> (16 + UInt64(index) * 8) & 15)]
        position += 1
      }
      for byte in opening {
        buffer[position] = byte
        position += 1
      }
    }
    buffer.withUnsafeMutableBytes { bytes in
      for offset in stride(from: position, to: position + 16, by: 8) {
        bytes.storeBytes(of: source.next(), toByteOffset: offset, as: UInt64.self)
      }
    }
    buffer.withUnsafeBufferPointer(body)
  }

  private static let openings: [[UInt8]] = [
    [], [], [0x48], [0x4C], [0x41], [0x0F], [0x0F], [0x0F, 0x38], [0x0F, 0x3A], [0x48, 0x0F], [0xC4, 0xE1],
    [0xC4, 0xE2], [0xC4, 0xE3], [0xC5], [0xC5, 0xF9], [0x0F, 0xAE],
  ]
  private static let prefixes: [UInt8] = [
    0x66, 0x66, 0x66, 0xF2, 0xF2, 0xF3, 0xF3, 0x67, 0x67, 0xF0, 0x64, 0x65, 0x2E, 0x36, 0x3E, 0x26,
  ]
}
