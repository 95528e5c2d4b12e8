import Bus
import Testing

@testable import Devices

@Suite("Loopback peer")
struct LoopbackPeerTests {
  private let port = CollectingPort()
  private let service = RawIPService(network: LoopbackPeer())

  init() { service.open(port) }

  @Test("a ping of any size is answered whole", arguments: [0, 1, 84, 1472, 16_000, 65_507])
  func ping(size: Int) throws {
    var random = SeededGenerator(seed: 1)
    let payload = random.bytes(size)
    service.receive(TestPacket.ping(payload))
    let reply = try #require(port.take().first)
    #expect(Array(reply[28...]) == payload)
    #expect(Array(reply[12..<20]) == [10, 9, 0, 1, 10, 9, 0, 2])
    #expect(reply[20] == 0)
    #expect(TestPacket.sum(reply[..<20]) == 0xFFFF)
    #expect(TestPacket.sum(reply[20...]) == 0xFFFF)
    #expect(Array(reply[24..<28]) == [0x12, 0x34, 0, 7])
  }

  @Test("a ping over IPv6 is answered with the right checksum")
  func pingVersion6() throws {
    let payload: [UInt8] = [1, 2, 3, 4, 5]
    let source = [UInt8](repeating: 0xFD, count: 16)
    let destination = [UInt8](repeating: 0xFC, count: 16)
    var message: [UInt8] = [128, 0, 0, 0, 0, 1, 0, 2] + payload
    let pseudoHeader = source + destination + [0, 0, 0, UInt8(message.count), 0, 0, 0, 58]
    let checksum = ~TestPacket.sum((pseudoHeader + message)[...])
    message[2] = UInt8(checksum >> 8)
    message[3] = UInt8(checksum & 0xFF)
    service.receive([0x60, 0, 0, 0, 0, UInt8(message.count), 58, 3] + source + destination + message)
    let reply = try #require(port.take().first)
    #expect(Array(reply[8..<40]) == destination + source)
    #expect(reply[40] == 129)
    #expect(Array(reply[48...]) == payload)
    let replyPseudoHeader = destination + source + [0, 0, 0, UInt8(message.count), 0, 0, 0, 58]
    #expect(TestPacket.sum((replyPseudoHeader + reply[40...])[...]) == 0xFFFF)
  }

  @Test("UDP's echo port sends back; others do not, and not for ever")
  func datagrams() throws {
    func datagram(from: UInt8, to: UInt8) -> [UInt8] {
      TestPacket.version4(protocolNumber: 17, payload: [0, from, 0, to, 0, 11, 0, 0, 1, 2, 3])
    }
    service.receive(datagram(from: 9, to: 7))
    #expect(try #require(port.take().first)[20...] == [0, 7, 0, 9, 0, 11, 0, 0, 1, 2, 3])
    service.receive(datagram(from: 9, to: 8))
    service.receive(datagram(from: 7, to: 7))
    #expect(port.take().isEmpty)
  }

  @Test("what is damaged, cut off, or for many is dropped")
  func dropped() {
    let good = TestPacket.ping([1, 2, 3, 4])
    for index in good.indices {
      var bad = good
      bad[index] ^= 0x10
      service.receive(bad)
    }
    #expect(port.take().isEmpty)
    for count in 0..<good.count { service.receive(Array(good[..<count])) }
    service.receive(TestPacket.ping([1], to: [224, 0, 0, 1]))
    service.receive(TestPacket.ping([1], fragmentation: 0x2000))
    service.receive(TestPacket.ping([1], fragmentation: 1))
    #expect(port.take().isEmpty)
    service.receive(good + [0, 0])
    #expect(port.take().map(\.count) == [good.count])
  }

  @Test("random packets do no harm")
  func randomPackets() {
    var random = SeededGenerator(seed: 791)
    for _ in 0..<20_000 {
      var bytes = random.bytes(Int(random.next() % 100))
      if !bytes.isEmpty { bytes[0] = [0x45, 0x60, 0x4F, bytes[0]][Int(random.next() % 4)] }
      service.receive(bytes)
    }
    service.receive(TestPacket.ping([9]))
    #expect(port.take().last?.last == 9)
  }

  @Test("a closed channel carries nothing either way")
  func closed() {
    service.close()
    service.receive(TestPacket.ping([1]))
    #expect(port.take().isEmpty)
  }
}
