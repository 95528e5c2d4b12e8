import Machine
import Processor
import Testing

@testable import strata

@Suite struct StateHashTests {
  private func hash(
    _ program: [UInt8], seed: UInt64 = 0, processorCount: Int = 1, afterwards: (Machine) -> Void = { _ in }
  ) throws -> StateHash {
    let machine = try TinyGuest.machine(program, seed: seed, processorCount: processorCount)
    _ = machine.run(instructions: 1000)
    afterwards(machine)
    return machine.stateHash()
  }

  @Test func theSameRunHasTheSameHash() throws {
    #expect(try hash(TinyGuest.random + TinyGuest.loop) == hash(TinyGuest.random + TinyGuest.loop))
  }

  @Test func aRegisterMemoryAndADeviceAllCount() throws {
    let usual = try hash(TinyGuest.random + TinyGuest.loop)
    #expect(try hash(TinyGuest.random + TinyGuest.loop, seed: 1) != usual)
    #expect(try hash(TinyGuest.random + TinyGuest.loop) { $0.memory.store(UInt8(1), at: 0x80_0000) } != usual)
    #expect(try hash(TinyGuest.random + TinyGuest.loop) { _ = $0.serialPort.receive(1) } != usual)
  }

  @Test func zerosThatWereWrittenAreLikePagesThatWereNeverTouched() throws {
    let usual = try hash(TinyGuest.loop)
    #expect(try hash(TinyGuest.loop) { $0.memory.store(UInt8(0), at: 0x80_0000) } == usual)
  }

  @Test func contentIsNotTheSameOnAnotherPage() throws {
    let here = try hash(TinyGuest.loop) { $0.memory.store(UInt8(1), at: 0x80_0000) }
    #expect(try hash(TinyGuest.loop) { $0.memory.store(UInt8(1), at: 0x80_1000) } != here)
  }

  @Test func aHashIsSixteenDigits() throws {
    #expect(try hash(TinyGuest.loop).description.count == 16)
  }
}

@Suite struct InspectionTests {
  @Test func aCrashReportTellsPlaceCodeAndCause() throws {
    let machine = try TinyGuest.machine(TinyGuest.tripleFault, processorCount: 2)
    #expect(machine.run() == .tripleFault(processor: 0))
    let report = try #require(machine.crashReport(processor: 0)).description
    #expect(report.contains("rip  0000000000200008"))
    #expect(report.contains("0000000000200008  0f 0b"))
    #expect(report.contains("ud2"))
    #expect(report.contains("#UD at rip 0000000000200008"))
    #expect(report.contains("#DF at rip"))
    #expect(report.contains("64-bit mode, privilege level 0"))
    #expect(report.contains("1  rip 000000000000fff0  waits for a startup IPI"))
    #expect(machine.crashReport(processor: 2) == nil)
  }

  @Test func aCrashOutsideMemoryIsReportedToo() throws {
    // MOV RAX, 7FFF00000000h; JMP RAX leaves what the boot loader mapped.
    let machine = try TinyGuest.machine([0x48, 0xB8, 0, 0, 0, 0, 0xFF, 0x7F, 0, 0, 0xFF, 0xE0])
    #expect(machine.run() == .tripleFault(processor: 0))
    let report = try #require(machine.crashReport(processor: 0)).description
    #expect(report.contains("no memory is mapped at 00007fff00000000"))
    #expect(report.contains("address 00007fff00000000"))
  }

  @Test func linearAddressesLeadWhereTheBootLoaderMappedThem() throws {
    let machine = try TinyGuest.machine(TinyGuest.loop)
    let processor = machine.processors[0]
    #expect(processor.physicalAddress(ofLinear: 0x20_0001) == 0x20_0001)
    #expect(processor.physicalAddress(ofLinear: 0x8000_0000_0000) == nil)
    #expect(machine.inspectMemory(linear: 0x20_0000, count: 3, by: processor) == [0xEB, 0xFE, 0])
    #expect(machine.inspectMemory(physical: (16 << 20) - 1, count: 2) == [0, nil])
  }

  @Test func theReportCountsWhatHappened() throws {
    // UD0 raises #UD by definition; 0F 0A does not exist.
    let machine = try TinyGuest.machine(TinyGuest.say("hi") + [0x0F, 0x0A])
    var seen: [[UInt8]] = []
    machine.processors[0].undefinedEncodingSeen = { seen.append($0) }
    _ = machine.run()
    let report = machine.report
    #expect(report.devices.first { $0.name == "serial0" }?.accesses == 3)
    #expect(report.instructions == machine.instructionsRetired)
    #expect(report.processors[0].exceptions.map(\.name) == ["#UD", "#DF", "#GP"])
    #expect(report.processors[0].undefinedEncodings.map(\.count) == [1])
    #expect(seen.map { Array($0.prefix(2)) } == [[0x0F, 0x0A]])
  }

  @Test func processorsThatCannotBeWokenAreADeadlock() throws {
    let machine = try TinyGuest.machine(TinyGuest.halt, processorCount: 2)
    machine.whileIdle = { [unowned machine] _ in !machine.endIfHaltedForGood() }
    #expect(machine.run() == .deadlock)
  }

  @Test func aProcessorThatAwaitsAnInterruptIsNotHaltedForGood() throws {
    let machine = try TinyGuest.machine(TinyGuest.idle)
    var wasHaltedForGood = true
    machine.whileIdle = { [unowned machine] _ in
      wasHaltedForGood = machine.endIfHaltedForGood()
      machine.stop()
      return false
    }
    #expect(machine.run() == .stopped)
    #expect(!wasHaltedForGood)
  }

  @Test func timePassesWhileAProcessorWaits() throws {
    let machine = try TinyGuest.machine(TinyGuest.idle)
    machine.whileIdle = { [unowned machine] _ in
      machine.letTimePass(nanoseconds: 1_000_000)
      machine.stop()
      return false
    }
    let before = machine.nanoseconds
    _ = machine.run()
    #expect((1_000_000..<1_001_000).contains(machine.nanoseconds - before))
  }
}

@Suite struct MonitorTests {
  /// What the monitor answers to lines, one after the other.
  private func converse(_ commands: MonitorCommand...) throws -> [String] {
    var monitor = Monitor(
      try TinyGuest.machine(TinyGuest.loop, processorCount: 2), statistics: { "all is well" })
    var answers: [String] = []
    for command in commands { answers.append(try monitor.answer(to: command)) }
    return answers
  }

  @Test func theMonitorShowsRegistersAndMemory() throws {
    let answers = try converse(
      .registers(processor: 1), .memory(.linear, .register("rip"), count: 2),
      .memory(.physical, .number(~0), count: 1), .instructions(nil, count: 1), .statistics)
    #expect(answers[0].contains("real mode"))
    #expect(answers[1].contains("eb fe"))
    #expect(answers[2].contains("??"))
    #expect(answers[3].hasSuffix("jmp -0x2"))
    #expect(answers[4] == "all is well")
  }

  @Test(
    arguments: [
      .choose(processor: 2), .registers(processor: 2), .memory(.linear, .register("rzx"), count: 1),
    ] as [MonitorCommand])
  func whatIsNotThereIsExplained(command: MonitorCommand) {
    #expect(throws: MonitorSyntaxError.self) { try converse(command) }
  }

  @Test func theMonitorLetsEventsBeRecorded() throws {
    let answers = try converse(
      .tracing(.show), .tracing(.enable("irq:irq_end")), .tracing(.show), .tracing(.disable("irq:*_end")))
    #expect(answers[0].contains("no event is recorded"))
    #expect(answers[1] == "irq:irq_end on")
    #expect(answers[2] == "irq:irq_end\n0 records were written, 0 lost")
    #expect(answers[3] == "irq:irq_end off")
    #expect(throws: MonitorSyntaxError.self) { try converse(.tracing(.enable("irq:nothing"))) }
  }

  @Test func theChosenProcessorIsTheOneThatIsShown() throws {
    let answers = try converse(.choose(processor: 1), .registers(processor: nil), .processors)
    #expect(answers[1].hasPrefix("processor 1 "))
    #expect(answers[2].contains("* 1"))
  }
}
