import Bus
import Foundation
import Testing

@testable import Devices

@Suite("Virtio block")
struct VirtioBlockTests {
  private typealias Descriptor = VirtioDriver.Descriptor

  private enum Request {
    static let read: UInt32 = 0
    static let write: UInt32 = 1
    static let flush: UInt32 = 4
    static let identify: UInt32 = 8
  }

  private static let header: UInt64 = 0x6000
  private static let status: UInt64 = 0x6800
  private static let data: UInt64 = 0x10_0000
  private static let flushFeature: UInt64 = 1 << 9
  private static let readOnlyFeature: UInt64 = 1 << 5

  private func makeDriver(_ backend: any BlockBackend) throws -> VirtioDriver {
    let driver = try VirtioDriver(VirtioBlock(identifier: "strata-disk-0123456789", backend: backend))
    try driver.start(features: VirtioDriver.version1 | Self.flushFeature)
    return driver
  }

  /// Makes one request; returns its status and the number of bytes that the device says it wrote.
  private func request(
    _ type: UInt32, sector: UInt64 = 0, _ buffers: [Descriptor] = [], on driver: VirtioDriver
  ) throws -> (status: UInt8, written: UInt32) {
    driver.memory.store(type, at: Self.header)
    driver.memory.store(UInt32(0), at: Self.header + 4)
    driver.memory.store(sector, at: Self.header + 8)
    driver.memory.store(UInt8(0xEE), at: Self.status)
    let status = Descriptor(address: Self.status, length: 1, flags: Descriptor.write)
    try driver.add([Descriptor(address: Self.header, length: 16)] + buffers + [status])
    try driver.notify()
    let used = try driver.takeUsed()
    try #require(used.count == 1)
    return (try #require(driver.memory.load(Self.status)), used[0].written)
  }

  private func toDevice(_ length: UInt32, at address: UInt64 = data) -> [Descriptor] {
    [Descriptor(address: address, length: length)]
  }

  private func toDriver(_ length: UInt32, at address: UInt64 = data) -> [Descriptor] {
    [Descriptor(address: address, length: length, flags: Descriptor.write)]
  }

  // MARK: Configuration

  @Test("the configuration tells capacity, limits and block size")
  func configuration() throws {
    let driver = try makeDriver(MemoryBlockBackend(sectors: 12_345))
    #expect(try driver.deviceConfiguration(0, .doubleword) == 12_345)
    #expect(try driver.deviceConfiguration(4, .doubleword) == 0)
    #expect(try driver.deviceConfiguration(8, .doubleword) == 65_536)
    #expect(try driver.deviceConfiguration(12, .doubleword) == 254)
    #expect(try driver.deviceConfiguration(20, .doubleword) == 512)
    #expect(try driver.deviceConfiguration(22, .quadword) == 0, "zero behind the end")
    #expect(try driver.offeredFeatures & Self.readOnlyFeature == 0)
    #expect(try driver.offeredFeatures & Self.flushFeature != 0)
  }

  // MARK: Requests

  @Test("what is written is read back, from buffers of any shape")
  func roundTrip() throws {
    let disk = MemoryBlockBackend(sectors: 2048)
    let driver = try makeDriver(disk)
    var random = SeededGenerator(seed: 7)
    let content = random.bytes(300 * 512)
    driver.setBytes(content, at: Self.data)
    let pieces = [
      Descriptor(address: Self.data, length: 100), Descriptor(address: Self.data + 100, length: 150_000),
      Descriptor(address: Self.data + 150_100, length: 3500),
    ]
    #expect(try request(Request.write, sector: 40, pieces, on: driver) == (0, 1))
    #expect(Array(disk.bytes[40 * 512..<340 * 512]) == content)

    let target = Self.data + 0x8_0000
    let into = toDriver(1, at: target) + toDriver(300 * 512 - 1, at: target + 1)
    #expect(try request(Request.read, sector: 40, into, on: driver) == (0, 300 * 512 + 1))
    #expect(driver.bytes(at: target, count: content.count) == content)
  }

  @Test("the header may be split and the status may share a buffer with the data")
  func framing() throws {
    let disk = MemoryBlockBackend(sectors: 4)
    disk.bytes[512] = 0xAB
    let driver = try makeDriver(disk)
    driver.memory.store(UInt64(Request.read), at: Self.header)
    driver.memory.store(UInt64(1), at: Self.header + 8)
    driver.memory.store(UInt8(0xEE), at: Self.data + 512)
    try driver.add(
      [Descriptor(address: Self.header, length: 9), Descriptor(address: Self.header + 9, length: 7)]
        + toDriver(513))
    try driver.notify()
    #expect(try driver.takeUsed() == [.init(head: 0, written: 513)])
    #expect(driver.memory.load(Self.data, as: UInt8.self) == 0xAB)
    #expect(driver.memory.load(Self.data + 512, as: UInt8.self) == 0)
  }

  @Test("flush reaches the backend, and its failure the driver")
  func flush() throws {
    let disk = MemoryBlockBackend(sectors: 4)
    let driver = try makeDriver(disk)
    #expect(try request(Request.flush, on: driver) == (0, 1))
    #expect(disk.flushCount == 1)
    disk.failure = .host(errno: 5)
    #expect(try request(Request.flush, on: driver) == (1, 1))
  }

  @Test("the identifier has 20 bytes")
  func identifier() throws {
    let driver = try makeDriver(MemoryBlockBackend(sectors: 4))
    #expect(try request(Request.identify, toDriver(20), on: driver) == (0, 21))
    #expect(driver.bytes(at: Self.data, count: 20) == Array("strata-disk-01234567".utf8))
  }

  @Test("unknown requests are unsupported")
  func unsupported() throws {
    let driver = try makeDriver(MemoryBlockBackend(sectors: 4))
    #expect(try request(11, toDevice(16), on: driver) == (2, 1))
    #expect(try request(0xFFFF_FFFF, on: driver) == (2, 1))
  }

  // MARK: Errors

  private static let missingSectors: [(sector: UInt64, length: UInt32)] = [
    (4, 512), (3, 1024), (.max, 512), (.max / 512, 512), (0, 2560),
  ]

  @Test("requests for sectors that the disk does not have fail", arguments: missingSectors)
  func outOfRange(sector: UInt64, length: UInt32) throws {
    let driver = try makeDriver(MemoryBlockBackend(sectors: 4))
    #expect(try request(Request.read, sector: sector, toDriver(length), on: driver) == (1, 1))
    #expect(try request(Request.write, sector: sector, toDevice(length), on: driver) == (1, 1))
    #expect(try driver.status == 15, "an error of a request is none of the device")
  }

  @Test("requests for parts of sectors fail")
  func partialSectors() throws {
    let driver = try makeDriver(MemoryBlockBackend(sectors: 4))
    #expect(try request(Request.read, toDriver(511), on: driver) == (1, 1))
    #expect(try request(Request.write, toDevice(513), on: driver) == (1, 1))
  }

  @Test("failures of the backend are I/O errors")
  func backendFailure() throws {
    let disk = MemoryBlockBackend(sectors: 4)
    let driver = try makeDriver(disk)
    disk.failure = .host(errno: 28)
    #expect(try request(Request.read, toDriver(512), on: driver).status == 1)
    #expect(try request(Request.write, toDevice(512), on: driver).status == 1)
    disk.failure = nil
    #expect(try request(Request.write, toDevice(512), on: driver).status == 0)
  }

  @Test("a read-only disk says so and refuses writes")
  func readOnly() throws {
    let disk = MemoryBlockBackend(sectors: 4, isReadOnly: true)
    let driver = try makeDriver(disk)
    #expect(try driver.offeredFeatures & Self.readOnlyFeature != 0)
    driver.setBytes([1], at: Self.data)
    #expect(try request(Request.write, toDevice(512), on: driver) == (1, 1))
    #expect(disk.bytes[0] == 0)
    #expect(try request(Request.read, toDriver(512), on: driver).status == 0)
  }

  @Test("a chain without a whole header or a status stops the device")
  func malformed() throws {
    for chain in [toDriver(512), toDevice(15) + toDriver(1), toDevice(528)] {
      let driver = try makeDriver(MemoryBlockBackend(sectors: 4))
      try driver.add(chain)
      try driver.notify()
      #expect(try driver.status & 1 << 6 != 0)
      #expect(try driver.takeUsed().isEmpty)
    }
  }

  @Test("data in no RAM stops the device and leaves the disk alone")
  func unreachableData() throws {
    let disk = MemoryBlockBackend(sectors: 4)
    let driver = try makeDriver(disk)
    driver.memory.store(UInt64(Request.write), at: Self.header)
    try driver.add(
      toDevice(16, at: Self.header) + toDevice(512, at: 0xD000_0000) + toDriver(1, at: Self.status))
    try driver.notify()
    #expect(try driver.status & 1 << 6 != 0)
    #expect(disk.bytes.allSatisfy { $0 == 0 })
  }
}

@Suite("Raw disk files")
struct FileBlockBackendTests {
  /// Gives `body` the path of a file with `bytes` in it.
  private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("strata-\(UUID().uuidString).img")
    try Data(bytes).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    try body(path.path)
  }

  @Test("sectors go to the file and come back")
  func roundTrip() throws {
    try withFile([UInt8](repeating: 7, count: 4096)) { path in
      let disk = try FileBlockBackend(path: path, access: .readWrite)
      #expect(disk.sectorCount == 8)
      let content = [UInt8](repeating: 0x5A, count: 1024)
      try content.withUnsafeBytes { try disk.write(sector: 3, from: $0) }
      try disk.flush()
      let file = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(file.count == 4096)
      #expect(file[1536..<2560] == Data(content))
      #expect(file[1535] == 7 && file[2560] == 7)
      var back = [UInt8](repeating: 0, count: 1024)
      try back.withUnsafeMutableBytes { try disk.read(sector: 3, into: $0) }
      #expect(back == content)
    }
  }

  @Test("a file that is opened for reading is not written")
  func readOnly() throws {
    try withFile([UInt8](repeating: 7, count: 512)) { path in
      let disk = try FileBlockBackend(path: path, access: .readOnly)
      #expect(disk.isReadOnly)
      let sector = [UInt8](repeating: 0, count: 512)
      #expect(throws: BlockError.readOnly) {
        try sector.withUnsafeBytes { try disk.write(sector: 0, from: $0) }
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)).allSatisfy { $0 == 7 })
    }
  }

  @Test("a file that may be written is open once; for reading it may be several times")
  func sharing() throws {
    try withFile([UInt8](repeating: 7, count: 512)) { path in
      let inUse = FileBlockBackendError.inUse(path: path)
      do {
        let disk = try FileBlockBackend(path: path, access: .readWrite)
        for access in [FileBlockBackend.Access.readOnly, .readWrite] {
          #expect(throws: inUse) { try FileBlockBackend(path: path, access: access) }
        }
        withExtendedLifetime(disk) {}
      }
      let readers = try (0..<2).map { _ in try FileBlockBackend(path: path, access: .readOnly) }
      #expect(throws: inUse) { try FileBlockBackend(path: path, access: .readWrite) }
      withExtendedLifetime(readers) {}
    }
  }

  @Test("accesses past the end are refused, also when the file shrinks")
  func pastTheEnd() throws {
    try withFile([UInt8](repeating: 7, count: 2048)) { path in
      let disk = try FileBlockBackend(path: path, access: .readWrite)
      var buffer = [UInt8](repeating: 0, count: 1024)
      #expect(throws: BlockError.outOfRange) {
        try buffer.withUnsafeMutableBytes { try disk.read(sector: 3, into: $0) }
      }
      #expect(throws: BlockError.outOfRange) {
        try buffer.withUnsafeBytes { try disk.write(sector: .max, from: $0) }
      }
      try Data(repeating: 7, count: 512).write(to: URL(fileURLWithPath: path), options: [])
      let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      try handle.truncate(atOffset: 512)
      try handle.close()
      #expect(throws: BlockError.host(errno: 0)) {
        try buffer.withUnsafeMutableBytes { try disk.read(sector: 1, into: $0) }
      }
    }
  }

  @Test("what cannot be a disk is refused, and the message names the file")
  func refused() throws {
    try withFile([1, 2, 3]) { path in
      #expect(throws: FileBlockBackendError.notWholeSectors(path: path, size: 3)) {
        try FileBlockBackend(path: path, access: .readOnly)
      }
    }
    try withFile([]) { path in
      #expect(throws: FileBlockBackendError.empty(path: path)) {
        try FileBlockBackend(path: path, access: .readOnly)
      }
    }
    let directory = FileManager.default.temporaryDirectory.path
    #expect(throws: FileBlockBackendError.notAFile(path: directory)) {
      try FileBlockBackend(path: directory, access: .readOnly)
    }
    let missing = FileBlockBackendError.cannotOpen(path: "/does/not/exist", errno: 2)
    #expect(throws: missing) { try FileBlockBackend(path: "/does/not/exist", access: .readWrite) }
    #expect(missing.description.contains("/does/not/exist"))
  }
}
