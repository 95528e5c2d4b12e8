import Bus
import Devices
import Interfaces
import Testing

@Suite("A modem and a host that breaks the rules")
struct MHIHostileHostTests {
  private func bootedHost() throws -> MHIHost {
    let host = try MHIHost()
    host.boot()
    return host
  }

  @Test(
    "Doorbells outside of the ring, between elements or of channels that do not run change nothing",
    arguments: [0, 1, 8, 0x7FFF_FFF0, .max] as [UInt64])
  func channelDoorbells(offset: UInt64) throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    let base = try #require(host.channels[4]).base
    host.ringDoorbell(4, offset == 0 ? base + 8 * 16 : base &+ offset)
    host.ringDoorbell(12, base)
    host.ringDoorbell(77, base)
    #expect(host.device.statistics.violations == 3)
    #expect(host.state == .m0)
    #expect(host.takeEvents().isEmpty)
    host.send([1], 4)
    #expect(try host.service(.diag).received == [[1]])
  }

  @Test("The same of the command ring and of event rings")
  func otherDoorbells() throws {
    let host = try bootedHost()
    host.write(MHIRegister.commandDoorbell, address: MHIHost.commandRing + 2048)
    host.write(MHIRegister.commandDoorbell, address: MHIHost.commandRing + 4)
    host.write(MHIRegisterMap.eventDoorbells, address: MHIHost.eventRings + 4)
    host.write(MHIRegisterMap.eventDoorbells + 8 * 200, address: MHIHost.eventRings)
    #expect(host.device.statistics.violations == 4)
    #expect(host.command(MHICommand.none, 0) == .success)
  }

  @Test("Before M0 no doorbell does anything; those of event rings are no mistake")
  func doorbellsTooEarly() throws {
    let host = try MHIHost()
    host.ringDoorbell(4, MHIHost.channelRings)
    host.write(MHIRegister.commandDoorbell, address: MHIHost.commandRing)
    host.write(MHIRegisterMap.eventDoorbells, address: MHIHost.eventRings)
    #expect(host.device.statistics.violations == 2)
    #expect(host.state == .ready)
  }

  enum BrokenRing: CaseIterable {
    case empty, uneven, tooLong, overflowing, misaligned, eventRing, readPointer, writePointer, type
  }

  @Test("A channel whose context makes no sense does not start", arguments: BrokenRing.allCases)
  func badContext(_ broken: BrokenRing) throws {
    let host = try bootedHost()
    host.prepare(4, eventRing: 0)
    let context = host.channelContext(4)
    let field = { (offset: Int) in context + UInt64(offset) }
    switch broken {
    case .empty: host.memory.store(UInt64(0), at: field(MHIContext.ringLength))
    case .uneven: host.memory.store(UInt64(100), at: field(MHIContext.ringLength))
    case .tooLong: host.memory.store(UInt64(2 << 20), at: field(MHIContext.ringLength))
    case .overflowing: host.memory.store(UInt64.max - 15, at: field(MHIContext.ringBase))
    case .misaligned: host.memory.store(MHIHost.channelRings + 8, at: field(MHIContext.ringBase))
    case .eventRing: host.memory.store(UInt32(3), at: field(MHIChannelContext.eventRing))
    case .readPointer: host.memory.store(UInt64(0x10), at: field(MHIContext.readPointer))
    case .writePointer: host.memory.store(UInt64(0x10), at: field(MHIContext.writePointer))
    case .type: host.memory.store(MHIChannelType.inbound.rawValue, at: field(MHIChannelContext.type))
    }
    #expect(host.command(.startChannel, 4) == .undefinedError)
    #expect(host.state == .m0)
    #expect(host.open(.diag))
  }

  @Test("Commands that make no sense, or not now, fail")
  func badCommands() throws {
    let host = try bootedHost()
    #expect(host.command(.resetChannel, 4) == .undefinedError)
    #expect(host.command(.stopChannel, 4) == .undefinedError)
    #expect(host.command(.startChannel, 200) == .undefinedError)
    #expect(host.command(.startChannel, 20) == .undefinedError)
    // SAHARA is for the boot loader.
    host.prepare(2, eventRing: 0)
    #expect(host.command(.startChannel, 2) == .undefinedError)
    let address = host.give(MHIRingElement(pointer: 0, dword0: 0, dword1: 0x0463_0000))
    #expect(host.takeEvents() == [.commandCompletion(at: address, .undefinedError)])
    #expect(host.open(.diag))
    #expect(host.command(.startChannel, 4) == .undefinedError)
  }

  @Test("Channels above the number that the host configured are not there")
  func channelCount() throws {
    let host = try bootedHost()
    host.write(MHIRegister.configuration, 0x0203_0204)
    host.prepare(4, eventRing: 0)
    #expect(host.command(.startChannel, 4) == .undefinedError)
  }

  @Test("Buffers outside of the window or of memory are bad elements, and later ones are not")
  func badBuffers() throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    for buffer in [0x4000_0000, UInt64.max - 1, 0xFEE0_0000] {
      let address = host.queue(
        .transfer(buffer: buffer, length: 16, flags: .interruptOnEndOfTransfer), 4)
      host.ringDoorbell(4)
      #expect(
        host.takeEvents() == [.transferCompletion(at: address, .badElement, length: 0, channel: 4)])
    }
    host.offer(16, at: 0x4000_0000, 5)
    let good = host.offer(16, at: MHIHost.buffers, 5)
    #expect(try host.service(.diag).send([1]))
    #expect(host.takeEvents().map(\.completionCode) == [.badElement, .endOfTransfer])
    _ = good
    host.write(MHIRegister.dataLimit, address: MHIHost.buffers + 7)
    host.send([1, 2, 3, 4, 5, 6, 7, 8, 9], 4)
    #expect(host.takeEvents().map(\.completionCode) == [.badElement])
    host.send([1, 2, 3, 4, 5, 6, 7, 8], 4)
    #expect(host.takeEvents().map(\.completionCode) == [.endOfTransfer])
    #expect(try host.service(.diag).received == [[1, 2, 3, 4, 5, 6, 7, 8]])
  }

  @Test("An element of another type is a bad one")
  func badElement() throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    let address = host.queue(MHIRingElement(pointer: MHIHost.buffers, dword0: 4, dword1: 0x0009_0200), 4)
    host.ringDoorbell(4)
    #expect(host.takeEvents() == [.transferCompletion(at: address, .badElement, length: 0, channel: 4)])
  }

  @Test("Contexts and rings that cannot be reached are the end until a reset")
  func unreachable() throws {
    let host = try MHIHost()
    host.setUp()
    host.write(MHIRegister.eventContextBase, address: 0x4000_0000)
    host.request(.m0)
    #expect(host.state == .systemError)
    #expect(host.takeInterrupts() == [0])
    host.resetInterface()
    host.wait(1_000)
    host.boot()
    #expect(host.open(.diag))
    host.write(MHIRegister.controlLimit, address: MHIHost.channelRings - 1)
    host.send([1], 4)
    #expect(host.state == .systemError)
    #expect(try host.service(.diag).closes == 1)
    host.resetInterface()
    host.wait(1_000)
    host.boot()
    #expect(host.open(.diag))
  }

  @Test("Event rings of a strange size are the end until a reset", arguments: [0, 8, 2 << 20] as [UInt64])
  func badEventRing(length: UInt64) throws {
    let host = try MHIHost()
    host.setUp()
    host.memory.store(length, at: MHIHost.eventContexts + UInt64(MHIContext.ringLength))
    host.request(.m0)
    #expect(host.state == .systemError)
  }

  @Test("While an event ring is full, transfers wait; nothing is overwritten")
  func fullEventRing() throws {
    let host = try MHIHost()
    host.boot(moderations: [0, 0, 0], eventElements: 4)
    #expect(host.open(.diag, eventRings: (1, 1)))
    for number in 0..<6 { host.send([UInt8(number)], 4) }
    #expect(try host.service(.diag).received.count == 3)
    #expect(host.peekEvents(1).count == 3)
    #expect(host.takeEvents(1).count == 3)
    // The doorbell of the ring lets the rest through; all used one buffer.
    #expect(try host.service(.diag).received == [[0], [1], [2], [5], [5], [5]])
    #expect(host.takeEvents(1).count == 3)
    #expect(host.state == .m0)
  }

  @Test("Commands are answered in order when there is room again, and too many of them are the end")
  func fullControlRing() throws {
    let host = try MHIHost()
    host.boot(eventElements: 4)
    let addresses = (0..<40).map { _ in host.give(.command(MHICommand.none, channel: 0)) }
    var answered: [UInt64] = []
    while answered.count < 40 {
      let events = host.takeEvents()
      guard !events.isEmpty else { break }
      answered += events.map(\.pointer)
    }
    #expect(answered == addresses)
    for _ in 0..<100 { host.give(.command(MHICommand.none, channel: 0)) }
    #expect(host.state == .systemError)
  }

  @Test(
    "States that cannot be asked for are the end until a reset",
    arguments: [MHIState.ready, .m1, .m2, .m3Fast, .bhi])
  func badState(state: MHIState) throws {
    let host = try bootedHost()
    host.request(state)
    #expect(host.state == .systemError)
    host.resetInterface()
    host.wait(1_000)
    #expect(host.state == .ready)
  }

  @Test("M3 before M0 is the end until a reset")
  func earlyM3() throws {
    let host = try MHIHost()
    host.request(.m3)
    #expect(host.state == .systemError)
  }

  @Test("Without bus mastering nothing is touched and nothing interrupts; then it goes on")
  func busMaster() throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    let address = host.offer(16, at: MHIHost.buffers, 5)
    _ = host.takeInterrupts()
    host.writeCommand(0b010)
    #expect(try host.service(.diag).send([1]))
    host.ringDoorbell(5)
    #expect(host.peekEvents().isEmpty)
    #expect(host.takeInterrupts().isEmpty)
    #expect(host.state == .m0)
    host.writeCommand(0b110)
    #expect(host.takeEvents() == [.transferCompletion(at: address, .endOfTransfer, length: 1, channel: 5)])
    #expect(host.takeInterrupts() == [0])
  }

  @Test("A masked interrupt waits for its mask")
  func masked() throws {
    let host = try bootedHost()
    let capability = try host.capability(.messageSignaledInterrupts)
    host.device.writeConfiguration(capability + 16, width: .doubleword, value: 1 << 1)
    host.enableMessages(logOfCount: 5)
    #expect(host.command(MHICommand.none, 0) == .success)
    #expect(host.takeInterrupts().isEmpty)
    host.device.writeConfiguration(capability + 16, width: .doubleword, value: 0)
    #expect(host.takeInterrupts() == [1])
  }

  @Test("Accesses of odd widths and places do no harm")
  func oddAccesses() throws {
    let host = try bootedHost()
    for offset in stride(from: UInt64(0), to: UInt64(MHIRegisterMap.size), by: 3) {
      for width in [AccessWidth.byte, .word, .doubleword, .quadword] {
        _ = host.device.readRegion(0, offset: offset, width: width)
      }
      host.device.writeRegion(0, offset: offset, width: .byte, value: 0xFF)
      host.device.writeRegion(0, offset: offset, width: .word, value: 0xFFFF)
    }
    #expect(host.device.readRegion(0, offset: UInt64(MHIRegister.status) + 1, width: .byte) == 2)
    #expect(host.state == .m0)
    #expect(host.open(.diag))
  }
}
