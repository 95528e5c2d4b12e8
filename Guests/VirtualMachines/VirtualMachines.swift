import Bedrock
import Interfaces

/// A small hypervisor on AMD-V with AVIC, and the tests by which it and the processor judge each other.
@main
struct VirtualMachines: TestGuest {
  static let title: StaticString = "VirtualMachines: a hypervisor on AMD-V, in Embedded Swift"

  static func tests(on computer: Computer) throws(TestObstacle) -> SelfTestList {
    guard let svm = VirtualizationExtension(), svm.hasNestedPaging else {
      throw .missing("AMD-V with nested paging")
    }
    computer.console.print("AMD-V:\(svm.names); \(svm.addressSpaces) address spaces")
    _ = computer.startProcessors()
    guard let bench = Bench(computer, svm) else { throw .noMemory }

    var list = SelfTestList()
    list.area("instructions")
    InstructionTests.add(to: &list, bench)
    list.area("consistency")
    ConsistencyTests.add(to: &list, bench)
    list.area("intercepts")
    InterceptTests.add(to: &list, bench)
    InterceptPriorityTests.add(to: &list, bench)
    list.area("maps")
    PermissionMapTests.add(to: &list, bench)
    list.area("exceptions")
    ExceptionInterceptTests.add(to: &list, bench)
    list.area("events")
    EventInjectionTests.add(to: &list, bench)
    list.area("interrupted-events")
    InterruptedDeliveryTests.add(to: &list, bench)
    list.area("interrupts")
    InterruptTests.add(to: &list, bench)
    list.area("nested-paging")
    NestedPagingTests.add(to: &list, bench)
    AddressSpaceTests.add(to: &list, bench)
    LegacyGuestTests.add(to: &list, bench)
    list.area("code")
    GuestCodeTests.add(to: &list, bench)
    list.area("state")
    StateTests.add(to: &list, bench)
    RandomBlockTests.add(to: &list, bench)
    addController(to: &list, bench)
    return list
  }

  /// Tests of the interrupt controller, with AVIC where the processor has it.
  private static func addController(to list: inout SelfTestList, _ bench: Bench) {
    list.area("identifiers")
    guard let controller = ControllerBench(bench) else {
      list.skip("AVIC", because: "there is no memory")
      return
    }
    LogicalIdentifierTests.add(to: &list, controller)
    list.area("emulated-exchange")
    ExchangeTests.add(to: &list, controller, .software)
    guard bench.svm.hasInterruptController else { return }
    list.area("avic")
    RegisterTests.add(to: &list, controller)
    DeliveryTests.add(to: &list, controller)
    CommandTests.add(to: &list, controller)
    DoorbellTests.add(to: &list, controller)
    list.area("avic-exchange")
    ExchangeTests.add(to: &list, controller, .accelerated)
    guard bench.svm.hasExtendedInterruptController else { return }
    list.area("x2avic")
    ExtendedRegisterTests.add(to: &list, controller)
    list.area("x2avic-exchange")
    ExchangeTests.add(to: &list, controller, .extended)
  }
}
