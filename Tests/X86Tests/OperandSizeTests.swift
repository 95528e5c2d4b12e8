import Testing
import X86

@Suite("Operand sizes and immediates")
struct OperandSizeTests {
  @Test(
    "66 toggles between 2 and 4 bytes, and REX.W beats it",
    arguments: [
      ("01 c8", .bits16, "add ax, cx"), ("66 01 c8", .bits16, "add eax, ecx"),
      ("66 01 c8", .bits32, "add ax, cx"), ("66 48 01 c8", .bits64, "add rax, rcx"),
      ("98", .bits16, "cbw"), ("98", .bits64, "cwde"), ("48 98", .bits64, "cdqe"), ("48 99", .bits64, "cqo"),
      ("48 0f c9", .bits64, "bswap rcx"),
      ("48 63 c8", .bits64, "movsxd rcx, eax"), ("63 c8", .bits64, "movsxd ecx, eax"),
      ("66 63 c8", .bits64, "movsxd cx, eax"), ("63 c8", .bits32, "arpl ax, cx"),
      ("ed", .bits64, "in eax, dx"), ("48 ed", .bits64, "in eax, dx"), ("66 ef", .bits64, "out dx, ax"),
    ] as [Example])
  func toggling(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "stack instructions have 8 bytes in 64-bit mode, or 2, but not 4",
    arguments: [
      ("55", .bits64, "push rbp"), ("41 55", .bits64, "push r13"), ("66 55", .bits64, "push bp"),
      ("55", .bits32, "push ebp"), ("8f 00", .bits64, "pop qword [rax]"),
      ("ff 30", .bits64, "push qword [rax]"),
      ("9c", .bits64, "pushfq"), ("66 9d", .bits64, "popf"), ("6a ff", .bits64, "push -0x1"),
      ("68 00 00 00 80", .bits64, "push -0x80000000"), ("0f a8", .bits64, "push gs"),
      ("06", .bits64, "invalid"),
      ("06", .bits32, "push es"), ("60", .bits64, "invalid"), ("60", .bits32, "pushad"),
      ("c8 10 00 01", .bits64, "enter 0x10, 0x1"), ("8f c8", .bits64, "invalid"),
    ] as [Example])
  func stack(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test("PUSH of an immediate and of a segment register moves the whole operand size")
  func stackSizes() {
    #expect(Decoded("6a ff").instruction.operandSize == 8)
    #expect(Decoded("0f a0").instruction.operandSize == 8)
    #expect(Decoded("66 6a ff").instruction.operandSize == 2)
    #expect(Decoded("c9").instruction.operandSize == 8)
    #expect(Decoded("c8 10 00 01").instruction.secondImmediate == 1)
  }

  @Test(
    "near branches in 64-bit mode have 8 bytes, or 2 with an operand-size prefix, as AMD does it",
    arguments: [
      ("e8 00 00 00 80", 8, Int64(-0x8000_0000)), ("66 e8 00 80", 2, -0x8000), ("eb fe", 8, -2),
      ("0f 84 10 00 00 00", 8, 16), ("66 0f 84 10 00", 2, 16), ("66 48 e9 00 00 01 00", 8, 0x10000),
      ("e3 f0", 8, -16),
    ])
  func nearBranches(bytes: String, size: UInt8, displacement: Int64) {
    let decoded = Decoded(bytes)
    #expect(decoded.status == .complete)
    #expect(Int(decoded.instruction.length) == bytes.split(separator: " ").count)
    #expect(decoded.instruction.operandSize == size)
    #expect(decoded.instruction.operands.0.kind == .relative)
    #expect(Int64(bitPattern: decoded.instruction.immediate) == displacement)
  }

  @Test(
    "other control transfers",
    arguments: [
      ("ff d0", .bits64, "call rax"), ("66 ff d0", .bits64, "call ax"), ("ff 20", .bits64, "jmp qword [rax]"),
      ("c3", .bits64, "ret"), ("c2 f0 ff", .bits64, "ret 0xfff0"), ("48 cb", .bits64, "retf"),
      ("48 cf", .bits64, "iretq"), ("cf", .bits64, "iretd"), ("cf", .bits16, "iret"),
      ("9a 78 56 34 12 08 00", .bits32, "call far 0x8:0x12345678"),
      ("ea 34 12 00 f0", .bits16, "jmp far 0xf000:0x1234"), ("ea 34 12 00 f0 00 00", .bits64, "invalid"),
      ("ff 28", .bits64, "jmp far fword [rax]"), ("48 ff 28", .bits64, "jmp far fword [rax]"),
      ("ff e8", .bits64, "invalid"), ("cc", .bits64, "int3"), ("cd 80", .bits64, "int 0x80"),
      ("f1", .bits64, "int1"), ("67 e3 00", .bits64, "jecxz +0x0"), ("e3 00", .bits16, "jcxz +0x0"),
      ("7f 00", .bits64, "jg +0x0"), ("0f 9c c0", .bits64, "setl al"),
      ("48 0f 43 c1", .bits64, "cmovae rax, rcx"),
    ] as [Example])
  func controlTransfers(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "data is extended with its sign to 64 bits; ports, vectors and counts with zeros",
    arguments: [
      ("83 c0 80", UInt64(0xFFFF_FFFF_FFFF_FF80)), ("48 05 00 00 00 80", 0xFFFF_FFFF_8000_0000),
      ("48 c7 c0 ff ff ff ff", 0xFFFF_FFFF_FFFF_FFFF),
      ("48 b8 88 77 66 55 44 33 22 91", 0x9122_3344_5566_7788),
      ("e4 f0", 0xF0), ("cd ff", 0xFF), ("c1 e0 9f", 0x9F), ("c2 00 80", 0x8000), ("0f ba e0 ff", 0xFF),
      ("d1 e0", 1),
    ])
  func immediates(bytes: String, value: UInt64) {
    #expect(Decoded(bytes).instruction.immediate == value)
  }

  @Test(
    "opcodes that 64-bit mode does not have",
    arguments: [
      "07", "0e", "16", "1e", "27", "2f", "37", "3f", "62 00", "82 c0 00", "9a 00 00 00 00 00 00", "ce",
      "d4 0a",
      "d5 0a", "d6",
    ])
  func invalidInLongMode(bytes: String) {
    #expect(Decoded(bytes, .bits64).instruction.operation == .invalid)
    #expect(Decoded(bytes, .bits32).instruction.operation != .invalid)
  }
}
