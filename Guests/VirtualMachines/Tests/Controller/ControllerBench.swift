import Bedrock
import Interfaces

/// A virtual machine for the tests of AVIC, and ways to run its processors.
final class ControllerBench: @unchecked Sendable {
  let bench: Bench
  let machine: VirtualMachine
  var first: GuestProcessor { machine.processors[0] }
  var second: GuestProcessor { machine.processors[1] }

  /// Reads and writes of the register at RDI: MOV EAX, [RDI] and MOV [RDI], EAX.
  static let read: [UInt8] = [0x8B, 0x07]
  static let write: [UInt8] = [0x89, 0x07]

  /// Nil if there is no memory.
  init?(_ bench: Bench) {
    guard let machine = VirtualMachine(bench.computer.frames) else { return nil }
    self.bench = bench
    self.machine = machine
    bench.computer.interrupts.setHandler(Vector.kick) { _, processor in
      processor.localAPIC.endOfInterrupt()
    }
  }

  /// Runs the first processor until its first exit, in a program of the code page with VMMCALL behind it. Vectors lead
  /// to the interrupt entries.
  @discardableResult
  func run(
    _ program: [UInt8], _ mode: ControllerMode = .accelerated, _ prepare: (GuestProcessor) -> Void = { _ in }
  ) -> VirtualProcessor {
    machine.memory.write(program + Bench.call)
    machine.setHandlers(false)
    machine.reset(mode)
    first.publish(runningOn: Processor.current.apicIdentifier)
    prepare(first)
    bench.enter(first.virtual)
    return first.virtual
  }

  /// Goes on behind an exit that leaves RIP at VMMCALL.
  func goOnBehindCall() {
    first.block.instructionPointer += UInt64(Bench.call.count)
    bench.enter(first.virtual)
  }

  /// Runs both processors: the second one executes a routine on another processor of the computer while `body` runs, and
  /// is stopped then. False if there is no such processor, or it does not start or stop.
  func withSecond(
    _ routine: @convention(c) () -> Void, _ mode: ControllerMode, letsHalt: Bool = false, _ body: () -> Void
  ) -> Bool {
    let computer = bench.computer
    guard computer.processors.count > 1 else { return false }
    let other = computer.processors[1]
    let second = second
    second.reset(routine, mode)
    second.block.intercept(.halt, !letsHalt)
    guard other.perform({ _ = second.run(on: $0) }) else { return false }
    guard computer.delay.wait(microseconds: 1_000_000, for: { second.isHosted }) else { return false }
    body()
    second.stop()
    return computer.delay.wait(microseconds: 5_000_000) { other.isIdle }
  }

  /// Reads a register in the guest, if no exit keeps it from that.
  func readRegister(_ offset: Int, _ prepare: (GuestProcessor) -> Void = { _ in }) -> VirtualProcessor {
    run(Self.read) {
      $0.virtual.registers.rdi = GuestMemory.apicBase + UInt64(offset)
      prepare($0)
    }
  }

  /// Reads a register in the guest, if no exit keeps it from that.
  func readRegister(
    _ register: LocalAPICRegister, _ prepare: (GuestProcessor) -> Void = { _ in }
  ) -> VirtualProcessor { readRegister(register.offset, prepare) }

  /// Writes a register in the guest, if no exit keeps it from that.
  func writeRegister(
    _ offset: Int, _ value: UInt32, _ prepare: (GuestProcessor) -> Void = { _ in }
  ) -> VirtualProcessor {
    run(Self.write) {
      $0.virtual.registers.rdi = GuestMemory.apicBase + UInt64(offset)
      $0.block.rax = UInt64(value)
      prepare($0)
    }
  }

  /// Writes a register in the guest, if no exit keeps it from that.
  func writeRegister(
    _ register: LocalAPICRegister, _ value: UInt32, _ prepare: (GuestProcessor) -> Void = { _ in }
  ) -> VirtualProcessor { writeRegister(register.offset, value, prepare) }

  /// Writes a command in the guest.
  func send(
    _ command: InterruptCommand, _ prepare: (GuestProcessor) -> Void = { _ in }
  ) -> VirtualProcessor {
    writeRegister(.interruptCommandLow, command.low) {
      $0.page[.interruptCommandHigh] = command.high
      prepare($0)
    }
  }
}
