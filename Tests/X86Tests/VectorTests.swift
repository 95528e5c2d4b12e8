import Testing
import X86

@Suite("MMX, SSE and VEX")
struct VectorTests {
  @Test(
    "memory operands have the width that is accessed",
    arguments: [
      ("0f 58 00", .bits64, "addps xmm0, xmmword [rax]"), ("f3 0f 58 00", .bits64, "addss xmm0, dword [rax]"),
      ("f2 44 0f 10 00", .bits64, "movsd xmm8, qword [rax]"),
      ("0f 60 08", .bits64, "punpcklbw mm1, dword [rax]"),
      ("66 0f 60 08", .bits64, "punpcklbw xmm1, xmmword [rax]"),
      ("66 0f 38 22 00", .bits64, "pmovsxbq xmm0, word [rax]"),
      ("66 0f 6f 00", .bits64, "movdqa xmm0, xmmword [rax]"),
      ("0f 13 00", .bits64, "movlps qword [rax], xmm0"),
      ("66 0f 3a 14 00 03", .bits64, "pextrb byte [rax], xmm0, 0x3"),
      ("66 0f 3a 14 c0 03", .bits64, "pextrb eax, xmm0, 0x3"),
      ("0f c4 00 01", .bits64, "pinsrw mm0, word [rax], 0x1"),
      ("66 0f 3a 21 00 01", .bits64, "insertps xmm0, dword [rax], 0x1"), ("f2 0f f0 c0", .bits64, "invalid"),
    ] as [Example])
  func widths(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "the register form of MOVLPS is MOVHLPS, REX.W makes MOVD into MOVQ, and prefixes choose register files",
    arguments: [
      ("0f 12 c1", .bits64, "movhlps xmm0, xmm1"), ("0f 16 c1", .bits64, "movlhps xmm0, xmm1"),
      ("66 0f 12 c1", .bits64, "invalid"), ("66 0f 6e c0", .bits64, "movd xmm0, eax"),
      ("66 48 0f 6e c0", .bits64, "movq xmm0, rax"), ("0f 7e c0", .bits64, "movd eax, mm0"),
      ("f3 0f 7e c1", .bits64, "movq xmm0, xmm1"), ("66 0f d6 00", .bits64, "movq qword [rax], xmm0"),
      ("f2 0f d6 c1", .bits64, "movdq2q mm0, xmm1"), ("f2 48 0f 2a c0", .bits64, "cvtsi2sd xmm0, rax"),
      ("66 0f 3a 16 c0 01", .bits64, "pextrd eax, xmm0, 0x1"),
      ("66 48 0f 3a 22 c0 01", .bits64, "pinsrq xmm0, rax, 0x1"),
      ("0f 71 d0 04", .bits64, "psrlw mm0, 0x4"), ("66 0f 73 f8 04", .bits64, "pslldq xmm0, 0x4"),
      ("0f 73 f8 04", .bits64, "invalid"), ("41 0f 6f c0", .bits64, "movq mm0, mm0"),
    ] as [Example])
  func forms(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "VEX: length, third register, and W",
    arguments: [
      ("c5 f4 58 c2", .bits64, "vaddps ymm0, ymm1, ymm2"),
      ("c5 f0 58 c2", .bits64, "vaddps xmm0, xmm1, xmm2"),
      ("c4 c1 7a 10 00", .bits64, "vmovss xmm0, dword [r8]"),
      ("c4 c1 72 10 c0", .bits64, "vmovss xmm0, xmm1, xmm8"),
      ("c5 f8 77", .bits64, "vzeroupper"), ("c5 fc 77", .bits64, "vzeroall"),
      ("c4 e2 f9 98 c1", .bits64, "vfmadd132pd xmm0, xmm0, xmm1"),
      ("c4 e3 fd 00 c1 04", .bits64, "vpermq ymm0, ymm1, 0x4"),
      ("c4 e3 7d 00 c1 04", .bits64, "invalid"),
      ("c4 e3 71 4a c2 30", .bits64, "vblendvps xmm0, xmm1, xmm2, xmm3"),
      ("c4 e2 f0 f2 c2", .bits64, "andn rax, rcx, rdx"), ("c4 e2 fb f6 c2", .bits64, "mulx rax, rax, rdx"),
      ("c4 e2 78 f3 ca", .bits64, "blsr eax, edx"), ("c4 e1 f9 6e c0", .bits64, "vmovq xmm0, rax"),
      ("c4 e1 f9 6e c0", .bits32, "vmovd xmm0, eax"),
      ("c4 e2 69 90 04 88", .bits64, "vpgatherdd xmm0, dword [rax+vmm1*4], xmm2"),
      ("c4 e2 79 90 04 88", .bits64, "invalid"), ("c5 f8 28 c1", .bits64, "vmovaps xmm0, xmm1"),
      ("c5 f0 28 c1", .bits64, "invalid"), ("66 c5 f8 28 c1", .bits64, "invalid"),
      ("48 c5 f8 28 c1", .bits64, "invalid"),
      ("c5 00", .bits32, "lds eax, fword [eax]"), ("62 f1 7c 48 58 c1", .bits64, "invalid"),
    ] as [Example])
  func vex(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "what VEX has no use for must be as the manual says, and no prefix that VEX contains may come before it",
    arguments: [
      // LOCK, F2, F3, REX and 66 before VEX; segment and address size are allowed.
      ("f0 c5 f8 28 c1", .bits64, "invalid"), ("f2 c5 f8 28 c1", .bits64, "invalid"),
      ("f3 c5 f8 28 c1", .bits64, "invalid"), ("40 c5 f8 28 c1", .bits64, "invalid"),
      ("66 c4 e2 71 00 c2", .bits64, "invalid"),
      ("65 c5 f8 28 00", .bits64, "vmovaps xmm0, xmmword [gs:rax]"),
      ("67 c5 f8 28 00", .bits64, "vmovaps xmm0, xmmword [eax]"),
      // vvvv.
      ("c5 f0 77", .bits64, "invalid"), ("c5 f0 ae 10", .bits64, "invalid"),
      ("c5 f8 ae 10", .bits64, "vldmxcsr dword [rax]"),
      // L.
      ("c4 e3 f9 00 c1 04", .bits64, "invalid"), ("c5 fd 6e c0", .bits64, "invalid"),
      ("c5 fc ae 10", .bits64, "invalid"), ("c4 e2 79 1a 00", .bits64, "invalid"),
      // W.
      ("c4 e3 f5 18 c2 01", .bits64, "invalid"), ("c4 e2 f1 0c c2", .bits64, "invalid"),
      ("c4 e2 f1 46 c2", .bits64, "invalid"), ("c4 e2 fd 13 c1", .bits64, "invalid"),
      // Gathers of registers and without SIB, and the map.
      ("c4 e2 69 90 c1", .bits64, "invalid"), ("c4 e2 69 90 00", .bits64, "invalid"),
      ("c4 e4 71 58 c2", .bits64, "invalid"),
      ("c4 e2 7d 18 00", .bits64, "vbroadcastss ymm0, dword [rax]"),
      ("c4 e3 7d 19 c1 01", .bits64, "vextractf128 xmm1, ymm0, 0x1"),
      ("c4 e3 7d 1d c1 00", .bits64, "vcvtps2ph xmm1, ymm0, 0x0"),
    ] as [Example])
  func vexFields(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "the feature follows the form: AVX2 for integers of 32 bytes, BMI1 for TZCNT, SSE for MMX's additions")
  func features() {
    #expect(Decoded("c5 f1 fc c2").instruction.feature == .avx)
    #expect(Decoded("c5 f5 fc c2").instruction.feature == .avx2)
    #expect(Decoded("f3 0f bc c1").instruction.feature == .bmi1)
    #expect(Decoded("0f bc c1").instruction.feature == .base)
    #expect(Decoded("0f fc c2").instruction.feature == .mmx)
    #expect(Decoded("0f da c2").instruction.feature == .sse)
    #expect(Decoded("0f d4 c2").instruction.feature == .sse2)
    #expect(Decoded("c5 f4 58 c2").instruction.prefixes.contains(.vex))
  }
}
