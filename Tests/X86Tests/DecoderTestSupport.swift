import X86

/// What the decoder makes of some bytes.
struct Decoded {
  var status: DecodeStatus
  var instruction: Instruction

  /// Decodes the bytes, written in hexadecimal, and nothing after them.
  init(_ hexadecimal: String, _ mode: CodeMode = .bits64) {
    self.init(hexadecimal.split(separator: " ").map { UInt8($0, radix: 16) ?? 0 }, mode)
  }

  init(_ bytes: [UInt8], _ mode: CodeMode) {
    var instruction = Instruction()
    status = Decoder.decode(bytes, count: bytes.count, mode: mode, into: &instruction)
    self.instruction = instruction
  }

  /// The instruction in words; `?` unless it takes exactly the bytes given, `invalid` if undefined.
  static func text(_ hexadecimal: String, _ mode: CodeMode = .bits64) -> String {
    let decoded = Decoded(hexadecimal, mode)
    let count = hexadecimal.split(separator: " ").count
    guard decoded.status == .complete else { return "\(decoded.status)" }
    if decoded.instruction.operation == .invalid { return "invalid" }
    return Int(decoded.instruction.length) == count ? "\(decoded.instruction)" : "? \(decoded.instruction)"
  }
}

/// Bytes and what they mean; the name of the test says what they show.
typealias Example = (bytes: String, mode: CodeMode, text: String)

/// A reproducible source of bytes: SplitMix64.
struct ByteSource {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
