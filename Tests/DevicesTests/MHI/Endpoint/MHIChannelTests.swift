import Bus
import Devices
import Interfaces
import Testing

@Suite("Channels of a modem")
struct MHIChannelTests {
  private func bootedHost() throws -> MHIHost {
    let host = try MHIHost()
    host.boot()
    return host
  }

  private func state(_ host: MHIHost, _ channel: UInt8) -> UInt8? {
    host.memory.load(host.channelContext(channel), as: UInt32.self)
      .map { MHIChannelConfiguration(rawValue: $0).state }
  }

  @Test("A pair is open while both directions run, and the contexts show it")
  func opening() throws {
    let host = try bootedHost()
    let service = try host.service(.diag)
    host.prepare(4, eventRing: 0)
    host.prepare(5, eventRing: 0)
    #expect(host.command(.startChannel, 4) == .success)
    #expect(state(host, 4) == MHIChannelState.running.rawValue)
    #expect(service.opens == 0)
    #expect(host.command(.startChannel, 5) == .success)
    #expect(service.opens == 1)
    #expect(host.command(.resetChannel, 4) == .success)
    #expect(state(host, 4) == MHIChannelState.disabled.rawValue)
    #expect(service.closes == 1)
    #expect(host.command(.resetChannel, 5) == .success)
    #expect(service.closes == 1)
    #expect(host.open(.diag))
    #expect(service.opens == 2)
  }

  @Test("A transfer from the host arrives and is completed with its length")
  func outbound() throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    _ = host.takeInterrupts()
    let address = host.send([1, 2, 3], 4)
    #expect(try host.service(.diag).received == [[1, 2, 3]])
    #expect(
      host.takeEvents() == [.transferCompletion(at: address, .endOfTransfer, length: 3, channel: 4)])
    #expect(host.takeInterrupts() == [0])
    #expect(host.memory.load(host.channelContext(4) + UInt64(MHIContext.readPointer)) == address + 16)
  }

  @Test("A transfer to the host fills a buffer; without one it waits")
  func inbound() throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    let service = try host.service(.diag)
    #expect(service.send([9, 8, 7]))
    #expect(host.takeEvents().isEmpty)
    let first = host.offer(64, at: MHIHost.buffers, 5)
    #expect(host.takeEvents() == [.transferCompletion(at: first, .endOfTransfer, length: 3, channel: 5)])
    #expect(host.bytes(at: MHIHost.buffers, count: 3) == [9, 8, 7])
    let second = host.offer(64, at: MHIHost.buffers, 5)
    #expect(host.takeEvents().isEmpty)
    #expect(service.send([1]))
    #expect(host.takeEvents() == [.transferCompletion(at: second, .endOfTransfer, length: 1, channel: 5)])
  }

  @Test("What is longer than a buffer goes on in the next, whenever that comes")
  func overflow() throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    let bytes = (0..<20).map { UInt8($0) }
    let first = host.offer(8, at: MHIHost.buffers, 5)
    #expect(try host.service(.diag).send(bytes))
    #expect(host.takeEvents() == [.transferCompletion(at: first, .overflow, length: 8, channel: 5)])
    let second = host.offer(8, at: MHIHost.buffers + 8, 5)
    let third = host.offer(8, at: MHIHost.buffers + 16, 5)
    #expect(
      host.takeEvents() == [
        .transferCompletion(at: second, .overflow, length: 8, channel: 5),
        .transferCompletion(at: third, .endOfTransfer, length: 4, channel: 5),
      ])
    #expect(host.bytes(at: MHIHost.buffers, count: 20) == bytes)
    #expect(host.device.statistics.channels.first { $0.name == .diag }?.inbound.transfers == 1)
    #expect(host.device.statistics.channels.first { $0.name == .diag }?.inbound.bytes == 20)
  }

  @Test("Chained elements are one transfer, and only the last is completed")
  func chain() throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    host.send([1, 2], 4, flags: [.chain, .interruptOnEndOfTransfer])
    let block = host.send([3], 4, flags: [.chain, .interruptOnEndOfBlock])
    #expect(host.takeEvents() == [.transferCompletion(at: block, .endOfBlock, length: 1, channel: 4)])
    #expect(try host.service(.diag).received.isEmpty)
    let last = host.send([4, 5], 4)
    #expect(host.takeEvents() == [.transferCompletion(at: last, .endOfTransfer, length: 2, channel: 4)])
    #expect(try host.service(.diag).received == [[1, 2, 3, 4, 5]])
  }

  @Test("An empty buffer is completed with nothing in it")
  func empty() throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    let outbound = host.send([], 4)
    #expect(host.takeEvents() == [.transferCompletion(at: outbound, .endOfTransfer, length: 0, channel: 4)])
    let inbound = host.offer(0, at: MHIHost.buffers, 5)
    let next = host.offer(4, at: MHIHost.buffers, 5)
    #expect(try host.service(.diag).send([7]))
    #expect(
      host.takeEvents() == [
        .transferCompletion(at: inbound, .endOfTransfer, length: 0, channel: 5),
        .transferCompletion(at: next, .endOfTransfer, length: 1, channel: 5),
      ])
  }

  @Test("The ring wraps, and everything stays in order")
  func wrap() throws {
    let host = try bootedHost()
    #expect(host.open(.diag, elements: 4))
    for number in 0..<50 {
      let address = host.send([UInt8(number)], 4)
      #expect(host.takeEvents().map(\.pointer) == [address])
    }
    #expect(try host.service(.diag).received == (0..<50).map { [UInt8($0)] })
  }

  @Test("A service may answer within the transfer")
  func echo() throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    try host.service(.diag).echoes = true
    host.offer(64, at: MHIHost.buffers + 4096, 5)
    host.send([5, 6], 4)
    #expect(host.takeEvents().map(\.channel) == [4, 5])
    #expect(host.bytes(at: MHIHost.buffers + 4096, count: 2) == [5, 6])
  }

  @Test("A full queue refuses, and what was taken before is not lost")
  func fullQueue() throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    let service = try host.service(.diag)
    var taken = 0
    while taken < 10_000, service.send([UInt8](repeating: UInt8(truncatingIfNeeded: taken), count: 1000)) {
      taken += 1
    }
    #expect(taken > 10 && taken < 10_000)
    for number in 0..<taken {
      host.offer(1000, at: MHIHost.buffers, 5)
      #expect(host.takeEvents().map(\.length) == [1000])
      #expect(host.bytes(at: MHIHost.buffers, count: 1) == [UInt8(truncatingIfNeeded: number)])
    }
    #expect(service.send([1]))
  }

  @Test("A stopped channel starts again where it was")
  func stop() throws {
    let host = try bootedHost()
    #expect(host.open(.diag))
    host.send([1], 4)
    #expect(host.takeEvents().count == 1)
    #expect(host.command(.stopChannel, 4) == .success)
    #expect(state(host, 4) == MHIChannelState.stopped.rawValue)
    #expect(host.command(.stopChannel, 4) == .undefinedError)
    host.queue(.transfer(buffer: MHIHost.buffers, length: 1, flags: .interruptOnEndOfTransfer), 4)
    #expect(host.command(.startChannel, 4) == .success)
    host.ringDoorbell(4)
    #expect(try host.service(.diag).received == [[1], [1]])
  }

  @Test("A NOP succeeds")
  func noOperation() throws {
    let host = try bootedHost()
    #expect(host.command(MHICommand.none, 0) == .success)
  }
}

@Suite("Doorbells in burst mode")
struct MHIBurstTests {
  private func host(elements: UInt64 = 8) throws -> MHIHost {
    let host = try MHIHost()
    host.boot(moderations: [0, 0, 0])
    #expect(host.open(.ipHardware0, eventRings: (1, 2), burst: .enabled, elements: elements))
    return host
  }

  @Test("After a doorbell, everything is taken, and the next doorbell is asked for once")
  func outbound() throws {
    let host = try host()
    let first = host.queue(
      .transfer(buffer: MHIHost.buffers, length: 1, flags: .interruptOnEndOfTransfer), 100)
    let second = host.queue(
      .transfer(buffer: MHIHost.buffers, length: 1, flags: .interruptOnEndOfTransfer), 100)
    host.ringDoorbell(100, second)
    let events = host.takeEvents(1)
    #expect(events.map(\.completionCode) == [.endOfTransfer, .endOfTransfer, .doorbellMode])
    #expect(events.prefix(2).map(\.pointer) == [first, second])
    #expect(try host.service(.ipHardware0).received.count == 2)
    host.ringDoorbell(100)
    #expect(host.takeEvents(1).map(\.completionCode) == [.doorbellMode])
  }

  @Test("Buffers that only the context tells of are used; the doorbell is asked for when there are none")
  func inbound() throws {
    let host = try host()
    let service = try host.service(.ipHardware0)
    let length: UInt16 = 100
    for _ in 0..<2 {
      host.queue(.transfer(buffer: MHIHost.buffers, length: length, flags: .interruptOnEndOfTransfer), 101)
    }
    host.ringDoorbell(101)
    #expect(host.takeEvents(2).isEmpty)
    service.send([1])
    service.send([2])
    #expect(host.takeEvents(2).map(\.completionCode) == [.endOfTransfer, .endOfTransfer])
    // Without a doorbell.
    host.queue(.transfer(buffer: MHIHost.buffers, length: length, flags: .interruptOnEndOfTransfer), 101)
    service.send([3])
    #expect(host.takeEvents(2).map(\.completionCode) == [.endOfTransfer])
    service.send([4])
    service.send([5])
    #expect(host.takeEvents(2).map(\.completionCode) == [.doorbellMode])
    host.queue(.transfer(buffer: MHIHost.buffers, length: length, flags: .interruptOnEndOfTransfer), 101)
    host.queue(.transfer(buffer: MHIHost.buffers, length: length, flags: .interruptOnEndOfTransfer), 101)
    host.ringDoorbell(101)
    #expect(host.takeEvents(2).map(\.completionCode) == [.endOfTransfer, .endOfTransfer])
  }

  @Test("Thousands of packets in both directions arrive in order, whatever the host rings for")
  func longRun() throws {
    let host = try host(elements: 16)
    let service = try host.service(.ipHardware0)
    service.echoes = true
    var sent = 0
    var isArmed = (out: true, in: true)
    var completed = (out: 0, in: 0)
    var offered = 0
    while completed.in < 5000 {
      while offered - completed.in < 12 {
        host.queue(
          .transfer(buffer: MHIHost.buffers + 0x1000, length: 64, flags: .interruptOnEndOfTransfer), 101)
        offered += 1
      }
      if isArmed.in {
        host.ringDoorbell(101)
        isArmed.in = false
      }
      while sent - completed.out < 10, sent < 5000 {
        host.memory.store(UInt32(sent), at: MHIHost.buffers + UInt64(sent % 16 * 4))
        host.queue(
          .transfer(
            buffer: MHIHost.buffers + UInt64(sent % 16 * 4), length: 4, flags: .interruptOnEndOfTransfer), 100
        )
        sent += 1
      }
      if isArmed.out {
        host.ringDoorbell(100)
        isArmed.out = false
      }
      let before = completed
      for event in host.takeEvents(1) {
        if event.completionCode == .doorbellMode { isArmed.out = true } else { completed.out += 1 }
      }
      for event in host.takeEvents(2) {
        if event.completionCode == .doorbellMode { isArmed.in = true } else { completed.in += 1 }
      }
      guard completed != before || isArmed.out || isArmed.in else {
        Issue.record("the path has stalled after \(completed) packets")
        return
      }
    }
    #expect(service.received.count == 5000)
    #expect(service.received.last == withUnsafeBytes(of: UInt32(4999).littleEndian) { Array($0) })
  }
}
