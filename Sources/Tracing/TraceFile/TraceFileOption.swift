/// An option of a `trace.dat` file.
struct TraceFileOption: Sendable {
  /// What options are about (trace-cmd, TRACECMD_OPTION).
  enum Identifier {
    static let done: UInt16 = 0
    static let processorStatistics: UInt16 = 2
    static let buffer: UInt16 = 3
    static let clock: UInt16 = 4
    static let systemName: UInt16 = 5
    static let processorCount: UInt16 = 8
    static let version: UInt16 = 9
    /// From here on options are of version 7 and lead to parts of the file.
    static let firstSection: UInt16 = 15
  }

  let identifier: UInt16
  let data: [UInt8]

  init(_ identifier: UInt16, _ data: [UInt8]) {
    self.identifier = identifier
    self.data = data
  }

  /// It says the same in every file that has the same records.
  var isOfRecords: Bool {
    switch identifier {
    case Identifier.done, Identifier.buffer, Identifier.clock, Identifier.processorCount: false
    default: identifier < Identifier.firstSection
    }
  }
}
