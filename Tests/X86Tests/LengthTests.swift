import Testing
import X86

@Suite("Length")
struct LengthTests {
  @Test("an instruction of 15 bytes is complete, one of 16 is too long")
  func limit() {
    let fifteen = Array(repeating: UInt8(0x66), count: 14) + [0x90]
    #expect(Decoded(fifteen, .bits64).status == .complete)
    #expect(Decoded(fifteen, .bits64).instruction.length == 15)
    let sixteen = [0x66] + fifteen
    #expect(Decoded(sixteen, .bits64).status == .tooLong)
    #expect(Decoded(Array(sixteen.prefix(15)), .bits64).status == .tooLong)
    #expect(Decoded(Array(sixteen.prefix(14)), .bits64).status == .truncated)
    let longImmediate = Array(repeating: UInt8(0x2E), count: 6) + [0x48, 0xB8, 1, 2, 3, 4, 5, 6, 7, 8]
    #expect(Decoded(longImmediate, .bits64).status == .tooLong)
    #expect(Decoded(Array(longImmediate.dropFirst()), .bits64).status == .complete)
  }

  @Test("no bytes are truncated, whatever the count says")
  func nothing() {
    var instruction = Instruction()
    let bytes: [UInt8] = [0x90]
    #expect(Decoder.decode(bytes, count: 0, mode: .bits64, into: &instruction) == .truncated)
    #expect(Decoder.decode(bytes, count: -1, mode: .bits64, into: &instruction) == .truncated)
  }

  @Test(
    "fewer bytes than the instruction has are truncated, and more change nothing",
    arguments: CodeMode.allCases)
  func truncation(mode: CodeMode) {
    var source = ByteSource(state: UInt64(mode.rawValue))
    let openings: [[UInt8]] = [
      [], [0x0F], [0x0F, 0x38], [0x0F, 0x3A], [0x66], [0x48], [0xC4], [0xC5], [0xF0],
    ]
    for round in 0..<4000 {
      let bytes = openings[round % openings.count] + source.bytes(40)
      var whole = Instruction()
      let status = Decoder.decode(bytes, count: bytes.count, mode: mode, into: &whole)
      guard status == .complete else { continue }
      let length = Int(whole.length)
      #expect((1...15).contains(length))
      for count in 0..<length {
        var part = Instruction()
        #expect(Decoder.decode(bytes, count: count, mode: mode, into: &part) == .truncated, "\(bytes)")
      }
      var exact = Instruction()
      #expect(Decoder.decode(bytes, count: length, mode: mode, into: &exact) == .complete)
      #expect(exact == whole, "\(bytes)")
    }
  }
}
