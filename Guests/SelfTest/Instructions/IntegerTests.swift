import Bedrock

/// Integer instructions and the flags they leave. Expected values follow from AMD64 APM volume 3.
enum IntegerTests {
  private struct Flags: OptionSet {
    let rawValue: UInt64
    static let carry = Flags(rawValue: 1 << 0)
    static let parity = Flags(rawValue: 1 << 2)
    static let adjust = Flags(rawValue: 1 << 4)
    static let zero = Flags(rawValue: 1 << 6)
    static let sign = Flags(rawValue: 1 << 7)
    static let overflow = Flags(rawValue: 1 << 11)
    static let all: Flags = [.carry, .parity, .adjust, .zero, .sign, .overflow]
    /// Without the one that logical instructions and shifts leave undefined.
    static let allButAdjust: Flags = [.carry, .parity, .zero, .sign, .overflow]
  }

  /// One execution: operands, flags before, the value and flags after, and which flags are defined.
  private struct Case {
    let what: StaticString
    let routine: IntegerRoutine
    let first: UInt64
    let second: UInt64
    let before: Flags
    let value: UInt64
    let after: Flags
    let defined: Flags

    init(
      _ what: StaticString, _ routine: @escaping IntegerRoutine, _ first: UInt64, _ second: UInt64,
      before: Flags = [], gives value: UInt64, _ after: Flags = [], of defined: Flags = .all
    ) {
      self.what = what
      self.routine = routine
      self.first = first
      self.second = second
      self.before = before
      self.value = value
      self.after = after
      self.defined = defined
    }

    func check(_ expectations: inout Expectations) {
      var results: (flags: UInt64, rdx: UInt64) = (0, 0)
      let value = withUnsafeMutableBytes(of: &results) { buffer in
        buffer.withMemoryRebound(to: UInt64.self) { words in
          words.baseAddress.map { routine(first, second, before.rawValue, $0) } ?? 0
        }
      }
      expectations.expect(what, value, is: self.value)
      expectations.expect(what, results.flags & defined.rawValue, is: after.rawValue)
    }
  }

  static func add(to list: inout SelfTestList) {
    check(&list, "addition: widths, carry and overflow", additions)
    check(&list, "subtraction: borrow and overflow", subtractions)
    check(&list, "increments leave the carry flag alone", increments)
    check(&list, "logical instructions", logic)
    check(&list, "multiplication and division", multiplications)
    check(&list, "shifts: counts and flags", shifts)
    check(&list, "rotations, also through carry", rotations)
    check(&list, "bit instructions", bits)
    check(&list, "conditions and extensions", conversions)
    list.test("products and quotients of 128 bits", wideResults)
    if ProcessorIdentification().has(.populationCount) {
      check(&list, "POPCNT", [Case("popcnt", popcnt64, 0, 0xF0F0_0000_0000_0001, gives: 9)])
    }
    if ProcessorIdentification().has(.compareExchange16Bytes) {
      list.test("CMPXCHG16B exchanges only what it expects", compareAndExchange)
    }
  }

  private static func check(_ list: inout SelfTestList, _ name: StaticString, _ cases: [Case]) {
    list.test(name) { expectations in
      for one in cases { one.check(&expectations) }
    }
  }

  private static var additions: [Case] {
    [
      Case("add 64", add64, 0x7FFF_FFFF_FFFF_FFFF, 1, gives: 1 << 63, [.overflow, .sign, .adjust, .parity]),
      Case("add 64 to 0", add64, .max, 1, gives: 0, [.carry, .zero, .adjust, .parity]),
      Case("add 32 clears the upper half", add32, 0xFFFF_FFFF_0000_0001, 1, gives: 2),
      Case(
        "add 16 keeps the rest", add16, 0x1234_8000, 0x8000, gives: 0x1234_0000,
        [.carry, .overflow, .zero, .parity]),
      Case("add 8 keeps the rest", add8, 0x1180, 0x80, gives: 0x1100, [.carry, .overflow, .zero, .parity]),
      Case(
        "adc 64", adc64, .max, 0, before: .carry, gives: 0, [.carry, .zero, .adjust, .parity]),
      Case("xadd 64", xadd64, 3, 4, gives: 7),
    ]
  }

  private static var subtractions: [Case] {
    [
      Case("sub 64 below 0", sub64, 0, 1, gives: .max, [.carry, .sign, .adjust, .parity]),
      Case(
        "sub 64 overflow", sub64, 1 << 63, 1, gives: 0x7FFF_FFFF_FFFF_FFFF, [.overflow, .adjust, .parity]),
      Case("sbb 64", sbb64, 5, 4, before: .carry, gives: 0, [.zero, .parity]),
      Case("neg 64", neg64, 1, 0, gives: .max, [.carry, .sign, .adjust, .parity]),
      Case("neg 64 of 0", neg64, 0, 0, before: .carry, gives: 0, [.zero, .parity]),
    ]
  }

  private static var increments: [Case] {
    [
      Case("inc, carry set", inc64, .max, 0, before: .carry, gives: 0, [.carry, .zero, .adjust, .parity]),
      Case("inc, carry clear", inc64, .max, 0, gives: 0, [.zero, .adjust, .parity]),
      Case("dec", dec64, 0, 0, gives: .max, [.sign, .adjust, .parity]),
    ]
  }

  private static var logic: [Case] {
    [
      Case(
        "and clears carry", and64, 0xF0F0, 0x0FF0, before: [.carry, .overflow], gives: 0x00F0, .parity,
        of: .allButAdjust),
      Case("xor", xor64, 0x8000_0000_0000_0001, 1, gives: 1 << 63, [.sign, .parity], of: .allButAdjust),
    ]
  }

  private static var multiplications: [Case] {
    [
      Case(
        "imul overflow", imul64, 1 << 62, 2, gives: 1 << 63, [.carry, .overflow], of: [.carry, .overflow]),
      Case("imul negative", imul64, 0 &- 3, 5, gives: 0 &- 15, of: [.carry, .overflow]),
      Case("mul", mul64, .max, .max, gives: 1, [.carry, .overflow], of: [.carry, .overflow]),
      Case("div", div64, .max, 10, gives: 1_844_674_407_370_955_161, of: []),
      Case("idiv rounds to zero", idiv32, 0x7FFF_FFFF, 0xFFFF_FFFE, gives: 0xC000_0001, of: []),
    ]
  }

  private static var shifts: [Case] {
    [
      Case(
        "shl by 1", shl64, 0xC000_0000_0000_0001, 1, gives: 0x8000_0000_0000_0002, [.carry, .sign],
        of: .allButAdjust),
      Case("shl by 64 does nothing", shl64, 5, 64, before: [.carry, .zero], gives: 5, [.carry, .zero]),
      Case(
        "shr by 1", shr64, 0x8000_0000_0000_0001, 1, gives: 1 << 62, [.carry, .overflow, .parity],
        of: .allButAdjust),
      Case(
        "sar by 63", sar64, 1 << 63, 63, gives: .max, [.sign, .parity], of: [.carry, .parity, .zero, .sign]),
      Case("shld", shld64, 0x0011_2233_4455_6677, 0x88 << 56, gives: 0x1122_3344_5566_7788, of: .carry),
    ]
  }

  private static var rotations: [Case] {
    [
      Case("rol", rol64, 0x8000_0000_0000_0001, 1, gives: 3, [.carry, .overflow], of: [.carry, .overflow]),
      Case(
        "rcl", rcl64, 1 << 63, 1, before: .carry, gives: 1, [.carry, .overflow], of: [.carry, .overflow]),
      Case("rcr", rcr64, 1, 1, gives: 0, .carry, of: [.carry, .overflow]),
      Case("rcr 8 by 9 does nothing", rcr8, 0x5A, 9, before: .carry, gives: 0x5A, .carry, of: .carry),
    ]
  }

  private static var bits: [Case] {
    [
      Case("bsf", bsf64, 0, 0x0001_0000_0001_0000, gives: 16, of: .zero),
      Case("bsr", bsr64, 0, 0x0001_0000_0001_0000, gives: 48, of: .zero),
      Case("bsf of 0 keeps the destination", bsf64, 77, 0, gives: 77, .zero, of: .zero),
      Case("bts takes the bit number modulo 64", bts64, 0, 65, gives: 2, of: .carry),
      Case("bts of a set bit", bts64, 2, 1, gives: 2, .carry, of: .carry),
      Case("bswap", bswap64, 0x0102_0304_0506_0708, 0, gives: 0x0807_0605_0403_0201),
    ]
  }

  private static var conversions: [Case] {
    [
      Case("cmov not taken clears the upper half", cmovz32, 0x1_0000_0002, 3, gives: 2),
      Case("cmov taken", cmovz32, 0x1_0000_0002, 3, before: .zero, gives: 3, .zero),
      Case("setl, sign only", setl, 0xFF00, 0, before: .sign, gives: 0xFF01, .sign),
      Case(
        "setl, sign and overflow", setl, 0xFF55, 0, before: [.sign, .overflow], gives: 0xFF00,
        [.sign, .overflow]),
      Case("movsx", movsx8, 0, 0x80, gives: 0xFFFF_FFFF_FFFF_FF80),
      Case("movsxd", movsxd, 0, 0x8000_0000, gives: 0xFFFF_FFFF_8000_0000),
      Case(
        "lahf", lahf, 0, 0, before: [.carry, .zero, .sign], gives: 0xC300, [.carry, .zero, .sign]),
    ]
  }

  private static func wideResults(_ expectations: inout Expectations) {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2) { results in
      results.initialize(repeating: 0)
      guard let base = results.baseAddress else { return }
      expectations.expect("mul low", mul64(.max, .max, 0, base), is: 1)
      expectations.expect("mul high", base[1], is: .max - 1)
      expectations.expect("div quotient", div64(.max, 10, 0, base), is: .max / 10)
      expectations.expect("div remainder", base[1], is: 5)
      expectations.expect("idiv quotient", idiv32(0x7FFF_FFFF, 0xFFFF_FFFE, 0, base), is: 0xC000_0001)
      expectations.expect("idiv remainder has the dividend's sign", base[1], is: 1)
    }
  }

  private static func compareAndExchange(_ expectations: inout Expectations) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 48, alignment: 16)
      .bindMemory(to: UInt64.self, capacity: 6)
    defer { memory.deallocate() }
    memory.initialize(repeating: 0, count: 6)
    let (target, expected, new) = (memory, memory + 2, memory + 4)
    (target[0], target[1]) = (1, 2)
    (expected[0], expected[1]) = (1, 3)
    (new[0], new[1]) = (7, 8)
    expectations.expect("ZF without a match", compareExchange16(target, expected, new), is: 0)
    expectations.expect("what was there", expected[1], is: 2)
    expectations.expect("memory without a match", target[0], is: 1)
    expectations.expect("ZF with a match", compareExchange16(target, expected, new), is: 1)
    expectations.expect("memory with a match, low", target[0], is: 7)
    expectations.expect("memory with a match, high", target[1], is: 8)
  }
}
