import Bedrock
import Interfaces

/// A driver for modems on the MHI bus, and the tests by which it and the modem judge each other.
///
/// Words on the command line: as SelfTest's.
@main
struct ModemHost: Guest {
  static func run(on computer: Computer) -> ExitStatus {
    let console = computer.console
    let information = computer.startInformation
    console.print("\nModemHost: a driver for modems on the MHI bus, in Embedded Swift")
    console.print("started by \(information.bootProtocol.name)")
    guard let device = ModemFunction.find() else {
      console.print("there is no modem")
      return .unsuitable
    }
    device.function.setActive(true)
    guard let bench = ModemBench(device, computer) else {
      console.print("no memory for the tests")
      return .failure
    }
    console.print("a modem: \(bench.model.name)")
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
    return list.run(console, arguments: information.arguments)
  }
}
