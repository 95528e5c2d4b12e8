import Bedrock

/// #UD, and the length limit: AMD64 APM volume 3, appendix B.4 for what 64-bit mode has lost, section 1.2.5 for
/// LOCK; volume 2, section 8.2.7.
struct InvalidOpcodeTests {
  private struct Code {
    let name: StaticString
    let bytes: [UInt8]
    init(_ name: StaticString, _ bytes: UInt8...) { (self.name, self.bytes) = (name, bytes) }
  }

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = InvalidOpcodeTests(bench: bench)
    list.test("#UD for instructions that 64-bit mode has lost") {
      tests.refuse(Self.invalidIn64Bits, [.kernel64, .user64], &$0)
    }
    list.test("the same instructions exist in compatibility mode", tests.legacy)
    list.test("#UD for undefined instructions, RIP at their first byte") {
      tests.refuse(Self.undefined, [.kernel64, .user64, .kernel32, .user32], &$0)
    }
    list.strictTest("#UD for 8F and C6 with another register field than 0", "APM 3, appendix A.2") {
      tests.refuse(Self.undefinedInGroups, [.kernel64, .user64, .kernel32, .user32], &$0)
    }
    list.strictTest("#UD for LOCK with loads, stores, comparisons and jumps", "APM 3, 1.2.5") {
      tests.refuse(Self.lockedOthers, [.kernel64, .user32], &$0)
    }
    list.test("#UD for LOCK where it is not permitted") {
      tests.refuse(Self.locked, [.kernel64, .user32], &$0)
    }
    list.test("#UD for control and debug registers that do not exist") {
      tests.refuse(Self.registers, [.kernel64], &$0)
    }
    list.test("#GP for instructions of more than 15 bytes", tests.length)
  }

  private static let invalidIn64Bits = [
    Code("PUSH ES", 0x06), Code("POP ES", 0x07), Code("PUSH CS", 0x0E), Code("PUSH SS", 0x16),
    Code("POP SS", 0x17), Code("PUSH DS", 0x1E), Code("POP DS", 0x1F), Code("DAA", 0x27), Code("DAS", 0x2F),
    Code("AAA", 0x37), Code("AAS", 0x3F), Code("PUSHA", 0x60), Code("POPA", 0x61), Code("AAM", 0xD4, 10),
    Code("AAD", 0xD5, 10), Code("INTO", 0xCE), Code("CALL FAR", 0x9A, 0, 0, 0, 0, 8, 0),
    Code("JMP FAR", 0xEA, 0, 0, 0, 0, 8, 0), Code("82 /0", 0x82, 0xC0, 0), Code("SALC", 0xD6),
  ]

  private static let undefined = [
    Code("UD2", 0x0F, 0x0B), Code("UD1", 0x0F, 0xB9, 0xC0), Code("UD0", 0x0F, 0xFF, 0xC0),
    Code("0F 04", 0x0F, 0x04), Code("0F 0A", 0x0F, 0x0A), Code("FE /7", 0xFE, 0xF8),
    Code("FF /7", 0xFF, 0xF8),
    Code("MOV CS", 0x8E, 0xC8),
    Code("MOV to segment 6", 0x8E, 0xF0), Code("MOV from segment 7", 0x8C, 0xF8),
    Code("LEA of a register", 0x8D, 0xC0), Code("0F BA /0", 0x0F, 0xBA, 0xC0, 1),
    Code("CMPXCHG8B of a register", 0x0F, 0xC7, 0xC8),
  ]

  private static let undefinedInGroups = [
    Code("8F /1", 0x8F, 0xC8, 0, 0, 0), Code("C6 /1", 0xC6, 0xC8, 0), Code("C7 /2", 0xC7, 0xD0, 0, 0, 0, 0),
  ]

  private static let locked = [
    Code("LOCK NOP", 0xF0, 0x90), Code("LOCK ADD of registers", 0xF0, 0x01, 0xC0),
    Code("LOCK CMP", 0xF0, 0x39, 0x07),
  ]

  private static let lockedOthers = [
    Code("LOCK MOV", 0xF0, 0x89, 0x07), Code("LOCK TEST", 0xF0, 0x85, 0x07), Code("LOCK RET", 0xF0, 0xC3),
    Code("LOCK JMP", 0xF0, 0xEB, 0x00), Code("LOCK MOVZX", 0xF0, 0x0F, 0xB6, 0x07),
  ]

  private static let registers = [
    Code("CR1", 0x0F, 0x20, 0xC8), Code("CR5", 0x0F, 0x20, 0xE8), Code("CR7", 0x0F, 0x22, 0xF8),
    Code("CR9", 0x44, 0x0F, 0x20, 0xC8), Code("CR15", 0x44, 0x0F, 0x22, 0xF8),
    Code("DR8", 0x44, 0x0F, 0x21, 0xC0),
  ]

  private func refuse(_ codes: [Code], _ programs: [Program], _ expectations: inout Expectations) {
    for code in codes {
      for program in programs {
        expectations.expect(
          code.name, bench.execute(code.bytes, as: program), raises: .invalidOpcode,
          at: bench.codeBuffer.address(for: program))
      }
    }
  }

  private func legacy(_ expectations: inout Expectations) {
    let pairs = [
      Code("PUSHA, POPA", 0x60, 0x61), Code("PUSH and POP ES", 0x06, 0x07), Code("DAA", 0x27),
      Code("AAM", 0xD4, 10),
      Code("PUSH CS, POP EAX", 0x0E, 0x58), Code("INTO without overflow", 0x31, 0xC0, 0xCE),
      Code("82 /0", 0x82, 0xC0, 0), Code("SALC", 0xD6),
    ]
    for code in pairs {
      for program in [Program.kernel32, .user32] {
        expectations.expectReturn(code.name, bench.execute(code.bytes, as: program))
      }
    }
    let start = bench.codeBuffer.address(for: .kernel32)
    // MOV AL, 7Fh; ADD AL, 1; INTO
    expectations.expect(
      "INTO with overflow", bench.execute([0xB0, 0x7F, 0x04, 0x01, 0xCE], as: .kernel32), raises: .overflow,
      at: start + 5)
    // BOUND EAX, [EDI], with the bounds in the code buffer itself
    let bounds = start + 64
    for (index, byte) in ([1, 0, 0, 0, 5, 0, 0, 0] as [UInt8]).enumerated() {
      bench.codeBuffer.start[64 + index] = byte
    }
    expectations.expectReturn(
      "BOUND within", bench.execute([0xB8, 5, 0, 0, 0, 0x62, 0x07], as: .kernel32, bounds))
    expectations.expect(
      "BOUND beyond", bench.execute([0xB8, 6, 0, 0, 0, 0x62, 0x07], as: .kernel32, bounds),
      raises: .boundRange, at: start + 5)
  }

  private func length(_ expectations: inout Expectations) {
    let prefixes = { (count: Int) in [UInt8](repeating: 0x66, count: count) }
    for program in [Program.kernel64, .user32] {
      expectations.expectReturn("15 bytes", bench.execute(prefixes(14) + [0x90], as: program))
      expectations.expect(
        "16 bytes", bench.execute(prefixes(15) + [0x90], as: program), raises: .generalProtection,
        at: bench.codeBuffer.address(for: program))
    }
  }
}
