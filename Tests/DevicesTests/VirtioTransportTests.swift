import Bus
import Testing

@testable import Devices

@Suite("Virtio over PCI")
struct VirtioTransportTests {
  private let driver: VirtioDriver

  init() throws { driver = try VirtioDriver(VirtioEntropy(seed: 1)) }

  private static let needsReset: UInt64 = 1 << 6

  // MARK: Identity

  @Test("the identifiers are those of a modern device")
  func identity() {
    #expect(driver.function.readConfiguration(0, width: .doubleword) == 0x1044_1AF4)
    #expect(driver.function.readConfiguration(PCIRegister.revisionID, width: .byte) == 1)
    #expect(driver.function.readConfiguration(PCIRegister.subsystemID, width: .word) >= 0x40)
  }

  @Test("every structure lies in its register's range, apart from the others, as its alignment demands")
  func structures() throws {
    var ends: UInt64 = 0
    for type: UInt32 in [1, 3, 2] {
      let place = try driver.structure(type)
      let register = try #require(driver.function.endpoint.baseAddressRegisters[place.baseAddressRegister])
      #expect(place.offset % 4 == 0 && place.length > 0)
      #expect(place.offset >= ends && place.offset + place.length <= register.size)
      ends = place.offset + place.length
    }
    #expect(throws: VirtioDriver.MissingStructure.self) { try driver.structure(4) }
    let console = try VirtioDriver(VirtioConsole(columns: 80, rows: 25, backend: CollectingConsole()))
    #expect(try console.structure(4).length == 4)
  }

  // MARK: Features and status

  @Test("version 1, event index and indirect descriptors are offered, and no packed ring")
  func features() throws {
    #expect(try driver.offeredFeatures == 1 << 32 | 1 << 29 | 1 << 28)
  }

  @Test("FEATURES_OK is refused without version 1 and for features that were not offered")
  func negotiation() throws {
    #expect(try driver.negotiate(VirtioDriver.version1))
    #expect(try !driver.negotiate(0))
    #expect(try !driver.negotiate(VirtioDriver.version1 | 1 << 34))
  }

  @Test("features cannot be changed once agreed")
  func featuresAreFixed() throws {
    #expect(try driver.negotiate(VirtioDriver.version1))
    try driver.setCommon(0x08, .doubleword, 0)
    try driver.setCommon(0x0C, .doubleword, VirtioDriver.eventIndex)
    #expect(try driver.common(0x0C, .doubleword) == 0)
  }

  @Test("status zero resets the function, but not its PCI side")
  func statusReset() throws {
    try driver.start()
    try driver.setStatus(0)
    #expect(try driver.status == 0)
    try driver.setCommon(0x16, .word, 0)
    #expect(try driver.common(0x1C, .word) == 0)
    #expect(try driver.common(0x1A, .word) == 0xFFFF)
    #expect(try driver.common(0x20, .quadword) == 0)
    #expect(driver.function.endpoint.usesMessages)
  }

  // MARK: Queue registers

  @Test("a queue that does not exist has size zero, and writes to it change nothing")
  func missingQueue() throws {
    try driver.setCommon(0x16, .word, 1)
    #expect(try driver.common(0x18, .word) == 0)
    try driver.setCommon(0x1C, .word, 1)
    try driver.setCommon(0x20, .doubleword, 0x1000)
    #expect(try driver.common(0x1C, .word) == 0)
    try driver.setCommon(0x16, .word, 0)
    #expect(try driver.common(0x18, .word) == 64)
    #expect(try driver.common(0x20, .quadword) == 0)
  }

  @Test("addresses are written whole or in halves, and are fixed once the queue is enabled")
  func queueAddresses() throws {
    try driver.setCommon(0x28, .quadword, 0x1_2345_6788)
    #expect(try driver.common(0x28, .doubleword) == 0x2345_6788)
    #expect(try driver.common(0x2C, .doubleword) == 1)
    try driver.setCommon(0x2C, .doubleword, 7)
    #expect(try driver.common(0x28, .quadword) == 0x7_2345_6788)
    try driver.setCommon(0x1C, .word, 1)
    try driver.setCommon(0x28, .doubleword, 0)
    #expect(try driver.common(0x28, .quadword) == 0x7_2345_6788)
    #expect(try driver.common(0x2A, .byte) == 0x45, "reads of any part")
  }

  private struct Layout: Sendable {
    var size: UInt64 = 8
    var descriptors: UInt64 = 0x1000
    var available: UInt64 = 0x2000
    var used: UInt64 = 0x3000
  }

  private static let badLayouts = [
    Layout(size: 0), Layout(size: 3), Layout(size: 128), Layout(descriptors: 0x1008),
    Layout(available: 0x2001), Layout(used: 0x3002),
  ]

  @Test("a queue with a layout that the specification forbids stops the device", arguments: badLayouts)
  private func badLayout(_ layout: Layout) throws {
    #expect(try driver.negotiate(VirtioDriver.version1))
    try driver.setCommon(0x18, .word, layout.size)
    try driver.setCommon(0x20, .quadword, layout.descriptors)
    try driver.setCommon(0x28, .quadword, layout.available)
    try driver.setCommon(0x30, .quadword, layout.used)
    try driver.setCommon(0x1C, .word, 1)
    #expect(try driver.common(0x1C, .word) == 0)
    #expect(try driver.status & Self.needsReset != 0)
    try driver.setStatus(0)
    #expect(try driver.status == 0, "a reset heals")
  }

  @Test("a vector that the function does not have reads back as none")
  func vectors() throws {
    try driver.setCommon(0x10, .word, 1)
    #expect(try driver.common(0x10, .word) == 1)
    try driver.setCommon(0x10, .word, 2)
    #expect(try driver.common(0x10, .word) == 0xFFFF)
  }

  // MARK: Notifications and interrupts

  private let buffer = VirtioDriver.Descriptor(
    address: 0x8000, length: 16, flags: VirtioDriver.Descriptor.write)

  @Test("nothing is taken before DRIVER_OK, and what waited is taken then")
  func driverOK() throws {
    #expect(try driver.negotiate(VirtioDriver.version1))
    try driver.enableQueue(0)
    try driver.add([buffer])
    try driver.notify()
    #expect(try driver.takeUsed().isEmpty)
    try driver.setStatus(15)
    #expect(try driver.takeUsed() == [.init(head: 0, written: 16)])
  }

  @Test("nothing is taken while the function is no bus master")
  func busMaster() throws {
    try driver.start()
    try driver.add([buffer])
    driver.function.writeConfiguration(PCIRegister.command, width: .word, value: 0b010)
    try driver.notify()
    #expect(try driver.takeUsed().isEmpty)
    #expect(try driver.status == 15)
    driver.function.writeConfiguration(PCIRegister.command, width: .word, value: 0b110)
    try driver.notify()
    #expect(try driver.takeUsed().count == 1)
  }

  @Test("with messages, a completion sends the queue's vector and leaves the pin alone")
  func messages() throws {
    try driver.start()
    try driver.add([buffer])
    try driver.notify()
    #expect(driver.recorder.messages == [0x41])
    #expect(!driver.recorder.isLineAsserted)
    #expect(try driver.takeInterruptStatus() == 0)
    try driver.notify()
    #expect(driver.recorder.messages == [0x41], "nothing done, nothing said")
  }

  @Test("without messages, a completion asserts the pin until the ISR status is read")
  func pin() throws {
    #expect(try driver.negotiate(VirtioDriver.version1))
    try driver.enableQueue(0)
    try driver.setStatus(15)
    try driver.add([buffer])
    try driver.notify()
    #expect(driver.recorder.isLineAsserted)
    #expect(driver.function.readConfiguration(PCIRegister.status, width: .word) & 1 << 3 != 0)
    #expect(try driver.takeInterruptStatus() == 1)
    #expect(!driver.recorder.isLineAsserted)
    #expect(try driver.takeInterruptStatus() == 0)
  }

  @Test("a change of the configuration raises its vector and its ISR bit, and counts a generation")
  func configurationChange() throws {
    let console = VirtioConsole(columns: 80, rows: 25, backend: CollectingConsole())
    let driver = try VirtioDriver(console)
    try driver.start(features: VirtioDriver.version1 | 1, queues: [0, 1])
    let generation = try driver.common(0x15, .byte)
    console.resize(columns: 132, rows: 50)
    #expect(try driver.common(0x15, .byte) == (generation + 1) & 0xFF)
    #expect(driver.recorder.messages == [0x40])
    #expect(try driver.takeInterruptStatus() == 2)
    #expect(try driver.deviceConfiguration(0, .doubleword) == 50 << 16 | 132)
    console.resize(columns: 132, rows: 50)
    #expect(driver.recorder.messages == [0x40], "no change")
  }

  @Test("writes to where no notification register is do nothing")
  func strayNotification() throws {
    try driver.start()
    let place = try driver.structure(2)
    try driver.add([buffer])
    driver.function.writeRegion(
      place.baseAddressRegister, offset: place.offset + 0xFFC, width: .doubleword, value: 0)
    #expect(try driver.takeUsed().isEmpty)
    #expect(try driver.status == 15)
  }

  // MARK: Access through configuration space

  @Test("registers in memory can be reached through configuration space")
  func configurationAccess() throws {
    let access = try driver.structure(5).capability
    let common = try driver.structure(1)
    func select(offset: UInt64, length: UInt32) {
      let function = driver.function
      function.writeConfiguration(access + 4, width: .byte, value: UInt32(common.baseAddressRegister))
      function.writeConfiguration(access + 8, width: .doubleword, value: UInt32(common.offset + offset))
      function.writeConfiguration(access + 12, width: .doubleword, value: length)
    }
    select(offset: 0x14, length: 1)
    driver.function.writeConfiguration(access + 16, width: .doubleword, value: 3)
    #expect(try driver.status == 3)
    #expect(driver.function.readConfiguration(access + 16, width: .byte) == 3)
    select(offset: 0x12, length: 2)
    #expect(driver.function.readConfiguration(access + 16, width: .word) == 1)
  }

  private static let badPlaces: [(register: UInt32, offset: UInt32, length: UInt32)] = [
    (0, 0x14, 3), (0, 0x14, 0), (0, 0x14, 8), (0, 0x15, 4), (0, 0x4000, 4), (0, 0xFFFF_FFFC, 4), (2, 0, 4),
    (6, 0, 4), (255, 0, 4), (0, 0, 0xFFFF_FFFF),
  ]

  @Test("an access through configuration space to a bad place reaches nothing", arguments: badPlaces)
  func badConfigurationAccess(register: UInt32, offset: UInt32, length: UInt32) throws {
    let access = try driver.structure(5).capability
    driver.function.writeConfiguration(access + 4, width: .byte, value: register)
    driver.function.writeConfiguration(access + 8, width: .doubleword, value: offset)
    driver.function.writeConfiguration(access + 12, width: .doubleword, value: length)
    driver.function.writeConfiguration(access + 16, width: .doubleword, value: 0xFFFF_FFFF)
    #expect(driver.function.readConfiguration(access + 16, width: .doubleword) == 0)
    #expect(try driver.status == 0)
  }

  // MARK: State

  @Test("a driver goes on with a function that was restored")
  func state() throws {
    try driver.start(features: VirtioDriver.version1 | VirtioDriver.eventIndex)
    try driver.add([buffer])
    try driver.notify()
    var writer = StateWriter()
    driver.function.save(to: &writer)

    try driver.add([buffer])
    try driver.notify()
    let expected = driver.bytes(at: 0x8000, count: 16)
    driver.setBytes([UInt8](repeating: 0, count: 16), at: 0x8000)
    _ = try driver.takeUsed()

    driver.function.reset()
    #expect(try driver.status == 0)
    var reader = StateReader(writer.bytes)
    try driver.function.restore(from: &reader)
    #expect(try driver.status == 15)
    try driver.notify()
    #expect(driver.bytes(at: 0x8000, count: 16) == expected, "the same request, the same bytes")

    #expect(throws: StateError.truncated) {
      var reader = StateReader(Array(writer.bytes.dropLast()))
      try driver.function.restore(from: &reader)
    }
  }
}
