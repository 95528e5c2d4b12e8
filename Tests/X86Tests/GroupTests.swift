import Testing
import X86

@Suite("Groups and system instructions")
struct GroupTests {
  @Test(
    "ModRM.reg selects within groups, undocumented aliases included",
    arguments: [
      ("c0 f0 03", .bits64, "shl al, 0x3"), ("d3 f8", .bits64, "sar eax, cl"),
      ("f6 c8 7f", .bits64, "test al, 0x7f"),
      ("f7 e1", .bits64, "mul ecx"), ("fe c8", .bits64, "dec al"), ("fe d0", .bits64, "invalid"),
      ("ff f8", .bits64, "invalid"), ("0f ba c0 01", .bits64, "invalid"),
      ("0f ba f8 01", .bits64, "btc eax, 0x1"),
      ("0f c7 f0", .bits64, "rdrand eax"), ("48 0f c7 f8", .bits64, "rdseed rax"),
      ("f3 0f c7 f8", .bits64, "rdpid rax"),
      ("0f c7 0f", .bits64, "cmpxchg8b qword [rdi]"), ("0f c7 c8", .bits64, "invalid"),
      ("c6 c8 01", .bits64, "invalid"), ("0f 0b", .bits64, "ud2"),
    ] as [Example])
  func groups(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "group 7 is memory operations, and in its register form an instruction for each byte",
    arguments: [
      ("0f 01 10", .bits64, "lgdt tbyte [rax]"), ("0f 01 18", .bits32, "lidt fword [eax]"),
      ("0f 01 20", .bits64, "smsw word [rax]"), ("48 0f 01 e0", .bits64, "smsw rax"),
      ("0f 01 38", .bits64, "invlpg [rax]"),
      ("0f 01 f8", .bits64, "swapgs"), ("0f 01 f8", .bits32, "invalid"), ("0f 01 f9", .bits64, "rdtscp"),
      ("0f 01 ca", .bits64, "clac"), ("0f 01 cb", .bits64, "stac"), ("0f 01 d0", .bits64, "xgetbv"),
      ("0f 01 d8", .bits64, "vmrun"), ("0f 01 d9", .bits64, "vmmcall"), ("f3 0f 01 d9", .bits64, "vmgexit"),
      ("0f 01 c1", .bits64, "vmcall"), ("f2 0f 01 ff", .bits64, "pvalidate"),
      ("f3 0f 01 ff", .bits64, "psmash"),
      ("f3 0f 01 fe", .bits64, "rmpadjust"), ("f2 0f 01 fe", .bits64, "rmpupdate"),
      ("0f 01 fc", .bits64, "clzero"),
      ("0f 01 c2", .bits64, "invalid"),
    ] as [Example])
  func group7(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "group 15 depends on the prefix and on memory or register",
    arguments: [
      ("0f ae 00", .bits64, "fxsave [rax]"), ("48 0f ae 08", .bits64, "fxrstor64 [rax]"),
      ("0f ae 10", .bits64, "ldmxcsr dword [rax]"), ("48 0f ae 20", .bits64, "xsave64 [rax]"),
      ("0f ae e8", .bits64, "lfence"), ("0f ae f0", .bits64, "mfence"), ("0f ae ff", .bits64, "sfence"),
      ("0f ae 38", .bits64, "clflush byte [rax]"), ("66 0f ae 38", .bits64, "clflushopt byte [rax]"),
      ("66 0f ae 30", .bits64, "clwb byte [rax]"), ("f3 48 0f ae c0", .bits64, "rdfsbase rax"),
      ("f3 48 0f ae d8", .bits64, "wrgsbase rax"), ("f3 0f ae d8", .bits32, "invalid"),
      ("0f ae c0", .bits64, "invalid"),
    ] as [Example])
  func group15(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "MOV with control and debug registers takes a register whatever mod says",
    arguments: [
      ("0f 20 c0", .bits64, "mov rax, cr0"), ("0f 20 00", .bits64, "mov rax, cr0"),
      ("0f 22 d9", .bits32, "mov cr3, ecx"),
      ("66 0f 22 d9", .bits32, "mov cr3, ecx"), ("0f 22 c8", .bits64, "invalid"),
      ("0f 22 e8", .bits64, "invalid"),
      ("41 0f 23 f8", .bits64, "mov dr7, r8"), ("44 0f 21 c0", .bits64, "invalid"),
    ] as [Example])
  func systemRegisters(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "segment registers: memory has 2 bytes, CS cannot be loaded, and there are six",
    arguments: [
      ("8c d8", .bits64, "mov eax, ds"), ("48 8c 18", .bits64, "mov word [rax], ds"),
      ("8e d8", .bits64, "mov ds, ax"),
      ("8e c8", .bits64, "invalid"), ("8e f0", .bits64, "invalid"), ("8c f8", .bits64, "invalid"),
      ("0f b2 20", .bits32, "lss esp, fword [eax]"), ("c5 10", .bits32, "lds edx, fword [eax]"),
    ] as [Example])
  func segmentRegisters(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "hints are NOP with an operand, PREFETCHW is not part of the absent 3DNow!",
    arguments: [
      ("0f 1f 44 00 00", .bits64, "nop [rax+rax]"), ("0f 19 c0", .bits64, "nop rax"),
      ("0f 0d 08", .bits64, "prefetchw [rax]"),
      ("0f 18 00", .bits64, "prefetchnta [rax]"), ("0f 0f c0 9e", .bits64, "invalid"),
      ("0f 0e", .bits64, "invalid"),
    ] as [Example])
  func hints(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }
}
