import Bus
import Testing

@testable import Devices

@Suite("Virtio console")
struct VirtioConsoleTests {
  private typealias Descriptor = VirtioDriver.Descriptor
  private let output = CollectingConsole()
  private let console: VirtioConsole
  private let driver: VirtioDriver

  init() throws {
    console = VirtioConsole(columns: 80, rows: 25, backend: output)
    driver = try VirtioDriver(console)
  }

  private func addBuffer(_ length: UInt32, at address: UInt64 = 0x8000, head: UInt16 = 0) throws {
    try driver.add([Descriptor(address: address, length: length, flags: Descriptor.write)], head: head)
  }

  @Test("one port and its size are offered")
  func features() throws {
    #expect(try driver.offeredFeatures & 0xFF_FFFF == 1)
    #expect(try driver.common(0x12, .word) == 2)
    #expect(try driver.deviceConfiguration(0, .word) == 80)
    #expect(try driver.deviceConfiguration(2, .word) == 25)
  }

  @Test("output of several pages arrives whole and in order")
  func longOutput() throws {
    try driver.start(queues: [0, 1])
    var random = SeededGenerator(seed: 3)
    let text = random.bytes(10_001)
    driver.setBytes(text, at: 0x10_0000)
    try driver.add(
      [Descriptor(address: 0x10_0000, length: 5000), Descriptor(address: 0x10_0000 + 5000, length: 5001)],
      queue: 1)
    try driver.notify(1)
    #expect(output.bytes == text)
    #expect(driver.recorder.messages == [0x42])
  }

  @Test("input waits for buffers, fills them one after the other, and interrupts")
  func waitingInput() throws {
    console.receive(Array("hello".utf8))
    try driver.start(queues: [0, 1])
    #expect(console.bufferedInputCount == 5)
    try addBuffer(3)
    try addBuffer(16, at: 0x8100, head: 1)
    try driver.notify(0)
    #expect(try driver.takeUsed() == [.init(head: 0, written: 3), .init(head: 1, written: 2)])
    #expect(driver.bytes(at: 0x8000, count: 3) == Array("hel".utf8))
    #expect(driver.bytes(at: 0x8100, count: 2) == Array("lo".utf8))
    #expect(driver.recorder.messages == [0x41])
    #expect(console.bufferedInputCount == 0)
  }

  @Test("a buffer that waits takes input as it comes")
  func waitingBuffer() throws {
    try driver.start(queues: [0, 1])
    try addBuffer(16)
    try driver.notify(0)
    #expect(try driver.takeUsed().isEmpty)
    console.receive([0x78])
    #expect(try driver.takeUsed() == [.init(head: 0, written: 1)])
    #expect(driver.recorder.messages == [0x41])
  }

  @Test("a buffer that the device may only read is no place for input")
  func readableBuffer() throws {
    try driver.start(queues: [0, 1])
    try driver.add([Descriptor(address: 0x8000, length: 4)])
    console.receive([1])
    #expect(try driver.status & 1 << 6 != 0)
    #expect(console.bufferedInputCount == 1)
  }

  @Test("input that was not taken survives in the state")
  func state() throws {
    console.receive([1, 2, 3])
    console.resize(columns: 100, rows: 40)
    var writer = StateWriter()
    console.save(to: &writer)
    let twin = VirtioConsole(columns: 80, rows: 25, backend: output)
    var reader = StateReader(writer.bytes)
    try twin.restore(from: &reader)
    #expect(twin.bufferedInputCount == 3)
    #expect(twin.configuration == [100, 0, 40, 0])
  }
}

@Suite("Virtio entropy")
struct VirtioEntropyTests {
  private func bytes(seed: UInt64, count: UInt32) throws -> [UInt8] {
    let driver = try VirtioDriver(VirtioEntropy(seed: seed))
    try driver.start()
    try driver.add([
      VirtioDriver.Descriptor(
        address: 0x10_0000, length: count, flags: VirtioDriver.Descriptor.write)
    ])
    try driver.notify()
    let used = try driver.takeUsed()
    try #require(used.count == 1)
    return driver.bytes(at: 0x10_0000, count: Int(used[0].written))
  }

  @Test("the same seed gives the same bytes, another seed others")
  func seeds() throws {
    let first = try bytes(seed: 42, count: 61)
    #expect(first.count == 61)
    #expect(try bytes(seed: 42, count: 61) == first)
    #expect(try bytes(seed: 43, count: 61) != first)
  }

  @Test("a huge request gets a part")
  func hugeRequest() throws {
    #expect(try bytes(seed: 1, count: 1 << 20).count == 65_536)
  }

  @Test("the generator is xoshiro256** seeded by SplitMix64")
  func generator() {
    // The state after seeding with 0 is the published start of SplitMix64's sequence.
    var writer = StateWriter()
    SeededGenerator(seed: 0).save(to: &writer)
    let state = (0..<4).map { word in
      writer.bytes[word * 8..<word * 8 + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
    #expect(
      state == [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F, 0xF88B_B8A8_724C_81EC])
    var generator = SeededGenerator(seed: 0)
    // rotateLeft(state[1] * 5, 7) * 9 by hand.
    #expect(generator.next() == 0x99EC_5F36_CB75_F2B4)
  }
}
