import Bedrock
import Interfaces

/// What is checked before a call's parameters: the control word (TLFS 3.8), in the order of the checks.
struct ControlWordTests {
  private static let undefinedCode: UInt64 = 0x7FFF
  /// Bits 27 to 31, 44 to 47 and 60 to 63.
  private static let reservedBits: [UInt64] = [27, 28, 29, 30, 31, 44, 45, 46, 47, 60, 61, 62, 63]
  private static let headerSize = 17 as UInt64

  let bench: Bench

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    let tests = ControlWordTests(bench: bench)
    list.test("a call without a name", tests.undefined)
    list.test("reserved bits of the control word", tests.reserved)
    list.test("repetitions of a call that does not repeat", tests.simple)
    list.test("no repetitions, or a start behind their end, of a call that repeats", tests.repeating)
    list.test("a variable header where there is none", tests.header)
    list.test("registers that cannot hold the input", tests.fast)
    list.test(
      "the control word is checked before the addresses, and these before the parameters", tests.order)
  }

  private func call(_ rawValue: UInt64) -> HyperV.HypercallResult {
    bench.call(HyperV.HypercallControl(rawValue: rawValue))
  }

  private func undefined(_ expectations: inout Expectations) {
    bench.putLevelStatus()
    expectations.expect("7FFFh", call(Self.undefinedCode), is: .invalidCode)
    expectations.expect("0", call(0), is: .invalidCode)
    expectations.expect("with reserved bits", call(Self.undefinedCode | 1 << 27 | 1 << 63), is: .invalidCode)
    expectations.expect("with repetitions", call(Self.undefinedCode | 1 << 32), is: .invalidCode)
  }

  private func reserved(_ expectations: inout Expectations) {
    bench.putLevelStatus()
    let control = HyperV.HypercallControl(.getRegisters, count: 1).rawValue
    expectations.expect("none", call(control), is: .success, completed: 1)
    for bit in Self.reservedBits {
      let result = call(control | 1 << bit)
      expectations.expect(
        result == HyperV.HypercallResult(.invalidInput),
        "bit \(bit): \(hexadecimal(result.rawValue))h instead of 3")
    }
  }

  private func simple(_ expectations: inout Expectations) {
    bench.putStart(of: bench.ownIndex, at: .vtl2, in: HyperV.InitialContext())
    for code in [HyperV.HypercallCode.enableProcessorLevel, .startProcessor] {
      expectations.expect("count 1", bench.call(code, count: 1), is: .invalidInput)
      expectations.expect(
        "start 1", bench.call(HyperV.HypercallControl(code, start: 1)), is: .invalidInput)
    }
  }

  private func repeating(_ expectations: inout Expectations) {
    bench.putIdentifiers([bench.computer.processors[0].apicIdentifier, 0])
    for code in [HyperV.HypercallCode.getProcessorIndex, .getRegisters] {
      expectations.expect("count 0", bench.call(code, count: 0), is: .invalidInput)
      expectations.expect(
        "count 0, start 1", bench.call(HyperV.HypercallControl(code, start: 1)), is: .invalidInput)
      expectations.expect(
        "start at the count", bench.call(HyperV.HypercallControl(code, count: 1, start: 1)), is: .invalidInput
      )
      expectations.expect(
        "start behind it", bench.call(HyperV.HypercallControl(code, count: 2, start: 4095)), is: .invalidInput
      )
    }
  }

  private func header(_ expectations: inout Expectations) {
    bench.putLevelStatus()
    let registers = HyperV.HypercallControl(.getRegisters, headerSize: 1, count: 1)
    expectations.expect("of HvCallGetVpRegisters", bench.call(registers), is: .invalidInput)
    let start = HyperV.HypercallControl(.startProcessor, headerSize: 1023)
    expectations.expect("of HvCallStartVirtualProcessor", bench.call(start), is: .invalidInput)
  }

  private func fast(_ expectations: inout Expectations) {
    let enable = HyperV.HypercallControl(.enableProcessorLevel, isFast: true)
    expectations.expect("of 240 bytes", bench.partition.call(enable), is: .invalidInput)
    let start = HyperV.HypercallControl(.startProcessor, isFast: true)
    expectations.expect("of 240 bytes", bench.partition.call(start), is: .invalidInput)
    // 128 bytes: 16 more than RDX, R8 and six vector registers hold.
    let names = HyperV.HypercallControl(.getRegisters, isFast: true, count: 28)
    expectations.expect("of 128 bytes", bench.partition.call(names), is: .invalidInput)
  }

  private func order(_ expectations: inout Expectations) {
    let reserved = HyperV.HypercallControl(
      rawValue: HyperV.HypercallControl(.getRegisters, count: 1).rawValue | 1 << 60)
    expectations.expect(
      "a reserved bit and a misaligned input", bench.partition.call(reserved, 1, 1), is: .invalidInput)
    bench.putLevelStatus(at: 8)
    bench.input.storeBytes(of: 7, toByteOffset: 8, as: UInt64.self)
    expectations.expect(
      "a misaligned output and another partition",
      bench.partition.call(
        HyperV.HypercallControl(.getRegisters, count: 1), (bench.inputPages + 8).rawValue,
        (bench.outputPage + 1).rawValue), is: .invalidAlignment)
  }
}
