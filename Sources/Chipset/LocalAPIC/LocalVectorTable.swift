import Bus

/// Where an interrupt inside the processor comes from: an entry of the local vector table.
enum LocalInterruptSource: Int, CaseIterable {
  case timer, thermal, performanceCounter, pin0, pin1, error

  var layout: LocalVector.Layout {
    switch self {
    case .timer: .timer
    case .thermal, .performanceCounter: .message
    case .pin0, .pin1: .pin
    case .error: .error
    }
  }
}

/// The local vector table (APM volume 2, 16.4).
struct LocalVectorTable {
  private var entries = [LocalVector](repeating: LocalVector(), count: LocalInterruptSource.allCases.count)

  subscript(source: LocalInterruptSource) -> LocalVector {
    get { entries[source.rawValue] }
    set { entries[source.rawValue] = newValue }
  }

  mutating func maskAll() {
    for source in LocalInterruptSource.allCases { self[source].isMasked = true }
  }

  func save(to writer: inout StateWriter) {
    for source in LocalInterruptSource.allCases { writer.write(self[source].rawValue) }
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    for source in LocalInterruptSource.allCases {
      try self[source].restore(try reader.read(), layout: source.layout)
    }
  }
}
