import Bus
import Testing

@testable import Devices

@Suite("NTB16")
struct NTB16Tests {
  private let port = CollectingPort()
  private let service = MBIMNetworkService(network: LoopbackPeer())

  init() { service.open(port) }

  private static func word(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }

  /// A block: the header, one table with all datagrams, and they.
  private static func block(_ datagrams: [[UInt8]], session: UInt8 = 0) -> [UInt8] {
    let tableLength = 8 + 4 * (datagrams.count + 1)
    var place = 12 + tableLength
    var table = Array("IPS".utf8) + [session] + word(tableLength) + word(0)
    for datagram in datagrams {
      table += word(place) + word(datagram.count)
      place += datagram.count
    }
    return Array("NCMH".utf8) + word(12) + word(0) + word(place) + word(12) + table + [0, 0, 0, 0]
      + datagrams.joined()
  }

  @Test("one ping comes back in a block as Linux expects it, each with the next number")
  func ping() throws {
    for sequence in 0..<3 as Range<UInt8> {
      service.receive(Self.block([TestPacket.ping([1, 2, 3])]))
      let block = try #require(port.take().first)
      #expect(
        block[..<28] == [
          0x4E, 0x43, 0x4D, 0x48, 12, 0, sequence, 0, 59, 0, 12, 0, 0x49, 0x50, 0x53, 0, 16, 0, 0, 0, 28, 0,
          31, 0, 0, 0, 0, 0,
        ])
      #expect(block.count == 59)
      #expect(block[28 + 20] == 0)
      #expect(block.suffix(3) == [1, 2, 3])
    }
  }

  @Test("several datagrams, in one table or in several, are all taken, in order")
  func several() {
    let pings = (0..<5 as Range<UInt8>).map { TestPacket.ping([$0]) }
    service.receive(Self.block(pings))
    #expect(port.take().map(\.last) == [0, 1, 2, 3, 4])

    // A second table behind the first datagram, which is padded.
    var block = Self.block([pings[0]])
    while !block.count.isMultiple(of: 4) { block.append(0) }
    let place = block.count
    block += Array("IPS".utf8) + [0] + Self.word(16) + Self.word(0)
    block += Self.word(place + 16) + Self.word(pings[1].count) + [0, 0, 0, 0] + pings[1]
    block.replaceSubrange(8..<10, with: Self.word(block.count))
    block.replaceSubrange(18..<20, with: Self.word(place))
    service.receive(block)
    #expect(port.take().map(\.last) == [0, 1])
    // Backwards, it would go on for ever.
    block.replaceSubrange(place + 6..<place + 8, with: Self.word(12))
    service.receive(block)
    #expect(port.take().isEmpty)
  }

  @Test("a block that is wrong anywhere is dropped whole")
  func wrong() {
    let good = Self.block([TestPacket.ping([1]), TestPacket.ping([2])])
    func isDropped(_ change: (inout [UInt8]) -> Void) -> Bool {
      var block = good
      change(&block)
      service.receive(block)
      return port.take().isEmpty
    }
    #expect(!isDropped { _ in })
    #expect(isDropped { $0[0] = 0 })
    #expect(isDropped { $0[4] = 16 })
    #expect(isDropped { $0[8] &+= 1 })
    #expect(
      isDropped {
        $0[8] = 11; $0[9] = 0
      })
    #expect(isDropped { $0[10] = 0 })
    #expect(isDropped { $0[10] = 13 })
    #expect(isDropped { $0[11] = 0xFF })
    #expect(isDropped { $0[12] = 0 })
    #expect(isDropped { $0[16] = 15 })
    #expect(isDropped { $0[16] = 12 })
    #expect(isDropped { $0[17] = 0xFF })
    #expect(isDropped { $0[20] = 11 })
    #expect(isDropped { $0[26] &+= 1 })
    // Datagrams that are longer than the block together.
    #expect(isDropped { $0.replaceSubrange(20..<28, with: [32, 0, 58, 0, 32, 0, 58, 0]) })
    // No last pair.
    #expect(
      isDropped {
        $0[28] = 32; $0[30] = 1; $0[16] = 20
      })
    for count in 0..<good.count { #expect(isDropped { $0 = Array($0[..<count]) }) }
  }

  @Test("other sessions are not ours")
  func otherSession() {
    service.receive(Self.block([TestPacket.ping([1])], session: 1))
    #expect(port.take().isEmpty)
  }

  @Test("the longest packet that fits goes through")
  func long() {
    service.receive(Self.block([TestPacket.ping([UInt8](repeating: 7, count: 65_535 - 28 - 28))]))
    #expect(port.take().map(\.count) == [65_535])
  }

  @Test("random blocks do no harm")
  func randomBlocks() {
    var random = SeededGenerator(seed: 16)
    let good = Self.block([TestPacket.ping([1]), TestPacket.ping([2])])
    for _ in 0..<50_000 {
      var block = good
      for _ in 0..<Int(random.next() % 4) + 1 {
        block[Int(random.next() % 40)] = UInt8(truncatingIfNeeded: random.next())
      }
      service.receive(block)
    }
    _ = port.take()
    service.receive(good)
    #expect(port.take().count == 2)
  }
}
