import Bus
import Devices
import Interfaces
import Testing

@Suite("Power states and crashes of a modem")
struct MHIPowerTests {
  private static let d3Hot: UInt32 = 0b11
  private static let wakeEnable: UInt32 = 1 << 8
  private static let wakeStatus: UInt32 = 1 << 15

  private func openedHost() throws -> MHIHost {
    let host = try MHIHost()
    host.boot()
    #expect(host.open(.diag))
    _ = host.takeInterrupts()
    return host
  }

  private func setPower(_ host: MHIHost, _ value: UInt32) throws {
    host.device.writeConfiguration(
      try host.capability(.powerManagement) + 4, width: .word, value: value)
  }

  private func power(_ host: MHIHost) throws -> UInt32 {
    host.device.readConfiguration(try host.capability(.powerManagement) + 4, width: .word)
  }

  @Test("What is behind the channels knows the machine's time")
  func time() throws {
    let host = try openedHost()
    #expect(host.services.machineTime?() == host.clock.now)
    host.clock.now += 1_234_567
    #expect(host.services.machineTime?() == host.clock.now)
  }

  @Test("In M3 the device is silent and keeps everything; M0 goes on")
  func suspension() throws {
    let host = try openedHost()
    host.offer(16, at: MHIHost.buffers, 5)
    host.request(.m3)
    #expect(host.takeEvents() == [.stateChange(to: .m3)])
    #expect(host.state == .m3)
    #expect(host.status.isReady)
    _ = host.takeInterrupts()
    #expect(try host.service(.diag).send([1, 2]))
    #expect(host.peekEvents().isEmpty)
    #expect(host.takeInterrupts().isEmpty)
    #expect(try host.service(.diag).closes == 0)
    host.request(.m0)
    let events = host.takeEvents()
    #expect(events.first == .stateChange(to: .m0))
    #expect(events.map(\.eventType) == [.stateChange, .transferCompletion])
    #expect(host.bytes(at: MHIHost.buffers, count: 2) == [1, 2])
  }

  @Test("In D3hot, data for the host sets the wake status, and registers are not there")
  func wake() throws {
    let host = try openedHost()
    host.offer(16, at: MHIHost.buffers, 5)
    host.request(.m3)
    _ = host.takeEvents()
    host.writeCommand(0)
    try setPower(host, Self.d3Hot | Self.wakeEnable | Self.wakeStatus)
    #expect(try power(host) & Self.wakeStatus == 0)
    #expect(host.read(MHIRegister.status) == .max)
    #expect(host.device.endpoint.decodedRegions.isEmpty)
    #expect(try host.service(.diag).send([3]))
    #expect(try power(host) & Self.wakeStatus != 0)
    try setPower(host, Self.wakeStatus)
    host.writeCommand(0b110)
    #expect(host.state == .m3)
    host.request(.m0)
    #expect(host.takeEvents().map(\.eventType) == [.stateChange, .transferCompletion])
  }

  @Test("Power states that there are not are ignored")
  func otherPowerStates() throws {
    let host = try openedHost()
    try setPower(host, 0b01)
    #expect(try power(host) & 0b11 == 0)
    try setPower(host, 0b11)
    try setPower(host, 0b10)
    #expect(try power(host) & 0b11 == 0b11)
  }

  @Test("A device that asks to sleep in M1 goes to M2 and wakes by the doorbell")
  func idle() throws {
    let host = try openedHost()
    host.device.inject(.idle)
    host.wait(1)
    #expect(host.takeEvents() == [.stateChange(to: .m1)])
    host.request(.m2)
    #expect(host.state == .m2)
    host.ringDoorbell(MHIRegister.wakeDoorbell, 1)
    #expect(host.state == .m0)
    #expect(host.takeEvents() == [.stateChange(to: .m0)])
    host.ringDoorbell(MHIRegister.wakeDoorbell, 1)
    #expect(host.takeEvents().isEmpty)
  }

  @Test("A crash is told by the interrupt for states, and a reset ends it, a hundred times")
  func crash() throws {
    let host = try openedHost()
    let service = try host.service(.diag)
    host.enableMessages(logOfCount: 5)
    for round in 1...100 {
      host.device.inject(.systemError)
      host.wait(1)
      #expect(host.status == MHIStatus(state: .systemError, isReady: true))
      #expect(host.takeInterrupts() == [0])
      #expect(service.closes == round)
      host.send([1], 4)
      #expect(service.received.count == round - 1)
      host.resetInterface()
      host.wait(1_000)
      host.boot()
      #expect(host.open(.diag))
      host.send([1], 4)
      _ = host.takeEvents()
      _ = host.takeInterrupts()
      #expect(service.received.count == round)
    }
  }

  @Test("A crash within a transfer, or in M3, or twice in a row ends in the same way")
  func awkwardCrashes() throws {
    let host = try openedHost()
    let service = try host.service(.diag)
    service.whileReceiving = { [device = host.device] in device.inject(.systemError) }
    host.send([1], 4)
    host.wait(1)
    #expect(host.state == .systemError)
    service.whileReceiving = nil
    host.device.inject(.systemError)
    host.wait(1)
    host.resetInterface()
    host.device.inject(.systemError)
    host.wait(1)
    #expect(host.state == .systemError)
    host.resetInterface()
    host.wait(1_000)
    host.boot()
    host.request(.m3)
    _ = host.takeEvents()
    try setPower(host, Self.d3Hot)
    host.device.inject(.systemError)
    host.wait(1)
    #expect(try power(host) & Self.wakeStatus != 0)
    try setPower(host, Self.wakeStatus)
    #expect(host.state == .systemError)
    host.resetInterface()
    host.wait(1_000)
    host.boot()
    #expect(host.open(.diag))
  }

  @Test("A dump fills the host's segments with what it is to be, and is told")
  func dump() throws {
    let host = try openedHost()
    let bhie = MHIRegisterMap.bhie
    let table: UInt64 = 0x9000
    let segments: [(UInt64, UInt64)] = [(0x28_0000, 70_000), (0x30_0000, 4)]
    for (index, segment) in segments.enumerated() {
      host.memory.store(segment.0, at: table + UInt64(index * 16))
      host.memory.store(segment.1, at: table + UInt64(index * 16 + 8))
    }
    host.memory.store(UInt8(0xAA), at: 0x28_0000 + 70_000)
    host.write(bhie + BHIERegister.receiveVectorAddress, address: table)
    host.write(bhie + BHIERegister.receiveVectorSize, 32)
    host.write(bhie + BHIERegister.receiveVectorDoorbell, 0x55)
    _ = host.takeInterrupts()
    host.device.inject(.ramDump)
    host.wait(1)
    #expect(host.environment == .ramDump)
    #expect(host.state == .systemError)
    #expect(host.takeInterrupts() == [0])
    #expect(host.read(bhie + BHIERegister.receiveVectorStatus) == 2 << 30 | 0x55)
    let first = host.bytes(at: 0x28_0000, count: 70_000)
    #expect(first == (0..<70_000).map { MHIMemoryDump.byte(at: $0) })
    #expect(host.bytes(at: 0x30_0000, count: 4) == (70_000..<70_004).map { MHIMemoryDump.byte(at: $0) })
    #expect(host.memory.load(0x28_0000 + 70_000, as: UInt8.self) == 0xAA)
    host.resetInterface()
    host.wait(1_000)
    #expect(host.environment == .missionMode)
    #expect(host.state == .ready)
  }

  @Test("A host that asks for a crash gets the dump, and one that armed it wrongly an error")
  func badDump() throws {
    let host = try openedHost()
    let bhie = MHIRegisterMap.bhie
    host.write(bhie + BHIERegister.receiveVectorAddress, address: 0x4000_0000)
    host.write(bhie + BHIERegister.receiveVectorSize, 32)
    host.write(bhie + BHIERegister.receiveVectorDoorbell, 1)
    host.request(.systemError)
    #expect(host.environment == .ramDump)
    let status = BHIStatus(rawValue: host.read(bhie + BHIERegister.receiveVectorStatus))
    #expect(status == BHIStatus(.error, session: 1))
  }

  @Test("A card that was pulled out gives ones; put in again, it is as after power-on")
  func removal() throws {
    let host = try openedHost()
    host.device.inject(.remove)
    host.wait(1)
    #expect(host.device.readConfiguration(PCIRegister.vendorID, width: .word) == 0xFFFF)
    #expect(host.read(MHIRegister.status) == .max)
    #expect(try host.service(.diag).closes == 1)
    host.write(MHIRegister.control, MHIControl.reset)
    host.ringDoorbell(4)
    host.writeCommand(0b110)
    host.device.inject(.insert)
    host.wait(1)
    #expect(
      host.device.readConfiguration(PCIRegister.vendorID, width: .word)
        == UInt32(host.device.personality.identity.vendor))
    #expect(host.device.endpoint.command.isEmpty)
    host.writeCommand(0b110)
    host.enableMessages(logOfCount: 0)
    #expect(host.read(MHIRegister.status) == 0x0101)
    host.boot()
    #expect(host.open(.diag))
  }

  @Test("A function level reset leaves nothing of before")
  func functionLevelReset() throws {
    let host = try openedHost()
    let express = try host.capability(.express)
    #expect(host.device.readConfiguration(express + 4, width: .doubleword) & 1 << 28 != 0)
    host.device.writeConfiguration(express + 8, width: .word, value: 1 << 15)
    #expect(host.device.readConfiguration(express + 8, width: .word) & 1 << 15 == 0)
    #expect(host.device.endpoint.command.isEmpty)
    #expect(try host.service(.diag).closes == 1)
    #expect(host.services.resets == 1)
    host.writeCommand(0b110)
    host.enableMessages(logOfCount: 0)
    host.boot()
    #expect(host.open(.diag))
  }

  @Test("An interrupt that may wait waits for its time, and an urgent one takes it along")
  func moderation() throws {
    let host = try MHIHost()
    host.boot(moderations: [0, 5, 0])
    host.enableMessages(logOfCount: 5)
    #expect(host.open(.diag, eventRings: (1, 2)))
    _ = host.takeInterrupts()
    let mayWait: MHITransferFlags = [.interruptOnEndOfTransfer, .blockEventInterrupt]
    host.send([1], 4, flags: mayWait)
    host.wait(4_000)
    host.send([1], 4, flags: mayWait)
    #expect(host.takeInterrupts().isEmpty)
    host.wait(1_000)
    #expect(host.takeInterrupts() == [2])
    host.send([1], 4, flags: mayWait)
    host.send([1], 4)
    #expect(host.takeInterrupts() == [2])
    host.wait(10_000)
    #expect(host.takeInterrupts().isEmpty)
    // A ring without a time never interrupts for what may wait.
    host.offer(16, at: MHIHost.buffers, 5, flags: mayWait)
    #expect(try host.service(.diag).send([1]))
    host.wait(10_000)
    #expect(host.takeInterrupts().isEmpty)
    #expect(host.takeEvents(2).count == 1)
  }
}
