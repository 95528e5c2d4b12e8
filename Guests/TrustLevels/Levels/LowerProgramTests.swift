import Bedrock
import Interfaces

/// VTL2 as the first level of a machine: it gives VTL0 a state, lets it run, and is entered again.
///
/// The tests build on each other: the first starts VTL0.
final class LowerProgramTests: @unchecked Sendable {
  private static let pattern: UInt64 = 0x7777_1234_7777_5678
  private static let address = VirtualAddress(5 << 39)
  private static let distance: UInt64 = 5000

  private let bench: Bench
  private let program: LowerProgram
  private let assist: UnsafeMutableRawPointer
  private let messages: UnsafeMutableRawPointer
  private let frame: PhysicalAddress

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    guard let tests = LowerProgramTests(bench) else {
      list.skip("a program at VTL0", because: "there is no memory")
      return
    }
    list.test("VTL0 does not run before VTL2 lets it: its registers can be set and read", tests.load)
    list.test("VTL0 runs when VTL2 returns, and calls VTL2", tests.run)
    list.test("a call and a return share registers, each in turn", tests.again)
    list.test("VTL2 hears of an access of VTL0's that it forbids, and lets it be done again", tests.intercept)
    guard bench.hasTimers else { return }
    list.test("an interrupt for VTL2 preempts VTL0", tests.preempt)
  }

  private init?(_ bench: Bench) {
    guard let program = LowerProgram(bench), let assist = bench.computer.frames.allocate()?.pointer,
      let messages = bench.computer.frames.allocate()?.pointer, let frame = bench.computer.frames.allocate()
    else { return nil }
    self.bench = bench
    self.program = program
    self.assist = assist
    self.messages = messages
    self.frame = frame
    do throws(PageTable.Failure) {
      try bench.computer.pageTable.map(Self.address, to: frame, .writable)
    } catch {
      return nil
    }
    frame.pointer?.storeBytes(of: Self.pattern, as: UInt64.self)
    program.setAddress(Self.address.rawValue)
  }

  private func overlay(_ page: UnsafeMutableRawPointer) -> UInt64 {
    HyperV.OverlayControl(at: UInt64(UInt(bitPattern: page))).rawValue
  }

  private var entryReason: UInt64 {
    UInt64(assist.load(fromByteOffset: HyperV.AssistPage.entryReason, as: UInt32.self))
  }

  private func lowerRegister(_ name: HyperV.RegisterName) -> UInt64 {
    (try? bench.partition.register(name, of: HyperV.processorSelf, LowerProgram.below).low) ?? .max
  }

  private func load(_ expectations: inout Expectations) {
    ModelSpecificRegister(.assistPage).write(overlay(assist))
    expectations.expectSuccess("registers") { () throws(HypercallFailure) in try program.load() }
    expectations.expect("CR3", lowerRegister(.cr3), is: bench.computer.pageTable.root.rawValue)
    expectations.expect("RFLAGS", lowerRegister(.rflags), is: 2)
    expectations.expect("calls", program.count, is: 0)
  }

  private func run(_ expectations: inout Expectations) {
    program.run()
    expectations.expect("calls", program.count, is: 1)
    expectations.expect("what it read", program.value, is: Self.pattern)
    expectations.expect("the reason", entryReason, is: UInt64(HyperV.EntryReason.call.rawValue))
    let status = expectations.expectSuccess("status") { () throws(HypercallFailure) in
      HyperV.ProcessorLevelStatus(rawValue: try bench.partition.register(.processorLevelStatus).low)
    }
    expectations.expect(status?.active == .vtl2, "another level runs")
    // Behind the call, in VTL0's page.
    expectations.expect(
      "VTL0's RIP", lowerRegister(.rip) & ~0xFFF, is: program.hypercallPage.rawValue)
  }

  private func again(_ expectations: inout Expectations) {
    program.registers[vector: 7] = Self.pattern
    for count in 2...4 as ClosedRange<UInt64> {
      program.run()
      expectations.expect("calls", program.count, is: count)
    }
    expectations.expect("a vector register", program.registers[vector: 7], is: Self.pattern)
  }

  private func intercept(_ expectations: inout Expectations) {
    let source = ModelSpecificRegister(index: HyperV.SyntheticRegister.interruptSources.lowerBound)
    bench.computer.interrupts.setHandler(Vector.message) { _, processor in
      processor.localAPIC.endOfInterrupt()
    }
    ModelSpecificRegister(.messagePage).write(overlay(messages))
    messages.storeBytes(of: 0, as: UInt32.self)
    ModelSpecificRegister(.interruptControl).write(1)
    source.write(UInt64(Vector.message))
    expectations.expectSuccess("protection") { () throws(HypercallFailure) in
      let all = UInt64(HyperV.MapFlags.all.rawValue) << 1
      try bench.partition.setRegister(
        .levelConfiguration, to: HyperV.LevelConfiguration.protection.rawValue | all)
      try bench.partition.protect(frame, [.write])
    }
    let count = program.count
    program.run()
    // The access is not done, and its instruction is VTL0's next one.
    expectations.expect("the reason", entryReason, is: UInt64(HyperV.EntryReason.interrupt.rawValue))
    expectations.expect("VTL0's RIP", lowerRegister(.rip), is: program.readInstruction)
    expectations.expect(
      "the message", UInt64(messages.load(as: UInt32.self)),
      is: UInt64(HyperV.MessageType.memoryIntercept.rawValue))
    let physical = HyperV.Message.payload + HyperV.MemoryInterceptMessage.physical
    expectations.expect(
      "its address", messages.load(fromByteOffset: physical, as: UInt64.self), is: frame.rawValue)
    messages.storeBytes(of: 0, as: UInt32.self)
    InterruptFlag.set()
    ProcessorControl.spinHint()
    InterruptFlag.clear()
    expectations.expectSuccess("rights") { () throws(HypercallFailure) in
      try bench.partition.protect(frame, .all)
    }
    program.run()
    expectations.expect("the reason", entryReason, is: UInt64(HyperV.EntryReason.call.rawValue))
    expectations.expect("calls", program.count, is: count + 1)
    expectations.expect("what it read", program.value, is: Self.pattern)
    source.write(HyperV.InterruptSource.reset.rawValue)
    ModelSpecificRegister(.interruptControl).write(0)
    ModelSpecificRegister(.messagePage).write(0)
  }

  private func preempt(_ expectations: inout Expectations) {
    let arrivals = Counter()
    bench.computer.interrupts.setHandler(Vector.firstTimer) { _, processor in
      arrivals.increment()
      processor.localAPIC.endOfInterrupt()
    }
    expectations.expectSuccess("a loop") { () throws(HypercallFailure) in try program.loadLoop() }
    let timer = SyntheticTimer(number: 0)
    timer.configure(.automatic, vector: Vector.firstTimer)
    let due = ModelSpecificRegister(.referenceCounter).value + Self.distance
    timer.count = due
    program.run()
    expectations.expect("the reason", entryReason, is: UInt64(HyperV.EntryReason.interrupt.rawValue))
    expectations.expect(ModelSpecificRegister(.referenceCounter).value >= due, "it comes too early")
    expectations.expect("interrupts before they are allowed", arrivals.value, is: 0)
    InterruptFlag.set()
    expectations.expect(bench.waits { arrivals.value > 0 }, "the interrupt is lost")
    InterruptFlag.clear()
    timer.reset()
    ModelSpecificRegister(.assistPage).write(0)
  }
}
