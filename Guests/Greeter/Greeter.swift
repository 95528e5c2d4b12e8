import Bedrock

/// The guest that is always there: it says what it finds, tests the computer under it, and then listens.
///
/// Words on the command line: "exit" ends the guest after the tests by switching the computer off;
/// "debug-exit" does so through QEMU's `isa-debug-exit`, whose exit code then tells how the tests went.
@main
struct Greeter: Guest {
  static func run(on computer: Computer) -> ExitStatus {
    let console = computer.console
    console.print("\nGreeter: a guest of Strata in Embedded Swift, on the bare computer")
    console.print("started by \(computer.startInformation.bootProtocol.name)\n")

    let failures = computer.startProcessors()
    let clocks = Clocks(measuredOn: computer, timerVector: Vector.timer)
    ProcessorFindings.print(computer, notStarted: failures)
    MemoryFindings.print(computer)
    TimerFindings.print(computer, clocks)
    PCIFindings.print(computer)

    let status = ShortSelfTest.run(on: computer, clocks)
    let endsAfterTests =
      computer.startInformation.hasArgument("exit") || computer.startInformation.hasArgument("debug-exit")
    if !endsAfterTests { Prompt(computer, clocks).run() }
    return status
  }
}
