import Bedrock
import Interfaces

/// From power-on to mission mode and back.
struct StartTests {
  let bench: ModemBench

  static func add(to list: inout SelfTestList, _ bench: ModemBench) {
    let tests = StartTests(bench: bench)
    list.test("registers: blocks, version, doorbells", tests.registers)
    list.test("to mission mode, with one interrupt vector") { tests.start(.shared, &$0) }
    list.test("a modem that runs is reset and started again, 20 times", tests.restart)
    if bench.modem.device.interrupts.vectorCount >= 4 {
      list.test("to mission mode, with a vector for each ring") { tests.start(.separate, &$0) }
      list.test("each ring has an interrupt of its own", tests.separateInterrupts)
    }
  }

  private func registers(_ expectations: inout Expectations) {
    let registers = bench.modem.registers
    expectations.expect("version", UInt64(registers[MHIRegister.version]), is: 0x0100_0000)
    expectations.expect(registers.bhi >= registers[MHIRegister.length], "BHI overlaps the first block")
    expectations.expect(registers.bhie > registers.bhi, "BHIE overlaps BHI")
    let doorbells = registers[MHIRegister.channelDoorbellOffset]
    let end = doorbells + UInt32(MHIRegister.channelCount) * MHIRegister.doorbellStride
    expectations.expect(registers[MHIRegister.eventDoorbellOffset] >= end, "doorbells overlap")
    expectations.expect(end <= 0x1000, "doorbells are outside of the registers")
  }

  private func start(_ use: Modem.InterruptUse, _ expectations: inout Expectations) {
    expectations.expect(bench.use(use), "no memory")
    guard bench.bringUp(&expectations) else { return }
    let registers = bench.modem.registers
    expectations.expect("MHISTATUS", UInt64(registers.status.state), is: UInt64(MHIState.m0.rawValue))
    expectations.expect(registers.status.isReady, "the modem is not ready")
    expectations.expect(registers.executionEnvironment == .missionMode, "EXECENV is not mission mode")
  }

  private func restart(_ expectations: inout Expectations) {
    for _ in 0..<20 {
      guard bench.isInMissionMode || bench.powerUp(&expectations) else { return }
      expectations.expectSuccess("power down") { () throws(ModemError) in try bench.modem.powerDown() }
      expectations.expect(
        "INTVEC", UInt64(bench.modem.registers[bench.modem.registers.bhi + BHIRegister.interruptVector]),
        is: 0)
    }
    _ = bench.powerUp(&expectations)
  }

  private func separateInterrupts(_ expectations: inout Expectations) {
    guard bench.isInMissionMode || bench.bringUp(&expectations) else { return }
    let interrupts = bench.modem.interrupts
    let before = (0..<4).map { interrupts.count($0) }
    bench.withChannels(bench.model.plainChannel, &expectations) { _, _ in }
    let after = (0..<4).map { interrupts.count($0) }
    expectations.expect(after[1] > before[1], "commands raise no interrupt of the control ring")
    expectations.expect("interrupts of other rings", after[2] + after[3], is: before[2] + before[3])
    expectations.expect(bench.use(.shared), "no memory")
  }
}
