import Bedrock

/// All tests of the computer.
enum SelfTests {
  /// Runs every test, prints a line for each and a line with the totals.
  static func run(on computer: Computer, _ clocks: Clocks) -> ExitStatus {
    var list = SelfTestList()
    IntegerTests.add(to: &list)
    StringInstructionTests.add(to: &list)
    FloatingPointTests.add(to: &list)
    VectorTests.add(to: &list)
    ExceptionTests.add(to: &list)
    PagingTests.add(to: &list, computer)
    UserModeTests.add(to: &list, computer)
    InterruptTests.add(to: &list, computer, clocks)
    MultiprocessorTests.add(to: &list, computer)
    TimerTests.add(to: &list, computer)
    RandomNumberTests.add(to: &list)
    computer.console.print("tests")
    return list.run(computer.console)
  }
}
