import Bus

@testable import Chipset

/// A processor that writes down what its local APIC tells it.
final class RecordingProcessor: LocalAPICClient {
  enum Event: Equatable {
    case requestChanged, nonMaskable, initialisation, systemManagement
    case startup(UInt8)
  }

  var events: [Event] = []

  func interruptRequestChanged() { events.append(.requestChanged) }
  func raiseNonMaskableInterrupt() { events.append(.nonMaskable) }
  func raiseInit() { events.append(.initialisation) }
  func raiseStartup(vector: UInt8) { events.append(.startup(vector)) }
  func raiseSystemManagementInterrupt() { events.append(.systemManagement) }
}

/// A few local APICs on a router, each enabled by software.
final class InterruptFixture {
  let clock = EventQueue()
  let router = InterruptRouter()
  let localAPICs: [LocalAPIC]
  let processors: [RecordingProcessor]

  init(identifiers: [UInt32] = [0, 1, 2, 3], x2APIC: Bool = false) {
    let (router, clock) = (router, clock)
    localAPICs = identifiers.map {
      LocalAPIC(identifier: $0, isBootstrapProcessor: $0 == 0, router: router, clock: clock)
    }
    processors = identifiers.map { _ in RecordingProcessor() }
    for (localAPIC, processor) in zip(localAPICs, processors) {
      localAPIC.client = processor
      if x2APIC {
        _ = localAPIC.writeMSR(0x1B, 0xFEE0_0C00)
        _ = localAPIC.writeMSR(0x80F, 0x1FF)
      } else {
        localAPIC.write(0xF0, 0x1FF)
      }
    }
  }

  /// The first local APIC.
  var local: LocalAPIC { localAPICs[0] }

  /// Lets time pass, ringing each alarm at its time.
  func advance(to time: UInt64) { clock.advance(to: time) }

  /// Which processors have this vector in their request registers.
  func requested(_ vector: UInt8) -> [UInt32] {
    localAPICs.filter { $0.isRequested(vector) }.map(\.identifier)
  }
}

extension EventQueue {
  /// Lets time pass, ringing each alarm at its time.
  func advance(to time: UInt64) {
    while nextDeadline <= time {
      now = max(now, nextDeadline)
      ringDueAlarms()
    }
    now = time
  }
}

extension LocalAPIC {
  func read(_ offset: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: readRegister(offset, width: .doubleword))
  }

  func write(_ offset: UInt64, _ value: UInt32) {
    writeRegister(offset, width: .doubleword, value: UInt64(value))
  }

  func isRequested(_ vector: UInt8) -> Bool {
    guard let register = readValue(0x20 + vector / 32) else { return false }
    return register >> UInt32(vector % 32) & 1 != 0
  }

  /// Sends an interrupt by the xAPIC's command register.
  func sendCommand(_ low: UInt32, destination: UInt8 = 0) {
    write(0x310, UInt32(destination) << 24)
    write(0x300, low)
  }
}
