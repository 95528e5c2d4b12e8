import Bedrock
import Interfaces

/// A driver for modems on the MHI bus, and the tests by which it and the modem judge each other.
@main
struct ModemHost: TestGuest {
  static let title: StaticString = "ModemHost: a driver for modems on the MHI bus, in Embedded Swift"

  static func tests(on computer: Computer) throws(TestObstacle) -> SelfTestList {
    guard let device = ModemFunction.find() else { throw .missing("modem") }
    device.function.setActive(true)
    guard let bench = ModemBench(device, computer) else { throw .noMemory }
    computer.console.print("a modem: \(bench.model.name)")
    InterruptFlag.set()

    var list = SelfTestList()
    if bench.model.hasLoader {
      list.area("firmware")
      ImageTests.add(to: &list, bench)
    }
    list.area("start")
    StartTests.add(to: &list, bench)
    list.area("channels")
    ChannelTests.add(to: &list, bench)
    list.area("network")
    NetworkTests.add(to: &list, bench)
    list.area("power")
    PowerTests.add(to: &list, bench)
    list.area("errors")
    CommandErrorTests.add(to: &list, bench)
    DoorbellErrorTests.add(to: &list, bench)
    TransferErrorTests.add(to: &list, bench)
    list.area("recovery")
    RecoveryTests.add(to: &list, bench)
    return list
  }
}
