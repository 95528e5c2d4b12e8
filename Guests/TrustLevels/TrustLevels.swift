import Bedrock
import Interfaces

/// The guest that judges a hypervisor of Microsoft's kind from inside: calls, synthetic registers, timers and
/// trust levels, at whichever level it finds itself.
@main
struct TrustLevels: TestGuest {
  static let title: StaticString = "TrustLevels: tests of Hyper-V from inside, in Embedded Swift"

  static func tests(on computer: Computer) throws(TestObstacle) -> SelfTestList {
    guard let partition = computer.partition else {
      let missing = computer.startProcessors()
      computer.console.print(
        "\(computer.processors.count) processors started by interrupts, \(missing) did not start")
      throw .missing("Hyper-V")
    }
    computer.console.print("Hyper-V, at VTL\(partition.level.rawValue)")
    guard let bench = Bench(computer, partition) else { throw .noMemory }

    var list = SelfTestList()
    list.area("hypercalls")
    ControlWordTests.add(to: &list, bench)
    MemoryTests.add(to: &list, bench)
    ParameterTests.add(to: &list, bench)
    FastCallTests.add(to: &list, bench)
    list.area("registers")
    SyntheticRegisterTests.add(to: &list, bench)
    OverlayTests.add(to: &list, bench)
    list.area("time")
    ReferenceTimeTests.add(to: &list, bench)
    SyntheticTimerTests.add(to: &list, bench)
    TimerMessageTests.add(to: &list, bench)
    list.area("start")
    ContextTests.add(to: &list, bench)
    StartTests.add(to: &list, bench)
    list.area("processors")
    ProcessorTests.add(to: &list, bench)
    FlushTests.add(to: &list, bench)
    addLevels(to: &list, bench)
    return list
  }

  /// Tests of the level above, where the guest is at the lowest, or of the lowest one.
  private static func addLevels(to list: inout SelfTestList, _ bench: Bench) {
    guard bench.partition.privileges.contains(.virtualSecureMode) else { return }
    list.area("levels")
    if bench.partition.isAboveLowestLevel {
      LowerProgramTests.add(to: &list, bench)
      return
    }
    guard let levels = LevelBench(.vtl1, bench), let page = ProtectedPage(levels) else {
      list.skip("levels", because: "there is no memory")
      return
    }
    EnableTests.add(to: &list, levels)
    TransitionTests.add(to: &list, levels)
    ProtectionTests.add(to: &list, levels, page)
    LevelInterruptTests.add(to: &list, levels)
    StartupDenialTests.add(to: &list, levels)
    ThreeLevelTests.add(to: &list, levels, page)
  }
}
