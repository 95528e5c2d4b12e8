import Testing
import X86

@Suite("Memory operands")
struct MemoryOperandTests {
  @Test(
    "ModRM and SIB in 64-bit mode",
    arguments: [
      ("8b 03", .bits64, "mov eax, dword [rbx]"),
      ("41 8b 03", .bits64, "mov eax, dword [r11]"),
      ("8b 43 f0", .bits64, "mov eax, dword [rbx-0x10]"),
      ("8b 83 00 00 00 80", .bits64, "mov eax, dword [rbx-0x80000000]"),
      ("8b 04 8b", .bits64, "mov eax, dword [rbx+rcx*4]"),
      ("42 8b 04 e3", .bits64, "mov eax, dword [rbx+r12*8]"),
      ("8b 04 24", .bits64, "mov eax, dword [rsp]"),
      ("8b 04 e4", .bits64, "mov eax, dword [rsp]"),
      ("41 8b 04 24", .bits64, "mov eax, dword [r12]"),
      ("41 8b 45 00", .bits64, "mov eax, dword [r13]"),
      ("8b 04 8d 10 00 00 00", .bits64, "mov eax, dword [rcx*4+0x10]"),
      ("41 8b 04 8d 10 00 00 00", .bits64, "mov eax, dword [rcx*4+0x10]"),
      ("8b 44 8d 10", .bits64, "mov eax, dword [rbp+rcx*4+0x10]"),
      ("67 8b 04 8b", .bits64, "mov eax, dword [ebx+ecx*4]"),
    ] as [Example])
  func longMode(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "mod 0 with rm 5 is relative to RIP in 64-bit mode only, and with SIB never",
    arguments: [
      ("8b 05 f0 ff ff ff", .bits64, "mov eax, dword [rip-0x10]"),
      ("41 8b 05 10 00 00 00", .bits64, "mov eax, dword [rip+0x10]"),
      ("67 8b 05 10 00 00 00", .bits64, "mov eax, dword [eip+0x10]"),
      ("8b 05 f0 ff ff ff", .bits32, "mov eax, dword [0xfffffff0]"),
      ("8b 04 25 f0 ff ff ff", .bits64, "mov eax, dword [0xfffffffffffffff0]"),
    ] as [Example])
  func instructionPointer(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "the eight forms of 16-bit addresses",
    arguments: [
      ("8b 00", .bits16, "mov ax, word [bx+si]"),
      ("8b 01", .bits16, "mov ax, word [bx+di]"),
      ("8b 02", .bits16, "mov ax, word [bp+si]"),
      ("8b 43 fe", .bits16, "mov ax, word [bp+di-0x2]"),
      ("8b 04", .bits16, "mov ax, word [si]"),
      ("8b 85 34 12", .bits16, "mov ax, word [di+0x1234]"),
      ("8b 46 00", .bits16, "mov ax, word [bp]"),
      ("8b 06 34 12", .bits16, "mov ax, word [0x1234]"),
      ("8b 07", .bits16, "mov ax, word [bx]"),
      ("67 8b 07", .bits32, "mov eax, dword [bx]"),
      ("66 67 8b 07", .bits16, "mov eax, dword [edi]"),
    ] as [Example])
  func sixteenBits(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "SS is the default segment of the stack and frame pointers as bases, and of nothing else",
    arguments: [
      ("8b 45 00", CodeMode.bits32, SegmentRegister.ss), ("8b 04 24", .bits32, .ss),
      ("8b 44 25 00", .bits32, .ss), ("8b 04 2b", .bits32, .ds), ("8b 04 6d 00 00 00 00", .bits32, .ds),
      ("41 8b 45 00", .bits64, .ds), ("41 8b 04 24", .bits64, .ds), ("8b 46 00", .bits16, .ss),
      ("8b 02", .bits16, .ss), ("8b 06 00 00", .bits16, .ds), ("26 8b 46 00", .bits16, .es),
      ("8b 05 00 00 00 00", .bits32, .ds),
    ])
  func defaultSegment(bytes: String, mode: CodeMode, segment: SegmentRegister) {
    #expect(Decoded(bytes, mode).instruction.memory.segment == segment)
  }

  @Test("MOV with an offset has an address of the address size, extended with zeros")
  func offsets() {
    #expect(Decoded.text("a1 f0 ff ff ff ff ff ff ff") == "mov eax, dword [0xfffffffffffffff0]")
    #expect(Decoded.text("48 a3 01 02 03 04 05 06 07 08") == "mov qword [0x807060504030201], rax")
    #expect(Decoded("67 a0 f0 ff ff ff").instruction.memory.displacement == 0xFFFF_FFF0)
    #expect(Decoded("a0 f0 ff", .bits16).instruction.memory.displacement == 0xFFF0)
  }
}
