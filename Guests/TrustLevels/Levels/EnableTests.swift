import Bedrock
import Interfaces

/// How a partition at VTL0 gets VTL1, and its first processor the level (TLFS 15.5 and 15.6).
///
/// The tests build on each other: at their end, VTL1 is there.
struct EnableTests {
  let levels: LevelBench

  private var bench: Bench { levels.bench }
  private var partition: Partition { levels.partition }

  static func add(to list: inout SelfTestList, _ levels: LevelBench) {
    let tests = EnableTests(levels: levels)
    list.test("#UD for a call or a return of a processor with one level", tests.alone)
    list.test("VTL1 cannot be enabled for a processor before it is for the partition", tests.processorFirst)
    list.test("VTL2 cannot be enabled from VTL0 after VTL1", tests.partition)
    list.test("VTL0 enables VTL1 on one processor, its own", tests.others)
    list.test("a context that is not legal does not enable VTL1", tests.illegal)
    list.test("VTL1 is enabled once, and does not run by that", tests.enable)
    list.test("a call enters VTL1 in its first context", tests.enter)
    list.test("VTL1 has registers, pages and a local APIC of its own", tests.privateRegisters)
  }

  private func alone(_ expectations: inout Expectations) {
    let registers = SharedRegisters()
    for code in [levels.switchCode { $0.call }, levels.switchCode { $0.return }] {
      registers[.rcx] = 0
      expectations.expect("at VTL0", registers.probe(code), raises: .invalidOpcode)
    }
  }

  private func processorFirst(_ expectations: inout Expectations) {
    expectations.expect("VTL1", fails: .invalidTrustLevelState) { () throws(HypercallFailure) in
      try partition.enable(.vtl1, of: bench.ownIndex, in: levels.upper.context)
    }
  }

  private func partition(_ expectations: inout Expectations) {
    expectations.expectSuccess("VTL1") { () throws(HypercallFailure) in try partition.enable(.vtl1) }
    // The sources disagree on which of the two it is.
    bench.putEnable(1)
    let again = bench.call(.enablePartitionLevel).status
    expectations.expect(
      again == .trustLevelAlreadyEnabled || again == .invalidTrustLevelState, "VTL1 is enabled twice")
    expectations.expect("VTL2", fails: .accessDenied) { () throws(HypercallFailure) in
      try partition.enable(.vtl2)
    }
    let status = expectations.expectSuccess("status") { () throws(HypercallFailure) in
      HyperV.PartitionLevelStatus(rawValue: try partition.register(.partitionLevelStatus).low)
    }
    expectations.expect("enabled in the partition", UInt64(status?.enabled ?? 0), is: 0b11)
  }

  private func others(_ expectations: inout Expectations) {
    for processor in bench.computer.processors.dropFirst() {
      guard let index = try? partition.processorIndex(ofAPIC: processor.apicIdentifier) else { continue }
      expectations.expect("another processor", fails: .accessDenied) { () throws(HypercallFailure) in
        try partition.enable(.vtl1, of: index, in: levels.upper.context)
      }
    }
  }

  /// A bit for each level that this processor has, and the one that runs.
  private func status(_ expectations: inout Expectations) -> HyperV.ProcessorLevelStatus? {
    expectations.expectSuccess("status") { () throws(HypercallFailure) in
      HyperV.ProcessorLevelStatus(rawValue: try partition.register(.processorLevelStatus).low)
    }
  }

  private func illegal(_ expectations: inout Expectations) {
    for (name, change) in ContextTests.illegal + [("real mode", ContextTests.enterRealMode)] {
      var context = levels.upper.context
      change(&context)
      expectations.expect(name, fails: .invalidRegisterValue) { () throws(HypercallFailure) in
        try partition.enable(.vtl1, of: bench.ownIndex, in: context)
      }
    }
    expectations.expect("enabled", UInt64(status(&expectations)?.enabled ?? 0), is: 0b01)
    let outcome = SharedRegisters().probe(levels.switchCode { $0.call })
    expectations.expect("a call", outcome, raises: .invalidOpcode)
  }

  private func enable(_ expectations: inout Expectations) {
    expectations.expectSuccess("once") { () throws(HypercallFailure) in
      try partition.enable(.vtl1, of: bench.ownIndex, in: levels.upper.context)
    }
    var other = levels.upper.context
    // A call would end in a page fault at VTL1, were it entered here.
    other.instructionPointer = 0xFFFF_FFFF_FFFF_F000
    expectations.expect("twice", fails: .trustLevelAlreadyEnabled) { () throws(HypercallFailure) in
      try partition.enable(.vtl1, of: HyperV.processorSelf, in: other)
    }
    let status = status(&expectations)
    expectations.expect(status?.active == .vtl0, "another level runs")
    expectations.expect("enabled", UInt64(status?.enabled ?? 0), is: 0b11)
  }

  private func enter(_ expectations: inout Expectations) {
    let level = levels.above { $0.level }
    expectations.expect(level == .vtl1, "it does not run at VTL1")
    expectations.expect(status(&expectations)?.active == .vtl0, "the return does not lead to VTL0")
    let reason = levels.above { _ in levels.upper.lastEntryReason }
    expectations.expect("the reason", UInt64(reason ?? 0), is: UInt64(HyperV.EntryReason.call.rawValue))
  }

  private func privateRegisters(_ expectations: inout Expectations) {
    let lstar = ModelSpecificRegister.longStar
    let auxiliary = ModelSpecificRegister(.taskPriority)
    let values: (below: UInt64, above: UInt64) = (0x1111_0000, 0x2222_0000)
    for register in [lstar, ModelSpecificRegister.kernelGSBase] {
      register.write(values.below)
      let before = levels.above { _ in
        let before = register.value
        register.write(values.above)
        return before
      }
      expectations.expect("VTL1's at first", before ?? .max, is: 0)
      expectations.expect("VTL0's", register.value, is: values.below)
      expectations.expect("VTL1's", levels.above { _ in register.value } ?? 0, is: values.above)
      register.write(0)
    }
    auxiliary.write(0x40)
    expectations.expect("VTL1's task priority", levels.above { _ in auxiliary.value } ?? .max, is: 0)
    auxiliary.write(0)
    let pages = levels.above { _ in
      [HyperV.SyntheticRegister.hypercall, .messagePage, .assistPage].map { ModelSpecificRegister($0).value }
    }
    expectations.expect(
      pages?.first != ModelSpecificRegister(.hypercall).value, "the hypercall page is shared")
    expectations.expect("VTL0's message page", ModelSpecificRegister(.messagePage).value, is: 0)
    expectations.expect("VTL0's assist page", ModelSpecificRegister(.assistPage).value, is: 0)
    let index = levels.above { _ in ModelSpecificRegister(.processorIndex).value }
    expectations.expect("the index at VTL1", index ?? .max, is: UInt64(bench.ownIndex))
  }
}
