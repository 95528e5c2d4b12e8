import Testing
import X86

@Suite("x87")
struct X87Tests {
  @Test(
    "memory forms have one operand of the format's width",
    arguments: [
      ("d8 00", .bits64, "fadd dword [rax]"), ("dc 20", .bits64, "fsub qword [rax]"),
      ("da 08", .bits64, "fimul dword [rax]"),
      ("de 30", .bits64, "fidiv word [rax]"), ("db 28", .bits64, "fld tbyte [rax]"),
      ("db 38", .bits64, "fstp tbyte [rax]"),
      ("df 28", .bits64, "fild qword [rax]"), ("dd 08", .bits64, "fisttp qword [rax]"),
      ("df 20", .bits64, "fbld tbyte [rax]"),
      ("d9 38", .bits64, "fnstcw word [rax]"), ("dd 38", .bits64, "fnstsw word [rax]"),
      ("db 20", .bits64, "invalid"),
      ("d9 08", .bits64, "invalid"), ("dd 28", .bits64, "invalid"),
    ] as [Example])
  func memory(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test(
    "register forms; the reversed subtractions and divisions of DC and DE",
    arguments: [
      ("d8 c1", .bits64, "fadd st0, st1"), ("dc c1", .bits64, "fadd st1, st0"),
      ("d8 e1", .bits64, "fsub st0, st1"),
      ("dc e1", .bits64, "fsubr st1, st0"), ("dc e9", .bits64, "fsub st1, st0"),
      ("de e9", .bits64, "fsubp st1, st0"),
      ("de f1", .bits64, "fdivrp st1, st0"), ("de d9", .bits64, "fcompp"), ("de d8", .bits64, "invalid"),
      ("da e9", .bits64, "fucompp"), ("d9 c9", .bits64, "fxch st1"), ("d9 e8", .bits64, "fld1"),
      ("d9 ef", .bits64, "invalid"),
      ("db e3", .bits64, "fninit"), ("df e0", .bits64, "fnstsw ax"), ("df e1", .bits64, "invalid"),
      ("da d1", .bits64, "fcmovbe st0, st1"), ("db d9", .bits64, "fcmovnu st0, st1"),
      ("df f1", .bits64, "fcomip st0, st1"),
      ("dd c1", .bits64, "ffree st1"), ("9b", .bits64, "wait"),
    ] as [Example])
  func registers(example: Example) {
    #expect(Decoded.text(example.bytes, example.mode) == example.text)
  }

  @Test("the environment and the state are smaller with 16-bit operands")
  func environment() {
    #expect(Decoded("d9 30").instruction.operands.0.width == 28)
    #expect(Decoded("66 d9 30").instruction.operands.0.width == 14)
    #expect(Decoded("dd 30").instruction.operands.0.width == 108)
    #expect(Decoded("dd 20", .bits16).instruction.operands.0.kind == .memory)
    #expect(Decoded("dd 24", .bits16).instruction.operands.0.width == 94)
  }
}
