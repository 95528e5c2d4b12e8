import Bus
import Testing

@testable import Devices

@Suite("Virtqueues")
struct VirtqueueTests {
  private typealias Descriptor = VirtioDriver.Descriptor
  private static let needsReset: UInt64 = 1 << 6
  private let console = CollectingConsole()
  private let driver: VirtioDriver
  /// The queue by which the guest writes to the console.
  private let output: UInt16 = 1

  init() throws {
    driver = try VirtioDriver(VirtioConsole(columns: 80, rows: 25, backend: console))
  }

  private func start(_ features: UInt64 = 0) throws {
    try driver.start(features: VirtioDriver.version1 | features, queues: [0, output])
    driver.setBytes(Array("abcdefghij".utf8), at: 0x8000)
  }

  private func isBroken() throws -> Bool { try driver.status & Self.needsReset != 0 }

  // MARK: Chains

  @Test("a chain may wander through the table")
  func wanderingChain() throws {
    try start()
    let table = try driver.place(output).descriptors
    driver.store(Descriptor(address: 0x8000, length: 2, flags: Descriptor.next, next: 2), at: table + 7 * 16)
    driver.store(Descriptor(address: 0x8004, length: 3, flags: Descriptor.next, next: 0), at: table + 2 * 16)
    driver.store(Descriptor(address: 0x8009, length: 1), at: table)
    try driver.makeAvailable(7, queue: output)
    try driver.notify(output)
    #expect(console.text == "abefgj")
    #expect(try driver.takeUsed(output) == [.init(head: 7, written: 0)])
  }

  @Test("indices wrap around the ring and around 65536")
  func wrapping() throws {
    try start()
    for round in 0..<66_000 {
      let head = UInt16(round % 8)
      try driver.add(
        [Descriptor(address: 0x8000 + UInt64(round % 10), length: 1)], queue: output, head: head)
      if head == 7 { try driver.notify(output) }
    }
    #expect(try !isBroken())
    #expect(console.bytes.count == 66_000)
    #expect(console.text.hasPrefix("abcdefghijab"))
  }

  @Test("an indirect table holds a chain, alone or after direct descriptors")
  func indirectTable() throws {
    try start(VirtioDriver.indirect)
    driver.store(Descriptor(address: 0x8002, length: 2, flags: Descriptor.next, next: 2), at: 0x9000)
    driver.store(Descriptor(address: 0x8006, length: 1), at: 0x9020)
    let table = Descriptor(address: 0x9000, length: 48, flags: Descriptor.indirect)
    try driver.add([table], queue: output)
    try driver.add([Descriptor(address: 0x8000, length: 1), table], queue: output, head: 1)
    try driver.notify(output)
    #expect(console.text == "cdg" + "acdg")
    #expect(try driver.takeUsed(output).map(\.head) == [0, 1])
  }

  @Test("an indirect table may hold a longer chain than the queue, up to the size that was offered")
  func longIndirectTable() throws {
    try start(VirtioDriver.indirect)
    for count in [64, 65] {
      for index in 0..<count {
        let flags = index + 1 < count ? Descriptor.next : 0
        driver.store(
          Descriptor(address: 0x8000, length: 1, flags: flags, next: UInt16(index + 1)),
          at: 0x9000 + UInt64(index) * 16)
      }
      try driver.add(
        [Descriptor(address: 0x9000, length: UInt32(count * 16), flags: Descriptor.indirect)], queue: output)
      try driver.notify(output)
      #expect(try isBroken() == (count == 65))
    }
    #expect(console.bytes.count == 64)
  }

  // MARK: Suppression

  @Test("without event index, the available ring's flag declines interrupts")
  func noInterruptFlag() throws {
    try start()
    let available = try driver.place(output).available
    driver.memory.store(UInt16(1), at: available)
    try driver.add([Descriptor(address: 0x8000, length: 1)], queue: output)
    try driver.notify(output)
    #expect(driver.recorder.messages.isEmpty)
    driver.memory.store(UInt16(0), at: available)
    try driver.add([Descriptor(address: 0x8000, length: 1)], queue: output)
    try driver.notify(output)
    #expect(driver.recorder.messages == [0x42])
  }

  @Test("with event index, an interrupt comes when the used index passes the driver's event")
  func usedEvent() throws {
    try start(VirtioDriver.eventIndex)
    let place = try driver.place(output)
    let usedEvent = place.available + 4 + UInt64(place.size) * 2
    driver.memory.store(UInt16(2), at: usedEvent)
    for completed in 1...5 {
      try driver.add([Descriptor(address: 0x8000, length: 1)], queue: output)
      try driver.notify(output)
      #expect(driver.recorder.messages.count == (completed >= 3 ? 1 : 0), "after \(completed)")
    }
    // Several at once: it counts whether the event was among them.
    driver.memory.store(UInt16(6), at: usedEvent)
    for head: UInt16 in 0..<3 {
      try driver.add([Descriptor(address: 0x8000, length: 1)], queue: output, head: head)
    }
    try driver.notify(output)
    #expect(driver.recorder.messages.count == 2)
  }

  @Test("with event index, the device asks for a notification of the next chain")
  func availableEvent() throws {
    try start(VirtioDriver.eventIndex)
    let place = try driver.place(output)
    for _ in 0..<3 { try driver.add([Descriptor(address: 0x8000, length: 1)], queue: output) }
    try driver.notify(output)
    #expect(driver.memory.load(place.used + 4 + UInt64(place.size) * 8, as: UInt16.self) == 3)
  }
}
