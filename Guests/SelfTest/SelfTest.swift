import Bedrock

/// The guest that judges the computer from inside, against the manuals.
@main
struct SelfTest: TestGuest {
  static let title: StaticString = "SelfTest: tests of the bare computer, in Embedded Swift"

  static func tests(on computer: Computer) throws(TestObstacle) -> SelfTestList {
    _ = computer.startProcessors()
    guard let bench = TestBench(computer) else { throw .noMemory }

    var list = SelfTestList()
    addInstructions(to: &list)
    addProcessor(to: &list, bench)
    addBoard(to: &list, bench)
    return list
  }

  private static func addInstructions(to list: inout SelfTestList) {
    list.area("instructions")
    IntegerTests.add(to: &list)
    StringInstructionTests.add(to: &list)
    FloatingPointTests.add(to: &list)
    VectorTests.add(to: &list)
    RandomNumberTests.add(to: &list)
  }

  private static func addProcessor(to list: inout SelfTestList, _ bench: TestBench) {
    let mode = LegacyMode()
    list.area("exceptions")
    ExceptionTests.add(to: &list)
    InvalidOpcodeTests.add(to: &list, bench)
    list.area("features")
    FloatingPointStateTests.add(to: &list, bench)
    FeatureTests.add(to: &list, bench)
    list.area("debugging")
    SingleStepTests.add(to: &list, bench)
    BreakpointTests.add(to: &list, bench)
    list.area("modification")
    CodeModificationTests.add(to: &list, bench)
    list.area("paging")
    PageRightsTests.add(to: &list, bench)
    PageEntryTests.add(to: &list, bench)
    TranslationTests.add(to: &list, bench)
    LegacyPagingTests.add(to: &list, bench, mode)
    list.area("straddling")
    StraddlingTests.add(to: &list, bench)
    list.area("registers")
    ControlRegisterTests.add(to: &list, bench)
    ModelSpecificRegisterTests.add(to: &list, bench)
    list.area("modes")
    ModeTests.add(to: &list, bench, mode)
    list.area("segments")
    SegmentLoadingTests.add(to: &list, bench)
    SegmentAccessTests.add(to: &list, bench)
    FarPointerTests.add(to: &list, bench, mode)
    FarTransferTests.add(to: &list, bench)
    list.area("privilege")
    UserModeTests.add(to: &list, bench)
    InterruptReturnTests.add(to: &list, bench)
    SystemCallTests.add(to: &list, bench)
  }

  private static func addBoard(to list: inout SelfTestList, _ bench: TestBench) {
    let computer = bench.computer
    list.area("interrupts")
    GateTests.add(to: &list, bench)
    InterruptTests.add(to: &list, computer, bench.clocks)
    ShadowTests.add(to: &list, bench)
    list.area("local-apic")
    LocalAPICTests.add(to: &list, bench)
    LocalAPICTimerTests.add(to: &list, bench)
    ExtendedLocalAPICTests.add(to: &list, bench)
    list.area("io-apic")
    IOAPICTests.add(to: &list, bench)
    list.area("processors")
    MultiprocessorTests.add(to: &list, computer)
    InterprocessorTests.add(to: &list, bench)
    list.area("clocks")
    TimerTests.add(to: &list, computer)
    ClockInterruptTests.add(to: &list, bench)
  }
}
