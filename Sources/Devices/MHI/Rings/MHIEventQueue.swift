import Bus
import Interfaces

/// Events that wait for room in a ring, in order. The room for them is taken when the queue is made.
struct MHIEventQueue {
  /// An event, and when the host is to be interrupted for it.
  struct Entry {
    var element: MHIRingElement
    var urgency: MHIUrgency
  }

  /// A host that leaves more events waiting has lost its way.
  static let capacity = 64

  private var entries: [Entry] = []
  private var first = 0
  private(set) var count = 0

  init() {
    let nothing = Entry(element: MHIRingElement(pointer: 0, dword0: 0, dword1: 0), urgency: .quiet)
    entries = Array(repeating: nothing, count: Self.capacity)
  }

  var isEmpty: Bool { count == 0 }

  /// Lets an event wait; `false` if there is no room.
  mutating func append(_ entry: Entry) -> Bool {
    guard count < Self.capacity else { return false }
    entries[(first + count) % Self.capacity] = entry
    count += 1
    return true
  }

  /// Takes the event that has waited longest.
  mutating func next() -> Entry? {
    guard count > 0 else { return nil }
    defer {
      first = (first + 1) % Self.capacity
      count -= 1
    }
    return entries[first]
  }

  func save(to writer: inout StateWriter) {
    writer.write(UInt32(count))
    for index in 0..<count {
      let entry = entries[(first + index) % Self.capacity]
      writer.write(entry.element.pointer)
      writer.write(entry.element.dword0)
      writer.write(entry.element.dword1)
      writer.write(entry.urgency.rawValue)
    }
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    self = MHIEventQueue()
    for _ in 0..<(try reader.read(UInt32.self)) {
      let element = MHIRingElement(
        pointer: try reader.read(), dword0: try reader.read(), dword1: try reader.read())
      guard let urgency = MHIUrgency(rawValue: try reader.read()),
        append(Entry(element: element, urgency: urgency))
      else { throw .invalid }
    }
  }
}

/// When the host is to be interrupted for an event.
enum MHIUrgency: UInt8 {
  /// At once.
  case immediate = 0
  /// When the ring's time is over.
  case moderated
  /// Not for this one.
  case quiet
}
