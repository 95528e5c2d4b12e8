import Interfaces

extension MHIEndpoint {
  /// A write among the doorbells of channels and event rings, which follow each other.
  func writeDoorbell(_ offset: UInt32, _ value: UInt32) {
    let place = offset - MHIRegisterMap.channelDoorbells
    let index = Int(place / MHIRegister.doorbellStride)
    guard place % MHIRegister.doorbellStride == 0 else {
      doorbellHalves[index] = value
      return
    }
    let pointer = UInt64(doorbellHalves[index]) << 32 | UInt64(value)
    if index < MHIRegister.channelCount {
      ringChannelDoorbell(UInt8(truncatingIfNeeded: index), pointer)
    } else {
      ringEventDoorbell(UInt8(truncatingIfNeeded: index - MHIRegister.channelCount), pointer)
    }
  }

  private func ringChannelDoorbell(_ channel: UInt8, _ pointer: UInt64) {
    switch channel {
    case MHIRegister.wakeDoorbell:
      trace.doorbell(.wake, channel, value: pointer)
      if pointer & 1 != 0 { leaveM2() }
    case MHIRegister.emergencyDownloadDoorbell where pair(ofChannel: channel) == nil:
      trace.doorbell(.emergencyDownload, channel, value: pointer)
      noteEmergencyDownload(cookie: UInt32(truncatingIfNeeded: pointer))
    default: ringTransferDoorbell(channel, pointer)
    }
  }

  private func ringTransferDoorbell(_ channel: UInt8, _ pointer: UInt64) {
    guard mayTransfer, let pair = pair(ofChannel: channel) else {
      report(MHIHostError(violation: .doorbellUnexpected, ring: channel, value: pointer))
      return
    }
    let ring = pair.ring(ofChannel: channel)
    do throws(MHIHostError) {
      try ring.doorbell(pointer, time: clock.now)
    } catch {
      report(error)
      return
    }
    trace.doorbell(.channel, channel, value: pointer, elements: ring.elementCount)
    attempt { () throws(MHIHostError) in
      switch ring.direction {
      case .outbound: try pair.drain()
      case .inbound: try pair.flush()
      }
    }
  }

  /// The host read events: what waited for room goes on.
  private func ringEventDoorbell(_ ring: UInt8, _ pointer: UInt64) {
    // Hosts ring on their way to M0; what they mean is in the contexts, which are read then.
    guard status.state != .ready else {
      trace.doorbell(.eventRing, ring, value: pointer)
      return
    }
    guard mayTransfer else {
      report(MHIHostError(violation: .doorbellUnexpected, ring: ring, value: pointer))
      return
    }
    attempt { () throws(MHIHostError) in
      if let error = try events.doorbell(ring, value: pointer) { return report(error) }
      for pair in pairs {
        if pair.inbound.eventRing == ring { try pair.flush() }
        if pair.outbound.eventRing == ring { try pair.drain() }
      }
    }
  }
}
