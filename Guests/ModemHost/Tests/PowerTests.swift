import Bedrock
import Interfaces

/// M3 and back.
struct PowerTests {
  let bench: ModemBench

  static func add(to list: inout SelfTestList, _ bench: ModemBench) {
    let tests = PowerTests(bench: bench)
    list.test("the modem sleeps and wakes, 20 times", tests.sleep)
    list.test("channels survive sleep", tests.channels)
    list.test("a modem that sleeps touches no memory", tests.silence)
  }

  private func sleep(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    for _ in 0..<20 {
      expectations.expectSuccess("suspend") { () throws(ModemError) in try bench.modem.suspend() }
      expectations.expect(
        "MHISTATUS", UInt64(bench.modem.registers.status.state), is: UInt64(MHIState.m3.rawValue))
      expectations.expectSuccess("resume") { () throws(ModemError) in try bench.modem.resume() }
      expectations.expect(
        "MHISTATUS", UInt64(bench.modem.registers.status.state), is: UInt64(MHIState.m0.rawValue))
    }
    expectations.expect(bench.modem.environment == .missionMode, "the environment has changed")
  }

  private func channels(_ expectations: inout Expectations) {
    bench.withChannels(bench.model.plainChannel, &expectations) { (pair, expectations) throws(ModemError) in
      try bench.modem.suspend()
      try bench.modem.resume()
      let before = pair.outbound.finishedTransfers
      expectations.expect(pair.send([1, 2, 3]), "no room")
      expectations.expect(
        bench.modem.wait { pair.outbound.finishedTransfers == before + 1 }, "the transfer is not done")
    }
  }

  private func silence(_ expectations: inout Expectations) {
    bench.withChannels(bench.model.plainChannel, &expectations) { (pair, expectations) throws(ModemError) in
      try bench.modem.suspend()
      let before = bench.modem.interrupts.count(0)
      // No doorbell rings: the driver is in M3.
      expectations.expect(pair.send([1, 2, 3]), "no room")
      bench.computer.delay.spin(microseconds: 5000)
      expectations.expect("transfers in M3", UInt64(pair.outbound.pendingCount), is: 1)
      expectations.expect("interrupts in M3", bench.modem.interrupts.count(0), is: before)
      try bench.modem.resume()
      expectations.expect(
        bench.modem.wait { pair.outbound.pendingCount == 0 }, "what was queued in M3 is not sent in M0")
    }
  }
}
