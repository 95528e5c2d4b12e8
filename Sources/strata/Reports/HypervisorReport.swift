import Hypervisors
import Interfaces
import Machine

/// The hypervisor's part of a run's report for programs.
struct HypervisorReport {
  private let report: HyperVReport

  init(_ report: HyperVReport) { self.report = report }

  /// The members of the object. Calls stand under their names in the specification, without `HvCall`.
  var members: [(String, JSONValue)] {
    let statistics = report.statistics
    return [
      ("interface", .text("hyperv")),
      ("vtl", .integer(UInt64(report.level.rawValue))),
      ("activeVTLs", .array(report.activeLevels.map { .integer(UInt64($0.rawValue)) })),
      ("hypercalls", .object(statistics.calls.map { ("\($0.code.name)", .integer($0.count)) })),
      ("hypercallFailures", .array(statistics.failures.map(Self.json(of:)))),
      ("processorsStartedByHypercall", .integer(statistics.processorStarts)),
      ("initSignals", .integer(statistics.initSignals)),
      ("startupSignals", .integer(statistics.startupSignals)),
      ("vtlEntries", .integer(statistics.levelEntries)),
      ("intercepts", .integer(statistics.intercepts)),
      ("crash", report.crash.map(Self.json(of:)) ?? .null),
    ]
  }

  private static func json(of failure: HyperVStatistics.Failure) -> JSONValue {
    .object([
      ("call", .text("\(failure.code.name)")), ("status", .integer(UInt64(failure.status.rawValue))),
      ("count", .integer(failure.count)),
    ])
  }

  private static func json(of crash: HyperVCrash) -> JSONValue {
    .object([
      ("parameters", .array(crash.parameters.map { .text("0x" + String($0, radix: 16)) })),
      ("control", .text("0x" + String(crash.control, radix: 16))),
      ("text", crash.text.map(JSONValue.text) ?? .null),
    ])
  }
}
