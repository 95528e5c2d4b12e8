import Bedrock
import Interfaces

/// VTL1 forbids VTL0 to start processors.
struct StartupDenialTests {
  let levels: LevelBench

  static func add(to list: inout SelfTestList, _ levels: LevelBench) {
    let tests = StartupDenialTests(levels: levels)
    list.test("VTL0 cannot start a processor if VTL1 forbids it", tests.denied)
    list.test("INIT and start-up interrupts do not reach a processor that has VTL1", tests.interrupts)
  }

  private func set(_ isDenied: Bool) -> UInt64 {
    levels.status { partition throws(HypercallFailure) in
      let before = try partition.register(.levelConfiguration).low
      let bit = HyperV.LevelConfiguration.denyLowerStartup.rawValue
      try partition.setRegister(.levelConfiguration, to: isDenied ? before | bit : before & ~bit)
    }
  }

  private func denied(_ expectations: inout Expectations) {
    let bench = levels.bench
    guard let other = bench.computer.processors.dropFirst().first,
      let index = try? bench.partition.processorIndex(ofAPIC: other.apicIdentifier)
    else { return }
    let record = StartRecord()
    let context = record.context(like: other)
    expectations.expect("forbid", set(true), is: 0)
    bench.putStart(of: index, at: .vtl0, in: context)
    expectations.expect("a start", bench.call(.startProcessor), is: .accessDenied)
    bench.pause()
    expectations.expect("starts", record.count, is: 0)
    expectations.expect("the processor is idle", other.isIdle ? 1 : 0, is: 1)
    expectations.expect("allow", set(false), is: 0)
  }

  private func interrupts(_ expectations: inout Expectations) {
    let answers = Counter()
    guard let other = levels.bench.computer.processors.dropFirst().first else { return }
    // The first processor has VTL1: INIT of another one would otherwise be its end.
    let first = levels.bench.computer.processors[0].apicIdentifier
    let given = other.perform { processor in
      processor.localAPIC.send(.initialisation, to: .physical(first))
      processor.localAPIC.send(.startup, vector: 0x08, to: .physical(first))
      answers.increment()
    }
    let ended = levels.bench.waits { other.isIdle }
    expectations.expect(given && ended, "the other processor does not work")
    expectations.expect("sent", answers.value, is: 1)
  }
}
