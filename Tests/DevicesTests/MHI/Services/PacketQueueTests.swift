import Bus
import Testing

@testable import Devices

@Suite("Packet queue")
struct PacketQueueTests {
  @Test("packets come out whole and in order, around the end of the memory, for a long time")
  func order() {
    let queue = PacketQueue(capacity: 1000, maximumLength: 300)
    var random = SeededGenerator(seed: 5)
    var expected: [[UInt8]] = []
    var used = 0
    for _ in 0..<5000 {
      let packet = random.bytes(Int(random.next() % 301))
      let fits = used + 4 + packet.count <= 1000
      #expect(packet.withUnsafeBytes { queue.append($0) } == fits)
      if fits {
        expected.append(packet)
        used += 4 + packet.count
      }
      var wanted = Int(random.next() % 3)
      let count = queue.drain {
        guard wanted > 0 else { return false }
        wanted -= 1
        #expect(Array($0) == expected.first)
        used -= 4 + expected.removeFirst().count
        return true
      }
      #expect(count <= 2)
      #expect(queue.usedBytes == used)
    }
  }

  @Test("a packet that is too long is not taken")
  func tooLong() {
    let queue = PacketQueue(capacity: 1000, maximumLength: 300)
    #expect(![UInt8](repeating: 0, count: 301).withUnsafeBytes { queue.append($0) })
    #expect(queue.isEmpty)
  }
}
