import Bedrock
import Interfaces

/// Calls and returns between VTL0 and VTL1: which registers they share, and what a return brings back (TLFS
/// 15.8).
struct TransitionTests {
  private static let generalPattern: UInt64 = 0x0101_0000_0000_0000
  private static let vectorPattern: UInt64 = 0x0202_0000_0000_0000
  private static let faultAddress: UInt64 = 0x1234_5000

  let levels: LevelBench

  private var upper: UpperLevel { levels.upper }

  static func add(to list: inout SelfTestList, _ levels: LevelBench) {
    let tests = TransitionTests(levels: levels)
    list.test("a call and a return leave the shared registers as they are", tests.unchanged)
    list.test("what VTL1 puts into shared registers is there at VTL0", tests.changed)
    list.test("a return brings RAX and RCX from the assist page", tests.restored)
    list.test("a fast return leaves RAX and RCX", tests.fast)
    list.test("#UD for a call with an input, or by the way of other calls", tests.malformed)
    list.test("#UD for a return from VTL0, and for one with reserved bits", tests.malformedReturn)
    list.test("VTL1 reads and writes VTL0's registers, and VTL0 not VTL1's", tests.registers)
    list.test("VTL1's hypercall page is not there at VTL0", tests.hypercallPage)
    list.test("VTL1's page tables can be others than VTL0's", tests.pageTable)
  }

  private func fill(_ registers: SharedRegisters) {
    for number in SharedRegisters.preserved {
      registers[.init(rawValue: number)] = Self.generalPattern + UInt64(number)
    }
    for number in 0..<16 { registers[vector: number] = Self.vectorPattern + UInt64(number) }
    registers.faultAddress = Self.faultAddress
  }

  private func expectFilled(
    _ registers: SharedRegisters, _ where: StaticString, _ expectations: inout Expectations
  ) {
    for number in SharedRegisters.preserved {
      expectations.expect(
        `where`, registers[.init(rawValue: number)], is: Self.generalPattern + UInt64(number))
    }
    for number in 0..<16 {
      expectations.expect(`where`, registers[vector: number], is: Self.vectorPattern + UInt64(number))
    }
    expectations.expect(`where`, registers.faultAddress, is: Self.faultAddress)
  }

  private func unchanged(_ expectations: inout Expectations) {
    let registers = SharedRegisters()
    fill(registers)
    var seen = Expectations()
    levels.above(registers) { _ in expectFilled(upper.lower, "at VTL1", &seen) }
    expectations.append(seen)
    expectFilled(registers, "at VTL0", &expectations)
  }

  private func changed(_ expectations: inout Expectations) {
    let registers = SharedRegisters()
    levels.above(registers) { _ in fill(upper.lower) }
    expectFilled(registers, "at VTL0", &expectations)
  }

  private func restored(_ expectations: inout Expectations) {
    let registers = SharedRegisters()
    levels.above(registers) { _ in
      upper.lower[.rax] = Self.generalPattern
      upper.lower[.rcx] = Self.vectorPattern
    }
    expectations.expect("RAX", registers[.rax], is: Self.generalPattern)
    expectations.expect("RCX", registers[.rcx], is: Self.vectorPattern)
  }

  private func fast(_ expectations: inout Expectations) {
    let registers = SharedRegisters()
    levels.above(registers) { _ in
      upper.lower[.rax] = Self.generalPattern
      upper.lower[.rcx] = Self.vectorPattern
      upper.restoresRegisters = false
    }
    // What the code page has in them: the input and the number of the call.
    expectations.expect("RAX", registers[.rax], is: HyperV.ReturnFlags.fast)
    expectations.expect(
      "RCX", registers[.rcx] & 0xFFFF, is: UInt64(HyperV.HypercallCode.returnLevel.rawValue))
    levels.above { _ in upper.restoresRegisters = true }
  }

  private func malformed(_ expectations: inout Expectations) {
    let entries = upper.interruptEntries.value
    let registers = SharedRegisters()
    let code = levels.switchCode { $0.call }
    for input in [1, 1 << 16, 1 << 63] as [UInt64] {
      registers[.rcx] = input
      expectations.expect("an input", registers.probe(code), raises: .invalidOpcode)
    }
    for bit in [16, 31, 32, 63] as [UInt64] {
      registers[.rax] = 0
      registers[.rcx] = UInt64(HyperV.HypercallCode.callLevel.rawValue) | 1 << bit
      let outcome = registers.probe(levels.partition.hypercallPage)
      expectations.expect("a bit beside the number", outcome, raises: .invalidOpcode)
    }
    expectations.expect("entries", upper.interruptEntries.value, is: entries)
  }

  private func malformedReturn(_ expectations: inout Expectations) {
    let registers = SharedRegisters()
    let code = levels.switchCode { $0.return }
    registers[.rcx] = 0
    expectations.expect("at VTL0", registers.probe(code), raises: .invalidOpcode)
    let outcomes = levels.above { partition -> [ProbeOutcome] in
      guard let offsets = try? partition.codePageOffsets() else { return [] }
      return ([2, 1 << 32, 1 << 63] as [UInt64]).map {
        let registers = SharedRegisters()
        registers[.rcx] = $0
        return registers.probe(partition.hypercallPage + UInt64(offsets.return))
      }
    }
    expectations.expect("outcomes", UInt64(outcomes?.count ?? 0), is: 3)
    for outcome in outcomes ?? [] {
      expectations.expect("at VTL1", outcome, raises: .invalidOpcode)
    }
  }

  private func registers(_ expectations: inout Expectations) {
    let below = HyperV.InputLevel(.vtl0)
    let lstar = ModelSpecificRegister.longStar
    lstar.write(Self.faultAddress)
    var values: [UInt64] = []
    let status = levels.status { partition throws(HypercallFailure) in
      values = [
        try partition.register(.lstar, of: HyperV.processorSelf, below).low,
        try partition.register(.cr3, of: HyperV.processorSelf, below).low,
      ]
      try partition.setRegister(.lstar, to: Self.generalPattern & 0xFFFF, of: HyperV.processorSelf, below)
    }
    expectations.expect("VTL1's calls", status, is: 0)
    expectations.expect(
      values == [Self.faultAddress, levels.bench.computer.pageTable.root.rawValue], "other values")
    expectations.expect("LSTAR afterwards", lstar.value, is: Self.generalPattern & 0xFFFF)
    lstar.write(0)
    expectations.expect("VTL1's registers", fails: .accessDenied) { () throws(HypercallFailure) in
      _ = try levels.partition.register(.rip, of: HyperV.processorSelf, HyperV.InputLevel(.vtl1))
    }
    expectations.expect("VTL1's registers", fails: .accessDenied) { () throws(HypercallFailure) in
      try levels.partition.setRegister(.rip, to: 0, of: HyperV.processorSelf, HyperV.InputLevel(.vtl1))
    }
  }

  private func hypercallPage(_ expectations: inout Expectations) {
    guard let page = upper.partition?.hypercallPage.pointer else { return }
    let above = levels.above { _ in page.load(as: UInt64.self) }
    expectations.expect(above != 0, "VTL1 has no code")
    expectations.expect("the page at VTL0", page.load(as: UInt64.self), is: 0)
  }

  private func pageTable(_ expectations: inout Expectations) {
    let computer = levels.bench.computer
    guard let frame = computer.frames.allocate(), let table = frame.pointer,
      let root = computer.pageTable.root.pointer
    else { return }
    table.copyMemory(from: root, byteCount: HyperV.pageSize)
    let below = computer.pageTable.root.rawValue
    levels.above { _ in PageTable.activate(frame) }
    let above = levels.above { _ in PageTable.activeRoot.rawValue }
    expectations.expect("CR3 at VTL1", above ?? 0, is: frame.rawValue)
    expectations.expect("CR3 at VTL0", PageTable.activeRoot.rawValue, is: below)
    levels.above { _ in computer.pageTable.activate() }
    computer.frames.free(frame)
  }
}
