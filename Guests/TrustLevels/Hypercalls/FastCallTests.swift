import Bedrock
import Interfaces

/// Calls whose input is in registers (TLFS 3.7.2 to 3.7.4).
struct FastCallTests {
  private static let rdx = SharedRegisters.Number(rawValue: 2)
  private static let r8 = SharedRegisters.Number(rawValue: 8)

  let bench: Bench

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    let tests = FastCallTests(bench: bench)
    list.test("a fast call changes RAX alone", tests.preserves)
    list.test("input in vector registers, if the hypervisor takes it", tests.vectorInput)
    list.test("output in vector registers, if the hypervisor gives it", tests.vectorOutput)
  }

  /// Makes a fast call with patterns in the other registers.
  private func call(
    _ control: HyperV.HypercallControl, _ registers: SharedRegisters
  ) -> ProbeOutcome {
    registers[.rcx] = control.rawValue
    return registers.probe(bench.partition.hypercallPage)
  }

  private func preserves(_ expectations: inout Expectations) {
    let registers = SharedRegisters()
    for number in SharedRegisters.preserved {
      registers[.init(rawValue: number)] = 0x4444_0000 + UInt64(number)
    }
    for number in 0..<16 { registers[vector: number] = 0x6666_0000 + UInt64(number) }
    // An interrupt to nobody.
    registers[Self.rdx] = UInt64(Vector.sent)
    registers[Self.r8] = 0
    expectations.expectReturn("call", call(HyperV.HypercallControl(.sendInterrupt, isFast: true), registers))
    expectations.expect("RAX", registers[.rax], is: 0)
    expectations.expect("RDX", registers[Self.rdx], is: UInt64(Vector.sent))
    expectations.expect("R8", registers[Self.r8], is: 0)
    for number in SharedRegisters.preserved where number != 2 && number != 8 {
      expectations.expect(
        "a general register", registers[.init(rawValue: number)], is: 0x4444_0000 + UInt64(number))
    }
    for number in 0..<16 {
      expectations.expect("a vector register", registers[vector: number], is: 0x6666_0000 + UInt64(number))
    }
  }

  private func vectorInput(_ expectations: inout Expectations) {
    let registers = SharedRegisters()
    // HvCallFlushVirtualAddressSpace: an address space in RDX, flags in R8, processors in XMM0.
    registers[Self.r8] = HyperV.FlushFlags([.allProcessors, .allSpaces]).rawValue
    let outcome = call(HyperV.HypercallControl(.flushAddressSpace, isFast: true), registers)
    if bench.partition.features.contains(.vectorInput) {
      expectations.expectReturn("24 bytes", outcome)
      expectations.expect("RAX", registers[.rax], is: 0)
    } else {
      expectations.expect("24 bytes", outcome, raises: .invalidOpcode)
    }
  }

  private func vectorOutput(_ expectations: inout Expectations) {
    let registers = SharedRegisters()
    registers[Self.rdx] = HyperV.partitionSelf
    registers[Self.r8] = UInt64(HyperV.processorSelf)
    // One name behind the header, and its value in the next register.
    registers[vector: 0] = UInt64(HyperV.RegisterName.processorIndex.rawValue)
    let outcome = call(HyperV.HypercallControl(.getRegisters, isFast: true, count: 1), registers)
    if bench.partition.features.isSuperset(of: [.vectorInput, .vectorOutput]) {
      expectations.expectReturn("16 bytes", outcome)
      expectations.expect("the value", registers[vector: 1], is: UInt64(bench.ownIndex))
    } else {
      expectations.expect("16 bytes", outcome, raises: .invalidOpcode)
    }
  }
}
