import Bus
import Devices
import Interfaces
import Testing

@Suite("A modem from power-on to mission mode")
struct MHIBootTests {
  @Test("Every personality shows the identifiers that Linux looks for", arguments: MHIPersonality.all)
  func identity(personality: MHIPersonality) throws {
    let host = try MHIHost(personality)
    let device = host.device
    #expect(
      device.readConfiguration(PCIRegister.vendorID, width: .word) == UInt32(personality.identity.vendor))
    #expect(
      device.readConfiguration(PCIRegister.deviceID, width: .word) == UInt32(personality.identity.device))
    #expect(device.readConfiguration(PCIRegister.classCode + 2, width: .byte) == 0xFF)
    #expect(MHIPersonality(named: personality.name)?.identity == personality.identity)
    #expect(host.environment == personality.startEnvironment)
  }

  @Test("A device that starts in mission mode is ready at once")
  func ready() throws {
    let host = try MHIHost()
    #expect(host.read(MHIRegister.status) == 0x0101)
    #expect(host.environment == .missionMode)
    #expect(host.read(MHIRegister.channelDoorbellOffset) == MHIRegisterMap.channelDoorbells)
    #expect(host.read(MHIRegister.eventDoorbellOffset) == MHIRegisterMap.eventDoorbells)
    #expect(host.read(MHIRegister.bhiOffset) == MHIRegisterMap.bhi)
    #expect(host.read(MHIRegister.control) == 0)
  }

  @Test("M0 is told with what runs on the device, by one interrupt of the ring's vector")
  func missionMode() throws {
    let host = try MHIHost()
    host.enableMessages(logOfCount: 5)
    host.setUp()
    host.freeEvents(0)
    host.request(.m0)
    #expect(host.state == .m0)
    #expect(host.status.isReady)
    #expect(host.peekEvents() == [.stateChange(to: .m0), .executionEnvironment(.missionMode)])
    #expect(host.takeInterrupts() == [1])
    #expect(host.device.statistics.violations == 0)
  }

  @Test("With one message, every vector is that one")
  func oneMessage() throws {
    let host = try MHIHost()
    host.setUp()
    host.freeEvents(0)
    host.request(.m0)
    #expect(host.takeInterrupts() == [0])
  }

  @Test("A reset forgets the rings, takes a while, and leads to READY")
  func reset() throws {
    let host = try MHIHost()
    host.boot()
    host.write(MHIRegisterMap.bhi + BHIRegister.interruptVector, 3)
    host.resetInterface()
    #expect(host.read(MHIRegister.control) & MHIControl.reset != 0)
    #expect(host.read(MHIRegister.status) == 0)
    #expect(host.read(MHIRegisterMap.bhi + BHIRegister.interruptVector) == 0)
    host.wait(10_000)
    #expect(host.read(MHIRegister.control) == 0)
    #expect(host.read(MHIRegister.status) == 0x0101)
    host.boot()
    #expect(host.state == .m0)
    #expect(host.open(.diag))
  }

  @Test("Pass-through becomes mission mode before the host hears of it")
  func passThrough() throws {
    var personality = MHIPersonality.default
    personality.startEnvironment = .passThrough
    let host = try MHIHost(personality)
    #expect(host.environment == .passThrough)
    #expect(host.read(MHIRegister.status) == 0x0101)
    host.setUp()
    host.freeEvents(0)
    host.request(.m0)
    #expect(host.environment == .missionMode)
    #expect(host.peekEvents().last == .executionEnvironment(.missionMode))
  }

  @Test("Contexts that were written anew count without a reset, too")
  func rewrittenBases() throws {
    let host = try MHIHost()
    host.boot()
    #expect(host.open(.diag))
    host.setUp()
    host.freeEvents(0)
    host.request(.m0)
    #expect(host.takeEvents() == [.stateChange(to: .m0), .executionEnvironment(.missionMode)])
    #expect(try host.service(.diag).closes == 1)
    #expect(host.open(.diag))
  }

  @Test("M0 in M0 is told again, without what runs on the device")
  func repeatedM0() throws {
    let host = try MHIHost()
    host.boot()
    host.request(.m0)
    #expect(host.takeEvents() == [.stateChange(to: .m0)])
  }

  @Test("Base address registers may move while nothing is decoded")
  func movedRegisters() throws {
    let host = try MHIHost()
    host.writeCommand(0)
    host.device.writeConfiguration(PCIRegister.baseAddress0, width: .doubleword, value: 0xD000_0000)
    host.device.writeConfiguration(PCIRegister.baseAddress0 + 4, width: .doubleword, value: 1)
    host.writeCommand(0b110)
    #expect(host.device.endpoint.decodedRegions.map(\.base) == [0x1_D000_0000])
  }
}

@Suite("Firmware of a modem")
struct MHIFirmwareTests {
  private static let image = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
  private static let personality = MHIPersonality(named: "qcom-sdx65m")

  private func makeHost() throws -> MHIHost { try MHIHost(try #require(Self.personality)) }

  private func download(_ host: MHIHost, at address: UInt64, size: UInt32, session: UInt32 = 0x1234) {
    let bhi = MHIRegisterMap.bhi
    host.write(bhi + BHIRegister.status, 0)
    host.write(bhi + BHIRegister.imageAddress, address: address)
    host.write(bhi + BHIRegister.imageSize, size)
    host.write(bhi + BHIRegister.imageDoorbell, session)
  }

  private func bhiStatus(_ host: MHIHost) -> BHIStatus {
    BHIStatus(rawValue: host.read(MHIRegisterMap.bhi + BHIRegister.status))
  }

  @Test("An image arrives byte by byte, and leads through the boot loader to mission mode")
  func download() throws {
    let host = try makeHost()
    #expect(host.environment == .primaryBootLoader)
    #expect(host.read(MHIRegister.status) == 0)
    _ = Self.image.withUnsafeBytes { host.memory.write(MHIHost.buffers, from: $0) }
    download(host, at: MHIHost.buffers, size: UInt32(Self.image.count))
    #expect(bhiStatus(host) == BHIStatus(.success, session: 0x1234))
    #expect(host.takeInterrupts() == [0])
    var expected = MHILoadedImage()
    Self.image.withUnsafeBytes { expected.append($0) }
    #expect(host.device.loadedImage == expected)
    #expect(host.device.loadedImage?.size == UInt64(Self.image.count))

    host.wait(10_000)
    #expect(host.environment == .secondaryBootLoader)
    #expect(host.status == MHIStatus(state: .ready, isReady: true))
    host.setUp()
    host.freeEvents(0)
    host.request(.m0)
    #expect(host.takeEvents() == [.stateChange(to: .m0), .executionEnvironment(.secondaryBootLoader)])
    #expect(!host.open(.diag))
    host.wait(200_000)
    #expect(host.environment == .missionMode)
    #expect(host.takeEvents() == [.executionEnvironment(.missionMode)])
    #expect(host.open(.diag))
  }

  @Test("An image that cannot be read fails with an error", arguments: [(0x7000_0000, 4096), (0x1000, 0)])
  func unreachable(address: UInt64, size: UInt32) throws {
    let host = try makeHost()
    download(host, at: address, size: size)
    #expect(bhiStatus(host).outcome == .error)
    #expect(host.read(MHIRegisterMap.bhi + BHIRegister.errorCode) != 0)
    #expect(host.takeInterrupts() == [0])
    #expect(host.device.loadedImage == nil)
    host.wait(1_000_000)
    #expect(host.environment == .primaryBootLoader)
  }

  @Test("A modem that runs takes no image")
  func wrongEnvironment() throws {
    let host = try MHIHost()
    download(host, at: MHIHost.buffers, size: 4096)
    #expect(bhiStatus(host).outcome == .error)
    #expect(host.state == .ready)
  }

  @Test("An image in segments goes from the second boot loader to mission mode")
  func vector() throws {
    let host = try makeHost()
    download(host, at: MHIHost.buffers, size: 4096)
    host.wait(10_000)
    host.boot()
    _ = Self.image.withUnsafeBytes { host.memory.write(MHIHost.buffers, from: $0) }
    let table: UInt64 = 0x9000
    for (index, size) in [100_000, 99_999, 1].enumerated() {
      let place = table + UInt64(index * BHIEVectorEntry.stride)
      host.memory.store(MHIHost.buffers + UInt64([0, 100_000, 199_999][index]), at: place)
      host.memory.store(UInt64(size), at: place + 8)
    }
    let bhie = MHIRegisterMap.bhie
    host.write(bhie + BHIERegister.transmitVectorAddress, address: table)
    host.write(bhie + BHIERegister.transmitVectorSize, 48)
    host.write(bhie + BHIERegister.transmitVectorDoorbell, 77)
    let status = BHIStatus(rawValue: host.read(bhie + BHIERegister.transmitVectorStatus))
    #expect(status == BHIStatus(.success, session: 77))
    var expected = MHILoadedImage()
    Self.image.withUnsafeBytes { expected.append($0) }
    #expect(host.device.loadedImage == expected)
    host.wait(5_000)
    #expect(host.takeEvents() == [.executionEnvironment(.missionMode)])
  }

  @Test(
    "The cookie and a reset of the whole lead to emergency download, and an image to the flash programmer")
  func emergencyDownload() throws {
    let host = try makeHost()
    download(host, at: MHIHost.buffers, size: 4096)
    host.wait(10_000)
    host.boot()
    host.wait(200_000)
    host.ringDoorbell(
      MHIRegister.emergencyDownloadDoorbell, UInt64(MHIRegister.emergencyDownloadCookie))
    host.write(MHIRegister.systemOnChipReset, 1)
    #expect(host.environment == .emergencyDownload)
    host.wait(200_000)
    #expect(host.state == .systemError)
    host.resetInterface()
    host.wait(1_000)
    #expect(host.read(MHIRegister.control) == 0)
    #expect(!host.status.isReady)
    download(host, at: MHIHost.buffers, size: 4096)
    host.wait(10_000)
    #expect(host.environment == .flashProgrammer)
    host.setUp()
    host.freeEvents(0)
    host.request(.m0)
    #expect(host.takeEvents().last == .executionEnvironment(.flashProgrammer))
    #expect(host.open(.firehose))
    #expect(!host.open(.diag))
  }

  @Test("Without the cookie, a reset of the whole starts as after power-on, and is told as a crash")
  func systemOnChipReset() throws {
    let host = try MHIHost()
    host.boot()
    #expect(host.open(.diag))
    _ = host.takeInterrupts()
    host.write(MHIRegister.systemOnChipReset, 1)
    #expect(host.environment == .missionMode)
    #expect(host.state == .reset)
    #expect(try host.service(.diag).closes == 1)
    host.wait(200_000)
    #expect(host.state == .systemError)
    #expect(host.status.isSystemError)
    #expect(host.takeInterrupts() == [0])
    host.resetInterface()
    host.wait(1_000)
    host.boot()
    #expect(host.open(.diag))
  }
}
