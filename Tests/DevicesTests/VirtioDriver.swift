import Bus
import Testing

@testable import Devices

/// Records what arrives where messages and wires lead to.
final class InterruptRecorder: MessageInterruptSink, InterruptController {
  private(set) var messages: [UInt32] = []
  private(set) var isLineAsserted = false

  func deliver(address: UInt64, data: UInt32) { messages.append(data) }
  func setLine(_ number: Int, asserted: Bool) { isLineAsserted = asserted }
  func forgetMessages() { messages.removeAll() }
}

/// The guest's side of a virtio function: a driver that finds everything as the specification tells it to, and
/// that can break the rules when a test wants it to.
final class VirtioDriver {
  /// A structure that a capability told of.
  struct Structure: Equatable {
    let baseAddressRegister: Int
    let offset: UInt64
    let length: UInt64
    let capability: Int
  }

  /// Where the driver keeps its queues: each has a run of memory of its own.
  struct QueuePlace {
    let descriptors: UInt64
    let available: UInt64
    let used: UInt64
    let size: UInt16

    init(index: UInt16, size: UInt16) {
      let base = 0x10_000 + UInt64(index) * 0x10_000
      descriptors = base
      available = base + 0x4000
      used = base + 0x8000
      self.size = size
    }
  }

  struct Descriptor {
    var address: UInt64
    var length: UInt32
    var flags: UInt16 = 0
    var next: UInt16 = 0

    static let next: UInt16 = 1
    static let write: UInt16 = 2
    static let indirect: UInt16 = 4
  }

  struct Used: Equatable {
    let head: UInt32
    let written: UInt32
  }

  static let version1: UInt64 = 1 << 32
  static let eventIndex: UInt64 = 1 << 29
  static let indirect: UInt64 = 1 << 28

  let memory: GuestMemory
  let recorder: InterruptRecorder
  let function: VirtioPCITransport
  private var queues: [UInt16: QueuePlace] = [:]
  private var nextAvailable: [UInt16: UInt16] = [:]
  private var nextUsed: [UInt16: UInt16] = [:]

  init(_ device: any VirtioDevice) throws {
    memory = try #require(GuestMemory(size: 4 << 20))
    recorder = InterruptRecorder()
    let slot = PCISlot(
      address: PCIAddress(index: 8), memory: memory, messages: recorder, interrupts: recorder)
    function = VirtioPCITransport(name: "virtio-test0", slot: slot, device: device)
    function.writeConfiguration(PCIRegister.command, width: .word, value: 0b110)
  }

  // MARK: Capabilities

  /// The structure of a type, from the first capability that tells of one.
  func structure(_ type: UInt32) throws -> Structure {
    var offset = Int(function.readConfiguration(PCIRegister.capabilitiesPointer, width: .byte))
    while offset != 0 {
      if function.readConfiguration(offset, width: .byte) == 0x09,
        function.readConfiguration(offset + 3, width: .byte) == type
      {
        return Structure(
          baseAddressRegister: Int(function.readConfiguration(offset + 4, width: .byte)),
          offset: UInt64(function.readConfiguration(offset + 8, width: .doubleword)),
          length: UInt64(function.readConfiguration(offset + 12, width: .doubleword)), capability: offset)
      }
      offset = Int(function.readConfiguration(offset + 1, width: .byte))
    }
    throw MissingStructure(type: type)
  }

  struct MissingStructure: Error {
    let type: UInt32
  }

  func read(_ type: UInt32, _ offset: UInt64, _ width: AccessWidth) throws -> UInt64 {
    let place = try structure(type)
    return function.readRegion(place.baseAddressRegister, offset: place.offset + offset, width: width)
  }

  func write(_ type: UInt32, _ offset: UInt64, _ width: AccessWidth, _ value: UInt64) throws {
    let place = try structure(type)
    function.writeRegion(place.baseAddressRegister, offset: place.offset + offset, width: width, value: value)
  }

  func common(_ offset: UInt64, _ width: AccessWidth) throws -> UInt64 { try read(1, offset, width) }
  func setCommon(_ offset: UInt64, _ width: AccessWidth, _ value: UInt64) throws {
    try write(1, offset, width, value)
  }
  func deviceConfiguration(_ offset: UInt64, _ width: AccessWidth) throws -> UInt64 {
    try read(4, offset, width)
  }
  func takeInterruptStatus() throws -> UInt64 { try read(3, 0, .byte) }

  // MARK: Set-up

  var status: UInt64 {
    get throws { try common(0x14, .byte) }
  }

  func setStatus(_ value: UInt64) throws { try setCommon(0x14, .byte, value) }

  var offeredFeatures: UInt64 {
    get throws {
      try setCommon(0x00, .doubleword, 0)
      let low = try common(0x04, .doubleword)
      try setCommon(0x00, .doubleword, 1)
      return try common(0x04, .doubleword) << 32 | low
    }
  }

  /// Accepts features; returns whether the device agreed.
  func negotiate(_ features: UInt64) throws -> Bool {
    try setStatus(0)
    try setStatus(1)
    try setStatus(3)
    for half: UInt64 in 0...1 {
      try setCommon(0x08, .doubleword, half)
      try setCommon(0x0C, .doubleword, features >> (half * 32) & 0xFFFF_FFFF)
    }
    try setStatus(11)
    return try status == 11
  }

  /// Takes all messages of the device, in the order of vectors: data 0x40 for configuration, then the queues.
  func enableMessages() throws {
    let queueCount = try common(0x12, .word)
    for vector in 0...queueCount {
      let entry = vector * 16
      function.writeRegion(1, offset: entry, width: .quadword, value: 0xFEE0_0000)
      function.writeRegion(1, offset: entry + 8, width: .quadword, value: 0x40 + vector)
    }
    try setCommon(0x10, .word, 0)
    for queue in 0..<queueCount {
      try setCommon(0x16, .word, queue)
      try setCommon(0x1A, .word, queue + 1)
    }
    function.writeConfiguration(try messageControl(), width: .word, value: 1 << 15)
  }

  private func messageControl() throws -> Int {
    var offset = Int(function.readConfiguration(PCIRegister.capabilitiesPointer, width: .byte))
    while offset != 0 {
      if function.readConfiguration(offset, width: .byte) == 0x11 { return offset + 2 }
      offset = Int(function.readConfiguration(offset + 1, width: .byte))
    }
    throw MissingStructure(type: 0x11)
  }

  func enableQueue(_ index: UInt16, size: UInt16 = 8) throws {
    let place = QueuePlace(index: index, size: size)
    setBytes([UInt8](repeating: 0, count: 0x10_000), at: place.descriptors)
    queues[index] = place
    nextAvailable[index] = 0
    nextUsed[index] = 0
    try setCommon(0x16, .word, UInt64(index))
    try setCommon(0x18, .word, UInt64(size))
    for (offset, address) in [(0x20, place.descriptors), (0x28, place.available), (0x30, place.used)] {
      try setCommon(UInt64(offset), .doubleword, address & 0xFFFF_FFFF)
      try setCommon(UInt64(offset) + 4, .doubleword, address >> 32)
    }
    try setCommon(0x1C, .word, 1)
  }

  /// Does all that comes before the first request.
  func start(features: UInt64 = VirtioDriver.version1, queues: [UInt16] = [0]) throws {
    try #require(try negotiate(features))
    for queue in queues { try enableQueue(queue) }
    try enableMessages()
    try setStatus(15)
  }

  // MARK: Requests

  func place(_ queue: UInt16) throws -> QueuePlace { try #require(queues[queue]) }

  func store(_ descriptor: Descriptor, at address: UInt64) {
    memory.store(descriptor.address, at: address)
    memory.store(descriptor.length, at: address + 8)
    memory.store(descriptor.flags, at: address + 12)
    memory.store(descriptor.next, at: address + 14)
  }

  /// Puts descriptors into the queue's table, from `head` on and linked one to the next, and makes them available.
  func add(_ descriptors: [Descriptor], queue: UInt16 = 0, head: UInt16 = 0) throws {
    let place = try place(queue)
    for (index, descriptor) in descriptors.enumerated() {
      var linked = descriptor
      if index + 1 < descriptors.count {
        linked.flags |= Descriptor.next
        linked.next = head + UInt16(index) + 1
      }
      store(linked, at: place.descriptors + UInt64(Int(head) + index) * 16)
    }
    try makeAvailable(head, queue: queue)
  }

  func makeAvailable(_ head: UInt16, queue: UInt16 = 0) throws {
    let place = try place(queue)
    let index = nextAvailable[queue] ?? 0
    memory.store(head, at: place.available + 4 + UInt64(index % place.size) * 2)
    memory.store(index &+ 1, at: place.available + 2)
    nextAvailable[queue] = index &+ 1
  }

  func notify(_ queue: UInt16 = 0) throws {
    try setCommon(0x16, .word, UInt64(queue))
    let place = try structure(2)
    let multiplier = function.readConfiguration(place.capability + 16, width: .doubleword)
    let offset = try common(0x1E, .word) * UInt64(multiplier)
    #expect(offset + 2 <= place.length)
    function.writeRegion(
      place.baseAddressRegister, offset: place.offset + offset, width: .word, value: UInt64(queue))
  }

  /// The chains that came back since the last call.
  func takeUsed(_ queue: UInt16 = 0) throws -> [Used] {
    let place = try place(queue)
    let end: UInt16 = try #require(memory.load(place.used + 2))
    var index = nextUsed[queue] ?? 0
    var result: [Used] = []
    while index != end {
      let entry = place.used + 4 + UInt64(index % place.size) * 8
      result.append(
        Used(head: try #require(memory.load(entry)), written: try #require(memory.load(entry + 4))))
      index &+= 1
    }
    nextUsed[queue] = index
    return result
  }

  func setBytes(_ bytes: [UInt8], at address: UInt64) {
    #expect(bytes.withUnsafeBytes { memory.write(address, from: $0) })
  }

  func bytes(at address: UInt64, count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    #expect(bytes.withUnsafeMutableBytes { memory.read(address, into: $0) })
    return bytes
  }
}
