import Bedrock
import Interfaces

/// Errors of the whole modem, and what is left of it then.
struct RecoveryTests {
  let bench: ModemBench

  static func add(to list: inout SelfTestList, _ bench: ModemBench) {
    let tests = RecoveryTests(bench: bench)
    list.test(
      "a state that cannot be asked for is a system error, and the driver recovers, 20 times", tests.recovery)
    list.test("contexts outside of memory are a system error", tests.unreachableContexts)
    list.test("a ring outside of memory is a system error", tests.unreachableRing)
    list.test("the memory of a modem that crashed is dumped", tests.dump)
    list.test("a reset of everything forgets everything", tests.wholeReset)
  }

  private func recovery(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    for round in 0..<20 {
      bench.modem.registers.request(.ready)
      let isDown = bench.modem.wait(milliseconds: 1000) { !bench.isInMissionMode }
      expectations.expect(isDown, "round \(round): there is no system error")
      let isUp = bench.modem.wait(milliseconds: 2000) { bench.isInMissionMode }
      expectations.expect(
        isUp, "round \(round): the modem does not come back: \(bench.modem.failure?.text ?? "no error")")
      guard isDown, isUp else { return }
    }
    bench.withChannels(bench.model.plainChannel, &expectations) { pair, expectations in
      expectations.expect(pair.send([1]), "no room")
      expectations.expect(bench.modem.wait { pair.outbound.pendingCount == 0 }, "transfers do not work")
    }
  }

  private func unreachableContexts(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    let registers = bench.modem.registers
    expectations.expectSuccess("power down") { () throws(ModemError) in try bench.modem.powerDown() }
    let isReady = bench.computer.delay.wait(microseconds: 1_000_000) { registers.status.isReady }
    expectations.expect(isReady, "the modem does not become ready")
    for offset in [
      MHIRegister.channelContextBase, MHIRegister.eventContextBase, MHIRegister.commandContextBase,
    ] {
      registers.store(0xFFFF_FFFF_FFFF_F000, at: offset)
    }
    registers.request(.m0)
    let hasFailed = bench.computer.delay.wait(microseconds: 1_000_000) { registers.status.isSystemError }
    expectations.expect(hasFailed, "the modem accepts contexts outside of memory")
    _ = bench.bringUp(&expectations)
  }

  private func unreachableRing(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    let nowhere: UInt64 = 0xD000_0000
    do throws(ModemError) {
      let pair = try bench.modem.channels(bench.model.plainChannel, count: 32, bufferSize: 2048)
      pair.outbound.misdescribe { context in
        context.describe(base: nowhere, length: 0x1000)
        context.readPointer = nowhere
        context.writePointer = nowhere + 16
      }
      try bench.modem.perform(.startChannel, pair.outbound.number)
      let before = bench.modem.systemErrors
      // With both directions running the modem looks at the ring, and does not come to answer any more.
      _ = try? bench.modem.start(pair.inbound)
      let isBack = bench.modem.wait(milliseconds: 2000) {
        bench.modem.systemErrors > before && bench.isInMissionMode
      }
      expectations.expect(isBack, "there is no system error, or the modem does not come back")
    } catch {
      expectations.expect(false, error.text)
    }
  }

  private func dump(_ expectations: inout Expectations) {
    guard let vector = SegmentVector(segments: 4, of: 16384, bench.computer.frames) else {
      expectations.expect(false, "no memory")
      return
    }
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    let modem = bench.modem
    modem.prepareDump(into: vector, sequence: 0x1234)
    modem.registers.request(.systemError)
    expectations.expectSuccess("dump") { () throws(ModemError) in try modem.awaitDump(sequence: 0x1234) }
    expectations.expect(modem.wait { modem.environment == .ramDump }, "the driver does not hear of the crash")
    expectations.expect(modem.registers.status.isSystemError, "MHISTATUS tells of no error")
    let isFilled = vector.segments.allSatisfy { segment in
      stride(from: 0, to: segment.count, by: 4).contains { segment.load32($0) != 0 }
    }
    expectations.expect(isFilled, "a segment of the dump is empty")
    _ = bench.bringUp(&expectations)
  }

  private func wholeReset(_ expectations: inout Expectations) {
    guard bench.bringUp(&expectations) else { return }
    let registers = bench.modem.registers
    bench.modem.abandon()
    registers[MHIRegister.systemOnChipReset] = 1
    expectations.expect(
      "channel contexts", UInt64(registers[MHIRegister.channelContextBase]), is: 0)
    expectations.expect("MHICTRL", UInt64(registers[MHIRegister.control]), is: 0)
    _ = bench.powerUp(&expectations)
  }
}
