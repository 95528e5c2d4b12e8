import Testing
import X86

@Suite("Prefixes")
struct PrefixTests {
  @Test(
    "a REX prefix counts only directly before the opcode",
    arguments: [
      ("48 89 e5", .bits64, "mov rbp, rsp"),
      ("48 66 89 e5", .bits64, "mov bp, sp"),
      ("66 48 89 e5", .bits64, "mov rbp, rsp"),
      ("41 48 89 e5", .bits64, "mov rbp, rsp"),
      ("4d 89 e5", .bits64, "mov r13, r12"),
      ("48 89 e5", .bits32, "? dec eax"),
    ] as [Example])
  func rex(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "any REX prefix turns AH to BH into SPL to DIL",
    arguments: [
      ("88 e0", .bits64, "mov al, ah"),
      ("40 88 e0", .bits64, "mov al, spl"),
      ("40 0f b6 ff", .bits64, "movzx edi, dil"),
      ("0f b6 ff", .bits64, "movzx edi, bh"),
      ("b7 05", .bits32, "mov bh, 0x5"),
      ("41 b7 05", .bits64, "mov r15b, 0x5"),
    ] as [Example])
  func highBytes(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "LOCK is defined only for the listed instructions, and only with a destination in memory",
    arguments: [
      ("f0 01 08", .bits64, "lock add dword [rax], ecx"),
      ("f0 01 c8", .bits64, "invalid"),
      ("f0 03 08", .bits64, "invalid"),
      ("f0 39 08", .bits64, "invalid"),
      ("f0 83 38 01", .bits64, "invalid"),
      ("f0 0f b1 0f", .bits64, "lock cmpxchg dword [rdi], ecx"),
      ("f0 48 0f c7 0f", .bits64, "lock cmpxchg16b xmmword [rdi]"),
      ("f0 87 0f", .bits64, "lock xchg dword [rdi], ecx"),
      ("f0 0f ba 2f 03", .bits64, "lock bts dword [rdi], 0x3"),
      ("f0 0f ba 27 03", .bits64, "invalid"),
      ("f0 f7 1f", .bits64, "lock neg dword [rdi]"),
      ("f0 89 0f", .bits64, "invalid"),
      ("f0 90", .bits64, "invalid"),
    ] as [Example])
  func lock(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test("LOCK makes MOV of CR0 a MOV of CR8, AMD's way to the task priority without REX")
  func alternateCR8() {
    #expect(Decoded.text("f0 0f 20 c0", .bits32) == "lock mov eax, cr8")
    #expect(Decoded.text("44 0f 22 c0") == "mov cr8, rax")
    #expect(Decoded.text("f0 0f 20 d0", .bits32) == "invalid")
  }

  @Test(
    "the last of F3 and F2 selects the instruction, and both come before 66",
    arguments: [
      ("f3 0f 10 c1", .bits64, "movss xmm0, xmm1"),
      ("f2 f3 0f 10 c1", .bits64, "movss xmm0, xmm1"),
      ("f3 f2 0f 10 c1", .bits64, "movsd xmm0, xmm1"),
      ("f3 66 0f 10 c1", .bits64, "movss xmm0, xmm1"),
      ("66 0f 10 c1", .bits64, "movupd xmm0, xmm1"),
      ("66 f3 0f b8 c1", .bits64, "popcnt ax, cx"),
      ("0f b8 c1", .bits64, "invalid"),
      ("f3 0f bd c1", .bits64, "lzcnt eax, ecx"),
      ("f2 0f bd c1", .bits64, "repne bsr eax, ecx"),
      ("f3 0f bc c1", .bits64, "tzcnt eax, ecx"),
      ("66 f2 0f 38 f1 c1", .bits64, "crc32 eax, cx"),
      ("f2 48 0f 38 f0 c1", .bits64, "crc32 rax, cl"),
      ("66 0f 38 f0 01", .bits64, "movbe ax, word [rcx]"),
      ("f3 0f 38 f0 01", .bits64, "invalid"),
      ("0f 38 f0 c1", .bits64, "invalid"),
    ] as [Example])
  func mandatoryPrefixes(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "REP stays with string instructions and the encodings of NOP differ",
    arguments: [
      ("f3 a4", .bits64, "rep movsb"),
      ("f3 48 a5", .bits64, "rep movsq"),
      ("f2 66 af", .bits64, "repne scasw"),
      ("f3 48 6d", .bits64, "rep insd"),
      ("90", .bits64, "nop"),
      ("f3 90", .bits64, "pause"),
      ("41 90", .bits64, "xchg r8d, eax"),
      ("f3 41 90", .bits64, "rep xchg r8d, eax"),
      ("48 90", .bits64, "nop"),
      ("f3 0f 1e fa", .bits64, "endbr64"),
      ("f3 0f 1e fb", .bits32, "endbr32"),
      ("0f 1e fa", .bits64, "nop rdx"),
    ] as [Example])
  func repeats(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test("in 64-bit mode only FS and GS override, and the others do not undo them")
  func segmentOverrides() {
    let gs = Decoded("65 3e 48 8b 04 25 28 00 00 00").instruction
    #expect(gs.memory.segment == .gs)
    #expect(gs.prefixes.contains(.segmentOverride))
    let ignored = Decoded("3e 8b 45 08").instruction
    #expect(ignored.memory.segment == .ss)
    #expect(!ignored.prefixes.contains(.segmentOverride))
    #expect(Decoded("3e 8b 45 08", .bits32).instruction.memory.segment == .ds)
    #expect(Decoded("64 a4", .bits32).instruction.memory.segment == .fs)
    #expect(Decoded("a4", .bits32).instruction.memory.segment == .ds)
  }
}
