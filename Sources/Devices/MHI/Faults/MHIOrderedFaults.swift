import Bus

/// Faults that wait for their time.
struct MHIOrderedFaults {
  private struct Entry {
    let fault: MHIFault
    let time: UInt64
  }

  /// More than so many are forgotten.
  private static let capacity = 16

  /// The earliest first; of the same time, the one that was ordered first.
  private var entries: [Entry] = []

  /// Lets a fault wait.
  mutating func add(_ fault: MHIFault, at time: UInt64) {
    guard entries.count < Self.capacity else { return }
    let place = entries.firstIndex { $0.time > time } ?? entries.count
    entries.insert(Entry(fault: fault, time: time), at: place)
  }

  /// When the first is due; `UInt64.max` if none waits.
  var deadline: UInt64 { entries.first?.time ?? .max }

  /// Takes the first that is due.
  mutating func next(at time: UInt64) -> MHIFault? {
    guard deadline <= time else { return nil }
    return entries.removeFirst().fault
  }

  mutating func removeAll() { entries.removeAll() }

  func save(to writer: inout StateWriter) {
    writer.write(UInt8(entries.count))
    for entry in entries {
      writer.write(entry.time)
      writer.write(UInt8(MHIFault.allCases.firstIndex(of: entry.fault) ?? 0))
    }
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    entries = []
    for _ in 0..<(try reader.read(UInt8.self)) {
      let time: UInt64 = try reader.read()
      let number = Int(try reader.read(UInt8.self))
      guard MHIFault.allCases.indices ~= number else { throw .invalid }
      add(MHIFault.allCases[number], at: time)
    }
  }
}
