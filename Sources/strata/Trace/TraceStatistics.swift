import Tracing

/// How many records there are, by processor and by event.
struct TraceStatistics: CustomStringConvertible {
  /// What is counted for a processor.
  private struct Counts {
    var records = 0
    var lost: UInt64 = 0
    var first: UInt64 = 0
    var last: UInt64 = 0
  }

  private let file: TraceFile
  private var processors: [Int: Counts] = [:]
  private var events: [Int: Int] = [:]

  /// Counts the records of a file.
  ///
  /// - Throws: ``TraceFileError``.
  init(_ file: TraceFile, _ selection: TraceSelection) throws {
    self.file = file
    var processors: [Int: Counts] = [:]
    var events: [Int: Int] = [:]
    try file.forEachRecord(selection) { record in
      var counts = processors[record.processor] ?? Counts(first: record.time)
      counts.records += 1
      counts.last = record.time
      if case .counted(let lost) = record.loss { counts.lost &+= lost }
      processors[record.processor] = counts
      events[record.event, default: 0] += 1
    }
    self.processors = processors
    self.events = events
  }

  var description: String {
    var lines: [String] = []
    for (number, counts) in processors.sorted(by: { $0.key < $1.key }) {
      let times = "from \(Self.seconds(counts.first)) to \(Self.seconds(counts.last)) s"
      let lost = counts.lost > 0 ? ", \(counts.lost) lost" : ""
      lines.append("CPU \(number): \(counts.records) events\(lost), \(times)")
    }
    let width = events.values.max().map { String($0).count } ?? 0
    for (number, count) in events.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      let digits = String(count)
      let name = file.event(number).map { "\($0.system):\($0.name)" } ?? "unknown event \(number)"
      lines.append(String(repeating: " ", count: width - digits.count) + digits + " " + name)
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func seconds(_ nanoseconds: UInt64) -> String {
    let fraction = String(nanoseconds % 1_000_000_000)
    return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - fraction.count) + fraction
  }
}
