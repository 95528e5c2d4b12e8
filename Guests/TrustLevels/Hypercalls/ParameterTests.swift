import Bedrock
import Interfaces

/// What calls say about parameters that are wrong: each test changes one thing in an input that is right.
struct ParameterTests {
  private static let otherPartition: UInt64 = 7
  private static let undefinedRegister: UInt32 = 0xDEAD
  /// Level 3, and level 2 with a bit that only the other encoding of a level has.
  private static let undefinedLevels: [UInt8] = [3, 0x12, 0xFF]

  let bench: Bench

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    let tests = ParameterTests(bench: bench)
    list.test("bytes that must be zero", tests.zeros)
    list.test("levels that do not exist", tests.levels)
    list.test("another partition", tests.partitions)
    list.test("indexes that no processor has, however large", tests.processors)
    list.test("an APIC identifier that no processor has", tests.identifiers)
    list.test("registers that do not exist", tests.registers)
    list.test("registers of the caller's own level and of higher ones", tests.ownRegisters)
    list.test("the levels of a processor, and of the partition", tests.status)
    list.test("a level that the partition does not have", tests.missingLevel)
    list.test("a processor that starts itself", tests.oneself)
  }

  private func putStart(of processor: UInt32? = nil) {
    let context = bench.computer.processors[0].idleContext
    bench.putStart(of: processor ?? bench.ownIndex, at: bench.partition.level, in: context)
  }

  private func zeros(_ expectations: inout Expectations) {
    for code in [HyperV.HypercallCode.enableProcessorLevel, .startProcessor] {
      for offset in 0..<3 {
        putStart()
        bench.put(1, at: HyperV.ProcessorStartInput.zero + offset)
        expectations.expect("behind a level to start at", bench.call(code), is: .invalidParameter)
      }
    }
    for offset in 0..<7 {
      bench.putIdentifiers([bench.computer.processors[0].apicIdentifier])
      bench.put(0x80, at: HyperV.ProcessorIndexInput.zero + offset)
      expectations.expect(
        "before APIC identifiers", bench.call(.getProcessorIndex, count: 1), is: .invalidParameter)
    }
    for offset in 0..<3 {
      bench.putLevelStatus()
      bench.put(1, at: HyperV.RegisterInput.zero + offset)
      expectations.expect("before names", bench.call(.getRegisters, count: 1), is: .invalidParameter)
    }
    for offset in 0..<6 {
      bench.putEnable(1)
      bench.put(1, at: HyperV.EnablePartitionLevelInput.zero + offset)
      expectations.expect("behind flags", bench.call(.enablePartitionLevel), is: .invalidParameter)
    }
  }

  private func levels(_ expectations: inout Expectations) {
    for level in Self.undefinedLevels {
      for code in [HyperV.HypercallCode.enableProcessorLevel, .startProcessor] {
        putStart()
        bench.put(level, at: HyperV.ProcessorStartInput.level)
        expectations.expect("to start at", bench.call(code), is: .invalidParameter)
      }
      bench.putIdentifiers([bench.computer.processors[0].apicIdentifier])
      bench.put(level, at: HyperV.ProcessorIndexInput.level)
      expectations.expect(
        "to ask for an index in", bench.call(.getProcessorIndex, count: 1), is: .invalidParameter)
      bench.putEnable(level)
      expectations.expect("to enable", bench.call(.enablePartitionLevel), is: .invalidParameter)
    }
    for encoding in [0x20, 0x40, 0x80, 0x13, 0x1F] as [UInt8] {
      bench.putLevelStatus()
      bench.put(encoding, at: HyperV.RegisterInput.level)
      expectations.expect("of registers", bench.call(.getRegisters, count: 1), is: .invalidParameter)
    }
  }

  private func partitions(_ expectations: inout Expectations) {
    putStart()
    bench.input.storeBytes(of: Self.otherPartition, as: UInt64.self)
    expectations.expect("to enable in", bench.call(.enableProcessorLevel), is: .invalidPartition)
    expectations.expect("to start in", bench.call(.startProcessor), is: .invalidPartition)
    bench.putIdentifiers([bench.computer.processors[0].apicIdentifier])
    bench.input.storeBytes(of: Self.otherPartition, as: UInt64.self)
    expectations.expect(
      "to ask for an index in", bench.call(.getProcessorIndex, count: 1), is: .invalidPartition)
    bench.putLevelStatus()
    bench.input.storeBytes(of: Self.otherPartition, as: UInt64.self)
    expectations.expect("to read in", bench.call(.getRegisters, count: 1), is: .invalidPartition)
    bench.putEnable(1)
    bench.input.storeBytes(of: Self.otherPartition, as: UInt64.self)
    expectations.expect("to enable a level in", bench.call(.enablePartitionLevel), is: .invalidPartition)
  }

  private func processors(_ expectations: inout Expectations) {
    // The limit is a count, and an index has no sign: neither the limit itself nor an index that looks
    // negative is a processor's.
    let indexes = [99, bench.partition.processorLimit, 0x8000_0000, 0xFFFF_FFFD, HyperV.anyProcessor]
    for index in indexes {
      putStart(of: index)
      expectations.expect("to enable", bench.call(.enableProcessorLevel), is: .invalidProcessorIndex)
      expectations.expect("to start", bench.call(.startProcessor), is: .invalidProcessorIndex)
      bench.putLevelStatus()
      bench.input.storeBytes(of: index, toByteOffset: HyperV.RegisterInput.processor, as: UInt32.self)
      expectations.expect("to read", bench.call(.getRegisters, count: 1), is: .invalidProcessorIndex)
    }
  }

  private func identifiers(_ expectations: inout Expectations) {
    let known = bench.computer.processors[0].apicIdentifier
    let unknown: UInt32 = 0xFFFF_FF00
    bench.putIdentifiers([unknown])
    expectations.expect("alone", bench.call(.getProcessorIndex, count: 1), is: .invalidParameter)
    bench.putIdentifiers([known, known, unknown, known])
    expectations.expect(
      "after two others", bench.call(.getProcessorIndex, count: 4), is: .invalidParameter, completed: 2)
    bench.putIdentifiers([known])
    expectations.expect("a known one", bench.call(.getProcessorIndex, count: 1), is: .success, completed: 1)
    expectations.expect("its index", UInt64(bench.output.load(as: UInt32.self)), is: UInt64(bench.ownIndex))
  }

  private func registers(_ expectations: inout Expectations) {
    let known = HyperV.RegisterName.processorIndex.rawValue
    bench.putRegisters([Self.undefinedRegister])
    expectations.expect("alone", bench.call(.getRegisters, count: 1), is: .unknownRegister)
    bench.putRegisters([known, Self.undefinedRegister, known])
    expectations.expect(
      "after another", bench.call(.getRegisters, count: 3), is: .unknownRegister, completed: 1)
    expectations.expect("the first one's value", bench.levelStatus, is: UInt64(bench.ownIndex))
    bench.clear()
    bench.putLevelStatus()
    let name = HyperV.RegisterInput.size + HyperV.RegisterAssignment.name
    bench.input.storeBytes(of: Self.undefinedRegister, toByteOffset: name, as: UInt32.self)
    expectations.expect("to set", bench.call(.setRegisters, count: 1), is: .unknownRegister)
  }

  private func ownRegisters(_ expectations: inout Expectations) {
    for name in [HyperV.RegisterName.rax, .rip, .cr3, .cs, .lstar] {
      expectations.expect("to read", fails: .accessDenied) { () throws(HypercallFailure) in
        _ = try bench.partition.register(name)
      }
      expectations.expect("to set", fails: .accessDenied) { () throws(HypercallFailure) in
        try bench.partition.setRegister(name, to: 0)
      }
    }
  }

  private func status(_ expectations: inout Expectations) {
    bench.putLevelStatus()
    expectations.expect("call", bench.call(.getRegisters, count: 1), is: .success, completed: 1)
    let level = bench.partition.level
    let enabled: UInt16 = level == .vtl0 ? 1 : 1 | 1 << UInt16(level.rawValue)
    let expected = HyperV.ProcessorLevelStatus(active: level, enabled: enabled)
    expectations.expect("the processor's", bench.levelStatus, is: expected.rawValue)
    let register = expectations.expectSuccess("the partition's") { () throws(HypercallFailure) in
      try bench.partition.register(.partitionLevelStatus).low
    }
    guard let register else { return }
    let status = HyperV.PartitionLevelStatus(rawValue: register)
    expectations.expect("enabled", UInt64(status.enabled), is: UInt64(enabled))
    expectations.expect((status.maximum ?? .vtl0) >= level, "the highest level is below this one")
  }

  private func missingLevel(_ expectations: inout Expectations) {
    bench.putStart(of: bench.ownIndex, at: .vtl1, in: bench.computer.processors[0].idleContext)
    expectations.expect("VTL1", bench.call(.enableProcessorLevel), is: .invalidTrustLevelState)
  }

  private func oneself(_ expectations: inout Expectations) {
    for index in [bench.ownIndex, HyperV.processorSelf] {
      putStart(of: index)
      expectations.expect("to start", bench.call(.startProcessor), is: .invalidProcessorIndex)
    }
  }
}
