import Bus
import Testing

@testable import Devices

#if canImport(Glibc)
  import Glibc
#endif

/// A network by libslirp, which Tests/setup brings.
@Suite("User network", .serialized)
struct UserNetworkTests {
  private let port = CollectingPort()
  private let network: UserNetwork
  private let service: RawIPService

  init() throws {
    network = try UserNetwork()
    service = RawIPService(network: network)
    service.open(port)
  }

  private static let guest: [UInt8] = [10, 0, 2, 15]
  private static let gateway: [UInt8] = [10, 0, 2, 2]

  /// Looks at the host until something arrives.
  private func wait() -> [UInt8]? {
    for _ in 0..<500 where port.transfers.isEmpty {
      _ = network.poll()
      usleep(2000)
    }
    return port.take().first
  }

  @Test("the gateway answers pings, small ones and those that fill the interface")
  func ping() throws {
    for size in [4, 84, 1400, 16_000] {
      var random = SeededGenerator(seed: UInt64(size))
      let payload = random.bytes(size)
      service.receive(
        TestPacket.version4(
          protocolNumber: 1, payload: TestPacket.echoRequest(payload), from: Self.guest, to: Self.gateway))
      let reply = try #require(wait())
      #expect(Array(reply[12..<20]) == Self.gateway + Self.guest)
      #expect(reply[20] == 0)
      #expect(Array(reply[28...]) == payload)
      #expect(TestPacket.sum(reply[20...]) == 0xFFFF)
    }
  }

  @Test("a guest with another address in the network is found by asking")
  func otherAddress() throws {
    let other: [UInt8] = [10, 0, 2, 77]
    for _ in 0..<2 {
      service.receive(
        TestPacket.version4(
          protocolNumber: 1, payload: TestPacket.echoRequest([1, 2, 3, 4]), from: other, to: Self.gateway))
    }
    let reply = try #require(wait())
    #expect(Array(reply[16..<20]) == other)
  }

  /// A socket of UDP on the host's loopback interface.
  private final class HostSocket {
    let descriptor: Int32
    let port: UInt16

    init() throws {
      descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let descriptor = descriptor
      let isBound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
      }
      try #require(isBound)
      port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }

    /// Sends back what arrives within a second.
    func echoOnce() -> Int {
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, 1000) > 0 else { return -1 }
      var bytes = [UInt8](repeating: 0, count: 20_000)
      var address = sockaddr()
      var length = socklen_t(MemoryLayout<sockaddr>.size)
      let count = recvfrom(descriptor, &bytes, bytes.count, 0, &address, &length)
      return sendto(descriptor, bytes, max(count, 0), 0, &address, length)
    }
  }

  private func datagram(_ payload: [UInt8], to port: UInt16) -> [UInt8] {
    let length = 8 + payload.count
    let header: [UInt8] = [
      0x30, 0x39, UInt8(port >> 8), UInt8(port & 0xFF), UInt8(length >> 8), UInt8(length & 0xFF), 0, 0,
    ]
    return TestPacket.version4(
      protocolNumber: 17, payload: header + payload, from: Self.guest, to: Self.gateway)
  }

  @Test("datagrams reach a program on the host and come back; the descriptor wakes an idle machine")
  func datagrams() throws {
    var idle = NetworkWait()
    network.prepareToWait(&idle)
    #expect(idle.conditions.isEmpty)
    let server = try HostSocket()
    var random = SeededGenerator(seed: 9)
    let payload = random.bytes(9000)
    service.receive(datagram(payload, to: server.port))
    #expect(server.echoOnce() == payload.count)
    var busy = NetworkWait()
    network.prepareToWait(&busy)
    #expect(busy.isForHost)
    var requests = busy.conditions.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
    #expect(poll(&requests, nfds_t(requests.count), 1000) > 0)
    let reply = try #require(wait())
    #expect(Array(reply[28...]) == payload)
    #expect(Array(reply[22..<24]) == [0x30, 0x39])
  }

  @Test("a guest without room loses nothing: packets wait in order")
  func waiting() throws {
    let server = try HostSocket()
    port.room = 0
    for number in 0..<20 as Range<UInt8> {
      service.receive(datagram([number, 0, 0, 0], to: server.port))
      #expect(server.echoOnce() == 4)
      _ = network.poll()
    }
    #expect(port.take().isEmpty)
    port.room = 7
    #expect(network.poll())
    #expect(port.take().map { $0[28] } == Array(0..<7))
    port.room = .max
    #expect(network.poll())
    #expect(port.take().map { $0[28] } == Array(7..<20))
  }

  @Test("random packets do no harm")
  func randomPackets() throws {
    var random = SeededGenerator(seed: 4)
    for _ in 0..<2000 {
      // Destinations are in the network itself: nothing leaves the host.
      let payload = random.bytes(Int(random.next() % 200))
      let packet = TestPacket.version4(
        protocolNumber: [1, 17, 6, 200][Int(random.next() % 4)], payload: payload, from: Self.guest,
        to: [10, 0, 2, UInt8(truncatingIfNeeded: random.next() % 200 + 20)])
      service.receive(Array(packet.prefix(Int(random.next() % 220))))
      service.receive(random.bytes(Int(random.next() % 64)).map { $0 & 0x6F })
    }
    _ = network.poll()
    _ = port.take()
    try ping()
  }

  @Test("the address's mask is of as many ones as its prefix is long")
  func mask() {
    #expect(network.addresses.mask.description == "255.255.255.0")
    #expect(NetworkAddresses.pointToPoint.mask.description == "255.255.255.252")
  }
}
