import Bus
import Interfaces

/// The faults that were ordered and have not happened yet, and those that last.
final class MHIFaults {
  /// What lasts until it is taken back.
  struct Lasting: OptionSet {
    let rawValue: UInt8
    static let stuckReset = Lasting(rawValue: 1 << 0)
    static let neverReady = Lasting(rawValue: 1 << 1)
    static let badDoorbellOffset = Lasting(rawValue: 1 << 2)
  }

  /// What happens once, with the next event, completion or command.
  struct Once: OptionSet {
    let rawValue: UInt8
    static let lostCommandCompletion = Once(rawValue: 1 << 0)
    static let eventPointerOutside = Once(rawValue: 1 << 1)
    static let eventPointerMisaligned = Once(rawValue: 1 << 2)
    static let unknownEvent = Once(rawValue: 1 << 3)
    static let completionOutside = Once(rawValue: 1 << 4)
    static let completionOutOfOrder = Once(rawValue: 1 << 5)
    static let completionCode = Once(rawValue: 1 << 6)
    static let completionChannel = Once(rawValue: 1 << 7)
  }

  var lasting: Lasting = []
  var once: Once = []
  var ordered = MHIOrderedFaults()

  /// Whether one that happens once was ordered; it is no more.
  func take(_ fault: Once) -> Bool { once.remove(fault) != nil }

  /// An event that comes before another although it should not.
  func eventBefore(_ event: MHIRingElement) -> MHIRingElement? {
    guard !once.isEmpty else { return nil }
    if take(.unknownEvent) { return MHIRingElement(pointer: 0, dword0: 0, dword1: Self.unknownType << 16) }
    guard event.eventType == .transferCompletion else { return nil }
    var wrong = event
    if take(.completionOutside) {
      wrong.pointer = 0
    } else if take(.completionOutOfOrder) {
      wrong.pointer &+= UInt64(MHIRingElement.size) * 2
    } else if take(.completionCode) {
      wrong.dword0 = UInt32(MHICompletionCode.success.rawValue) << 24
    } else if take(.completionChannel) {
      wrong.dword1 |= Self.noChannel << 24
    } else {
      return nil
    }
    return wrong
  }

  private static let unknownType: UInt32 = 0x7F
  /// There are 128 channels.
  private static let noChannel: UInt32 = 0x80

  /// Where the host is told that an event ring goes on, instead of where it does.
  func pointer(instead pointer: UInt64, in ring: MHIRing) -> UInt64 {
    guard !once.isEmpty else { return pointer }
    if take(.eventPointerOutside) { return ring.base &+ ring.length }
    if take(.eventPointerMisaligned) { return pointer &+ 4 }
    return pointer
  }

  /// Takes back what was ordered, except for what waits for its time.
  func clear() {
    lasting = []
    once = []
  }

  func save(to writer: inout StateWriter) {
    writer.write(lasting.rawValue)
    writer.write(once.rawValue)
    ordered.save(to: &writer)
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    lasting = Lasting(rawValue: try reader.read())
    once = Once(rawValue: try reader.read())
    try ordered.restore(from: &reader)
  }
}
