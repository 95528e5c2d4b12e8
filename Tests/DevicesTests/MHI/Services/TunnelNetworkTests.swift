import Bus
import TestSupport
import Testing

@testable import Devices

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Tunnel network")
struct TunnelNetworkTests {
  @Test("names that no interface can have are refused in words")
  func badNames() {
    for name in ["", "a-name-that-is-too-long-for-linux"] {
      #expect(throws: TunnelNetworkError.badName(name)) { try TunnelNetwork(interface: name) }
    }
  }

  /// Making interfaces is for the superuser; others are told so.
  @Test("the host's stack is reached through an interface of its own, or the refusal says what to do")
  func interface() throws {
    let name = "strata-test"
    guard geteuid() == 0 else {
      #expect(throws: TunnelNetworkError.notPermitted(interface: name)) { try TunnelNetwork(interface: name) }
      return
    }
    let network = try TunnelNetwork(interface: name)
    #expect(throws: TunnelNetworkError.notAvailable(interface: name)) { try TunnelNetwork(interface: name) }
    _ = try HostTool.run("ip", ["address", "add", "10.9.0.1/30", "dev", name])
    _ = try HostTool.run("ip", ["link", "set", name, "up"])
    let port = CollectingPort()
    let service = RawIPService(network: network)
    service.open(port)

    // Without room the packets stay with the host, and nothing of it is lost.
    port.room = 0
    for number in 0..<5 as Range<UInt8> { service.receive(TestPacket.ping([number])) }
    usleep(10_000)
    _ = network.poll()
    var wait = NetworkWait()
    network.prepareToWait(&wait)
    #expect(wait.conditions.map(\.events) == [0])
    port.room = .max
    for _ in 0..<500 where port.transfers.count(where: { $0[0] == 0x45 }) < 5 {
      _ = network.poll()
      usleep(2000)
    }
    // The host's stack may have something to say about itself by IPv6, too.
    #expect(port.take().filter { $0[0] == 0x45 }.map { $0[28] } == [0, 1, 2, 3, 4])
  }
}
