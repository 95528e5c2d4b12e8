import Bus
import Testing

@testable import Devices

@Suite("Hostile virtio drivers")
struct HostileDriverTests {
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

  // MARK: Broken rules

  private func expectBroken(
    by descriptors: [Descriptor], features: UInt64 = VirtioDriver.indirect,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try start(features)
    driver.recorder.forgetMessages()
    try driver.add(descriptors, queue: output)
    try driver.notify(output)
    #expect(try isBroken(), sourceLocation: sourceLocation)
    #expect(driver.recorder.messages == [0x40], "the driver is told", sourceLocation: sourceLocation)
    #expect(try driver.takeUsed(output).isEmpty, sourceLocation: sourceLocation)
    // Nothing more happens until the reset, and then everything works.
    try driver.notify(output)
    #expect(driver.recorder.messages == [0x40], sourceLocation: sourceLocation)
    try start()
    try driver.add([Descriptor(address: 0x8000, length: 1)], queue: output)
    try driver.notify(output)
    #expect(console.text.hasSuffix("a"), sourceLocation: sourceLocation)
    #expect(try !isBroken(), sourceLocation: sourceLocation)
  }

  @Test("a loop stops the device")
  func loop() throws {
    try expectBroken(by: [Descriptor(address: 0x8000, length: 1, flags: Descriptor.next, next: 0)])
  }

  @Test("a descriptor outside the table stops the device")
  func outOfRange() throws {
    try expectBroken(by: [Descriptor(address: 0x8000, length: 1, flags: Descriptor.next, next: 8)])
  }

  @Test("a head outside the table stops the device")
  func headOutOfRange() throws {
    try start()
    try driver.makeAvailable(0xFFFF, queue: output)
    try driver.notify(output)
    #expect(try isBroken())
  }

  @Test("an empty buffer stops the device")
  func emptyBuffer() throws { try expectBroken(by: [Descriptor(address: 0x8000, length: 0)]) }

  private static let unreachableBuffers: [(address: UInt64, length: UInt32)] = [
    (4 << 20, 1), (0x3F_FFFF, 2), (0xFEE0_0000, 4), (.max, 2), (.max - 1, 8),
  ]

  @Test("a buffer that is not in RAM stops the device", arguments: unreachableBuffers)
  func unreachable(address: UInt64, length: UInt32) throws {
    try expectBroken(by: [Descriptor(address: address, length: length)])
  }

  @Test("a buffer to read after one to write stops the device")
  func order() throws {
    try expectBroken(by: [
      Descriptor(address: 0x8000, length: 1, flags: Descriptor.write),
      Descriptor(address: 0x8000, length: 1),
    ])
  }

  @Test("an indirect table that was not negotiated stops the device")
  func indirectNotNegotiated() throws {
    try expectBroken(
      by: [Descriptor(address: 0x9000, length: 16, flags: Descriptor.indirect)], features: 0)
  }

  @Test("an indirect table of an odd size, of none, or with a successor stops the device")
  func badIndirectTables() throws {
    driver.store(Descriptor(address: 0x8000, length: 1), at: 0x9000)
    let flags = Descriptor.indirect
    try expectBroken(by: [Descriptor(address: 0x9000, length: 24, flags: flags)])
    try expectBroken(by: [Descriptor(address: 0x9000, length: 0, flags: flags)])
    try expectBroken(by: [
      Descriptor(address: 0x9000, length: 16, flags: flags), Descriptor(address: 0x8000, length: 1),
    ])
  }

  @Test("an indirect table in an indirect table stops the device")
  func nestedIndirect() throws {
    driver.store(Descriptor(address: 0x9000, length: 16, flags: Descriptor.indirect), at: 0x9000)
    try expectBroken(by: [Descriptor(address: 0x9000, length: 16, flags: Descriptor.indirect)])
  }

  @Test("a loop within an indirect table stops the device")
  func indirectLoop() throws {
    driver.store(Descriptor(address: 0x8000, length: 1, flags: Descriptor.next, next: 0), at: 0x9000)
    try expectBroken(by: [Descriptor(address: 0x9000, length: 16, flags: Descriptor.indirect)])
  }

  @Test("an indirect table that is not in RAM stops the device")
  func unreachableIndirect() throws {
    try expectBroken(by: [
      Descriptor(address: UInt64.max - 15, length: 0xFFFF_FFF0, flags: Descriptor.indirect)
    ])
  }

  @Test("a chain of more than 4 GiB stops the device")
  func tooLarge() throws {
    try expectBroken(by: [
      Descriptor(address: 0, length: .max), Descriptor(address: 0, length: .max),
    ])
  }

  @Test("an available index that is more than the queue ahead stops the device")
  func availableIndex() throws {
    try start()
    driver.memory.store(UInt16(9), at: try driver.place(output).available + 2)
    try driver.notify(output)
    #expect(try isBroken())
    #expect(console.bytes.isEmpty)
  }

  @Test("rings that are not in RAM stop the device")
  func unreachableRings() throws {
    #expect(try driver.negotiate(VirtioDriver.version1))
    try driver.setCommon(0x16, .word, 1)
    try driver.setCommon(0x20, .quadword, 1 << 46)
    try driver.setCommon(0x28, .quadword, 1 << 46)
    try driver.setCommon(0x30, .quadword, 1 << 46)
    try driver.setCommon(0x1C, .word, 1)
    try driver.setStatus(15)
    #expect(try isBroken())
  }

  // MARK: Hostile rings

  @Test("random rings neither trap nor hang, and a reset heals", arguments: 0..<24)
  func randomRings(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let disk = MemoryBlockBackend(sectors: 64)
    let devices: [any VirtioDevice] = [
      VirtioConsole(columns: 1, rows: 1, backend: console), VirtioEntropy(seed: seed),
      VirtioBlock(identifier: "random", backend: disk),
    ]
    for device in devices {
      let driver = try VirtioDriver(device)
      if let console = device as? VirtioConsole { console.receive(random.bytes(5000)) }
      for _ in 0..<40 {
        try driver.start(
          features: VirtioDriver.version1 | VirtioDriver.indirect | (seed & 1) << 29,
          queues: Array(0..<UInt16(device.queueSizes.count)))
        let queue = UInt16(truncatingIfNeeded: random.next() % UInt64(device.queueSizes.count))
        try fill(queue, of: driver, with: &random)
        for _ in 0..<4 { try driver.notify(queue) }
      }
      #expect(try driver.negotiate(VirtioDriver.version1))
    }
  }

  /// Fills a queue with descriptors that are a little plausible, so that walks get far: most addresses are in the
  /// first 256 KiB, where the rings themselves are.
  private func fill(_ queue: UInt16, of driver: VirtioDriver, with random: inout SeededGenerator) throws {
    let place = try driver.place(queue)
    for table in [place.descriptors, 0x9000] {
      for index in 0..<UInt64(place.size) {
        let bits = random.next()
        let isTable = bits & 0x700 == 0x700
        let address = isTable ? 0x9000 : bits & 0x800 == 0 ? random.next() & 0x3_FFFF : random.next()
        let lengths: [UInt32] = [16, 32, 128, 512, 1024, 1, 0, UInt32(truncatingIfNeeded: bits >> 32)]
        driver.store(
          Descriptor(
            address: address, length: isTable ? 128 : lengths[Int(bits >> 4 & 7)],
            flags: UInt16(bits & 3) | (isTable ? Descriptor.indirect : 0), next: UInt16(bits >> 16 & 15)),
          at: table + index * 16)
      }
    }
    for _ in 0..<random.next() % 12 {
      try driver.makeAvailable(UInt16(truncatingIfNeeded: random.next() % 9), queue: queue)
    }
    if random.next() & 7 == 0 {
      driver.memory.store(UInt16(truncatingIfNeeded: random.next()), at: place.available + 2)
    }
  }

  @Test("random register accesses neither trap nor hang", arguments: 0..<8)
  func randomRegisters(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let driver = try VirtioDriver(VirtioBlock(identifier: "random", backend: MemoryBlockBackend(sectors: 8)))
    for _ in 0..<20_000 {
      let bits = random.next()
      let width = AccessWidth.allCases[Int(bits & 3)]
      let offset = bits & 4 == 0 ? bits >> 8 & 0x3F : bits >> 8 & 0x3FFF
      let register = Int(bits >> 40 & 1)
      let value = bits & 8 == 0 ? random.next() & 0xF : random.next()
      switch bits >> 4 & 3 {
      case 0: _ = driver.function.readRegion(register, offset: offset, width: width)
      case 1, 2: driver.function.writeRegion(register, offset: offset, width: width, value: value)
      default:
        let place = Int(offset & 0xFFF)
        driver.function.writeConfiguration(place, width: width, value: UInt32(truncatingIfNeeded: value))
        _ = driver.function.readConfiguration(place, width: width)
      }
    }
    driver.function.reset()
    driver.function.writeConfiguration(PCIRegister.command, width: .word, value: 0b110)
    #expect(try driver.negotiate(VirtioDriver.version1))
  }

  @Test("a ring that the device itself keeps full by its writes ends the turn")
  func selfFeedingRing() throws {
    let driver = try VirtioDriver(CountingDevice(firstCount: 2))
    try driver.start()
    let place = try driver.place(0)
    // The device's answer to every request is that there is one more.
    try driver.add([Descriptor(address: place.available + 2, length: 2, flags: Descriptor.write)])
    try driver.notify()
    #expect(try driver.takeUsed().count == Int(place.size))
    #expect(try driver.status == 15)
  }
}

/// A device that answers each request with 16 bits that count up.
private final class CountingDevice: VirtioDevice {
  let type = VirtioDeviceType.entropy
  let classCode: UInt32 = 0xFF_00_00
  let offeredFeatures: VirtioFeatures = []
  let queueSizes: [UInt16] = [8]
  let configuration: [UInt8] = []
  weak var transport: (any VirtioTransport)?
  private var count: UInt16

  init(firstCount: UInt16) { count = firstCount }

  func service(_ queue: Virtqueue, index: Int) throws(VirtqueueError) {
    while let chain = try queue.next() {
      let written = try chain.write([UInt8(truncatingIfNeeded: count), UInt8(count >> 8)], at: 0)
      count &+= 1
      try queue.complete(chain, written: UInt32(written))
    }
  }

  func reset() {}
  func save(to writer: inout StateWriter) {}
  func restore(from reader: inout StateReader) throws(StateError) {}
}
