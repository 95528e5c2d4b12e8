import Bedrock
import Interfaces

/// Where input and output may be (TLFS 3.7 and 3.8): aligned, in one page, in RAM.
struct MemoryTests {
  private static let one = HyperV.HypercallControl(.getRegisters, count: 1)
  private static let pageSize = UInt64(HyperV.pageSize)
  private static let stale: UInt32 = 0xDEAD

  let bench: Bench

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    let tests = MemoryTests(bench: bench)
    list.test("addresses that are not a multiple of 8", tests.alignment)
    list.test("input and output that leave their page", tests.straddling)
    list.test("input and output that end with their page", tests.pageEnd)
    list.test("addresses without RAM", tests.nowhere)
    list.test("an address that the call does not use means nothing", tests.unused)
    list.test("input is read before output is written, if they overlap", tests.overlap)
    list.test("nothing is read behind the last element, nothing written behind the last value", tests.exact)
    list.test("a start that is not the first element", tests.start)
  }

  private func call(_ input: UInt64, _ output: UInt64, _ control: HyperV.HypercallControl = Self.one)
    -> HyperV.HypercallResult
  {
    bench.partition.call(control, input, output)
  }

  private var input: UInt64 { bench.inputPages.rawValue }
  private var output: UInt64 { bench.outputPage.rawValue }

  private func alignment(_ expectations: inout Expectations) {
    bench.putLevelStatus()
    for offset in [1, 2, 4, 7] as [UInt64] {
      expectations.expect("input", call(input + offset, output), is: .invalidAlignment)
      expectations.expect("output", call(input, output + offset), is: .invalidAlignment)
    }
    bench.putStart(of: bench.ownIndex, at: .vtl2, in: HyperV.InitialContext())
    expectations.expect(
      "input of a call that does not repeat",
      call(input + 1, 0, HyperV.HypercallControl(.startProcessor)), is: .invalidAlignment)
  }

  private func straddling(_ expectations: inout Expectations) {
    bench.putLevelStatus()
    for code in [HyperV.HypercallCode.enableProcessorLevel, .startProcessor] {
      expectations.expect(
        "240 bytes 128 bytes before the end",
        call(input + Self.pageSize - 0x80, output, HyperV.HypercallControl(code)), is: .invalidAlignment)
    }
    expectations.expect(
      "20 bytes 16 bytes before the end", call(input + Self.pageSize - 16, output), is: .invalidAlignment)
    bench.putRegisters([HyperV.RegisterName.processorLevelStatus.rawValue, 0])
    expectations.expect(
      "two values 16 bytes before the end",
      call(input, input + Self.pageSize - 16, HyperV.HypercallControl(.getRegisters, count: 2)),
      is: .invalidAlignment)
  }

  private func pageEnd(_ expectations: inout Expectations) {
    let offset = HyperV.pageSize - 24
    bench.putLevelStatus(at: offset)
    expectations.expect(
      "input", call(input + UInt64(offset), output), is: .success, completed: 1)
    bench.putLevelStatus()
    expectations.expect(
      "output", call(input, output + Self.pageSize - 16), is: .success, completed: 1)
  }

  private func nowhere(_ expectations: inout Expectations) {
    bench.putLevelStatus()
    for address in [Bench.nowhere, 0xFFFF_FFFF_FFFF_F000] {
      expectations.expect("input", call(address, output), is: .invalidAlignment)
      expectations.expect("output", call(input, address), is: .invalidAlignment)
    }
  }

  private func unused(_ expectations: inout Expectations) {
    bench.putStart(of: bench.ownIndex, at: .vtl2, in: HyperV.InitialContext())
    bench.input.storeBytes(of: 7, as: UInt64.self)
    expectations.expect(
      "output", call(input, 1, HyperV.HypercallControl(.startProcessor)), is: .invalidPartition)
  }

  private func overlap(_ expectations: inout Expectations) {
    bench.putLevelStatus()
    expectations.expect("one register", call(input, input), is: .success, completed: 1)
    let status = HyperV.ProcessorLevelStatus(rawValue: bench.input.load(as: UInt64.self))
    expectations.expect(status.active == bench.partition.level, "another level is active")
    // Sixteen bytes of output for each four of input: all but the first name would be overwritten.
    let index = HyperV.RegisterName.processorIndex.rawValue
    let level = HyperV.RegisterName.processorLevelStatus.rawValue
    bench.putRegisters([level, index, level, index])
    let four = HyperV.HypercallControl(.getRegisters, count: 4)
    expectations.expect("four registers", call(input, input, four), is: .success, completed: 4)
    expectations.expect(
      "the last", bench.input.load(fromByteOffset: 48, as: UInt64.self), is: UInt64(bench.ownIndex))
    bench.putIdentifiers([bench.computer.processors[0].apicIdentifier])
    let identifier = HyperV.HypercallControl(.getProcessorIndex, count: 1)
    expectations.expect("an APIC's identifier", call(input, input, identifier), is: .success, completed: 1)
    expectations.expect(
      "its index", UInt64(bench.input.load(as: UInt32.self)), is: UInt64(bench.ownIndex))
  }

  private func exact(_ expectations: inout Expectations) {
    bench.putRegisters([HyperV.RegisterName.processorLevelStatus.rawValue, Self.stale])
    for offset in stride(from: 0, to: 64, by: 8) {
      bench.output.storeBytes(of: .max, toByteOffset: offset, as: UInt64.self)
    }
    expectations.expect("one name of two", call(input, output), is: .success, completed: 1)
    expectations.expect("upper half", bench.output.load(fromByteOffset: 8, as: UInt64.self), is: 0)
    expectations.expect("behind it", bench.output.load(fromByteOffset: 16, as: UInt64.self), is: .max)
  }

  private func start(_ expectations: inout Expectations) {
    bench.putRegisters([Self.stale, HyperV.RegisterName.processorIndex.rawValue])
    bench.output.storeBytes(of: .max, as: UInt64.self)
    let second = HyperV.HypercallControl(.getRegisters, count: 2, start: 1)
    expectations.expect("the second of two", call(input, output, second), is: .success, completed: 2)
    expectations.expect(
      "its value", bench.output.load(fromByteOffset: 16, as: UInt64.self), is: UInt64(bench.ownIndex))
    expectations.expect("the first's place", bench.output.load(as: UInt64.self), is: .max)
  }
}
