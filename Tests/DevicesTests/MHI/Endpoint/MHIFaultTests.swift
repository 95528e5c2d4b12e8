import Bus
import Devices
import Interfaces
import Testing

@Suite("Faults of a modem")
struct MHIFaultTests {
  private func openedHost() throws -> MHIHost {
    let host = try MHIHost()
    host.boot()
    #expect(host.open(.diag))
    return host
  }

  @Test(
    "A read pointer is told wrongly once", arguments: [MHIFault.eventPointerOutside, .eventPointerMisaligned])
  func eventPointer(fault: MHIFault) throws {
    let host = try openedHost()
    host.device.inject(fault)
    let first = host.send([1], 4)
    let ring = host.events[0]
    let pointer = host.eventPointer(0)
    #expect(pointer == (fault == .eventPointerOutside ? ring.base + ring.length : ring.pointer + 16 + 4))
    let second = host.send([2], 4)
    #expect(host.takeEvents().map(\.pointer) == [first, second])
  }

  @Test(
    "A wrong event comes before the right one, once",
    arguments: [
      MHIFault.unknownEvent, .completionOutside, .completionOutOfOrder, .completionCode, .completionChannel,
    ])
  func wrongEvent(fault: MHIFault) throws {
    let host = try openedHost()
    host.device.inject(fault)
    let address = host.send([1], 4)
    let right = MHIRingElement.transferCompletion(at: address, .endOfTransfer, length: 1, channel: 4)
    let events = host.takeEvents()
    #expect(events.count == 2)
    #expect(events.last == right)
    #expect(events.first != right)
    switch fault {
    case .unknownEvent: #expect(events.first?.eventType == nil)
    case .completionOutside: #expect(events.first?.pointer == 0)
    case .completionOutOfOrder: #expect(events.first?.pointer == address + 32)
    case .completionCode: #expect(events.first?.completionCode == .success)
    default: #expect((events.first?.channel ?? 0) >= 128)
    }
    host.send([1], 4)
    #expect(host.takeEvents().count == 1)
  }

  @Test("A command is carried out and nobody hears of it, once")
  func lostCompletion() throws {
    let host = try openedHost()
    host.device.inject(.lostCommandCompletion)
    #expect(host.command(.resetChannel, 4) == nil)
    #expect(host.command(.resetChannel, 5) == .success)
  }

  @Test("A reset never ends, until that is taken back")
  func stuckReset() throws {
    let host = try openedHost()
    host.device.inject(.stuckReset)
    host.resetInterface()
    host.wait(1_000_000)
    #expect(host.read(MHIRegister.control) & MHIControl.reset != 0)
    host.device.inject(.clear)
    host.resetInterface()
    host.wait(1_000)
    #expect(host.state == .ready)
  }

  @Test("A fault may come later")
  func delayed() throws {
    let host = try openedHost()
    host.device.inject(.systemError, after: 5_000_000)
    host.device.inject(.unknownEvent)
    host.wait(4_999)
    #expect(host.state == .m0)
    host.wait(2)
    #expect(host.state == .systemError)
    host.device.inject(.neverReady, after: 1_000)
    host.wait(2)
    host.resetInterface()
    host.wait(10_000)
    #expect(!host.status.isReady)
  }

  @Test("A card may be pulled out and come back by itself")
  func absence() throws {
    let host = try openedHost()
    host.device.inject(.insert, after: 3_000_000)
    host.device.inject(.remove)
    host.wait(2_000)
    #expect(host.read(MHIRegister.status) == .max)
    host.wait(2_000)
    host.writeCommand(0b110)
    #expect(host.read(MHIRegister.status) == 0x0101)
  }

  @Test("The device is never ready")
  func neverReady() throws {
    let host = try openedHost()
    host.device.inject(.neverReady)
    host.resetInterface()
    host.wait(1_000_000)
    #expect(host.read(MHIRegister.control) == 0)
    #expect(!host.status.isReady)
  }

  @Test("The doorbells are where no register can be")
  func doorbellOffset() throws {
    let host = try openedHost()
    host.device.inject(.badDoorbellOffset)
    #expect(host.read(MHIRegister.channelDoorbellOffset) == 0xFFC)
  }

  @Test("Every fault has a name of its own")
  func names() {
    for fault in MHIFault.allCases { #expect(MHIFault(rawValue: fault.rawValue) == fault) }
    #expect(MHIFault(rawValue: "fire") == nil)
  }
}

@Suite("State of a modem")
struct MHIStateTests {
  private func state(_ device: MHIEndpoint) -> [UInt8] {
    var writer = StateWriter()
    device.save(to: &writer)
    return writer.bytes
  }

  @Test("A modem that was saved in the middle of everything goes on elsewhere")
  func restore() throws {
    let host = try MHIHost()
    host.boot(moderations: [0, 5, 0])
    #expect(host.open(.diag, eventRings: (1, 1)))
    let service = try host.service(.diag)
    host.send([1, 2], 4, flags: [.chain, .interruptOnEndOfTransfer])
    host.send([3], 4, flags: [.chain, .interruptOnEndOfTransfer])
    #expect(service.send([7, 7, 7]))
    #expect(service.send([8]))
    host.device.inject(.unknownEvent)
    host.device.inject(.systemError)
    let saved = state(host.device)

    let other = try MHIHost()
    other.clock.now = host.clock.now
    var reader = StateReader(saved)
    try other.device.restore(from: &reader)
    #expect(state(other.device) == saved)
    #expect(try other.service(.diag).opens == 1)
    #expect(other.state == .m0)
    other.wait(1)
    #expect(other.state == .systemError)
  }

  @Test("A state that is cut off anywhere is refused")
  func truncated() throws {
    let host = try MHIHost()
    host.boot()
    #expect(host.open(.diag))
    #expect(try host.service(.diag).send([7, 7, 7]))
    let saved = state(host.device)
    let other = try MHIHost()
    for count in stride(from: 0, to: saved.count, by: 37) {
      var reader = StateReader(Array(saved[..<count]))
      #expect(throws: StateError.self) { try other.device.restore(from: &reader) }
    }
  }
}

@Suite("The end of a modem")
struct MHIEndTests {
  @Test("A modem with open channels goes away with its machine, and closes them")
  func noCycle() throws {
    var host: MHIHost? = try MHIHost()
    host?.boot()
    host?.open(.diag)
    weak let device = host?.device
    let service = try #require(host).service(.diag)
    #expect(device != nil)
    host = nil
    #expect(device == nil)
    #expect(service.closes == 1)
  }
}
