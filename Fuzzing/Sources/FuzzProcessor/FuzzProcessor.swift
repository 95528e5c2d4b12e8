import FuzzSupport

@testable import Machine

/// Executes the input as code on a whole machine, twice.
///
/// The first byte chooses the mode, the next eight where registers point; the rest is the code. Both runs must
/// end at the same instruction in the same state, and neither goes beyond its limit.
@c(LLVMFuzzerTestOneInput)
public func processorMain(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = FuzzInput(start, count: count)
  guard let first = execute(input), let second = execute(input) else { return 0 }
  precondition(first == second)
  return 0
}

/// What became of a run.
private struct Outcome: Equatable {
  var event: MachineEvent
  var retired: UInt64
  var hash: StateHash
}

private let instructionLimit: UInt64 = 600
/// How often the machine may jump to the next alarm while the processor waits.
private let idleLimit = 16

private func execute(_ input: FuzzInput) -> Outcome? {
  var input = input
  var configuration = MachineConfiguration(memorySize: 4 << 20, processorCount: 2)
  configuration.devices = [.entropy]
  guard let machine = try? Machine(configuration) else { return nil }
  var idles = 0
  machine.whileIdle = { [unowned machine] nanoseconds in
    idles += 1
    guard nanoseconds != nil, idles < idleLimit else {
      machine.stop()
      return false
    }
    return true
  }
  guard let mode = CodeUnderTest.Mode(rawValue: input.byte() % 6), let code = CodeUnderTest(mode, &input),
    code.load(into: machine)
  else { return nil }
  let event = machine.run(instructions: instructionLimit)
  precondition(machine.instructionsRetired <= instructionLimit)
  return Outcome(event: event, retired: machine.instructionsRetired, hash: machine.stateHash())
}
