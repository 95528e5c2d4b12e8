import ArgumentParser
import Tracing

/// Which records of a file are wanted.
struct TraceSelectionOptions: ParsableArguments {
  @Option(
    name: [.customShort("F"), .long],
    help: ArgumentHelp(
      "Only events like this, and of them records that fulfil a condition: 'mhi_gen_tre:ch_num == 101'.",
      valueName: "event:condition"))
  var filter: [String] = []

  @Option(
    help: ArgumentHelp("Only these processors: 0,2-3.", valueName: "numbers"), transform: Self.processors)
  var cpu: Set<Int>?

  /// The records of a file that the options are about.
  ///
  /// - Throws: `ExitCode`, after telling what is wrong.
  func selection(of file: TraceFile) throws -> TraceSelection {
    var selection = TraceSelection()
    selection.processors = cpu
    for filter in filter {
      do {
        try selection.add(filter: filter, of: file)
      } catch {
        Diagnostic.write("the filter cannot be used: \(error)")
        throw SystemExit.usage
      }
    }
    return selection
  }

  private static let mostProcessors = 4096

  private static func processors(_ text: String) throws -> Set<Int> {
    var processors: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
        0..<mostProcessors ~= last
      else {
        throw ValidationError("processors are numbers with commas between them, as in 0,2-3: '\(text)'")
      }
      processors.formUnion(first...last)
    }
    return processors
  }
}
