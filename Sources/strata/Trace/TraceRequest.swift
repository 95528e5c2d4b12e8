import Interfaces
import Machine
import SystemPackage
import Tracing

/// What is to be recorded of a run.
struct TraceRequest {
  /// `SYSTEM:EVENT:TEXT`: a filter or a trigger of the events that the first two parts choose.
  struct Rule: Equatable {
    let events: EventPattern
    let text: String

    /// As a trigger, it begins the recording.
    var startsRecording: Bool { text.hasPrefix("traceon") }

    /// As a trigger, it sets aside what is recorded.
    var takesSnapshots: Bool { text.hasPrefix("snapshot") }

    /// Reads a rule; `nil` if a part is missing.
    init?(_ argument: String) {
      let parts = argument.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, !parts[2].isEmpty else { return nil }
      events = EventPattern("\(parts[0]):\(parts[1])")
      text = String(parts[2])
    }
  }

  var selection = EventSelection()
  var filters: [Rule] = []
  var triggers: [Rule] = []
  var capacity = Tracer.Capacity()
  var output: TraceOutput
  /// Where the functions' names were read.
  var symbolFile: FilePath?

  /// Lets a tracer record what was asked for.
  ///
  /// - Throws: ``TraceRequestError``.
  func apply(to tracer: Tracer) throws(TraceRequestError) {
    let events = tracer.events
    for index in try Self.catching({ () throws(EventPatternError) in try selection.indices(in: events) }) {
      tracer.setEnabled(index, true)
    }
    for filter in filters {
      for index in try Self.indices(of: filter, in: events) {
        do throws(TraceFilterError) {
          try tracer.setFilter(filter.text, for: index)
        } catch {
          throw TraceRequestError("--trace-filter for \(Self.name(events[index])):\n\(error)")
        }
      }
    }
    // What is to begin with an event does not begin before.
    if triggers.contains(where: \.startsRecording) { tracer.isRecording = false }
    for trigger in triggers {
      for index in try Self.indices(of: trigger, in: events) {
        do throws(TraceTriggerError) {
          try tracer.addTrigger(trigger.text, for: index)
        } catch {
          throw TraceRequestError("--trace-trigger for \(Self.name(events[index])):\n\(error)")
        }
        // A trigger acts on what is recorded.
        tracer.setEnabled(index, true)
      }
    }
  }

  /// Whether triggers may set aside what is recorded.
  var hasSnapshots: Bool { triggers.contains(where: \.takesSnapshots) }

  /// Whether events are asked for that only programs on the bare machine record.
  var isAboutGuests: Bool {
    // What is wrong with the selection is told when it is applied to a machine's tracer.
    let chosen = (try? selection.indices(in: Machine.traceEvents)) ?? []
    return chosen.contains { index in
      GuestTracePort.events.contains { $0.isSame(as: Machine.traceEvents[index]) }
    }
  }

  private static func indices(of rule: Rule, in events: [TraceEvent]) throws(TraceRequestError) -> [Int] {
    try catching { () throws(EventPatternError) in try rule.events.indices(in: events) }
  }

  private static func catching<Value>(
    _ body: () throws(EventPatternError) -> Value
  ) throws(TraceRequestError) -> Value {
    do throws(EventPatternError) {
      return try body()
    } catch {
      let hint = error.similar.isEmpty ? ": 'strata trace list' lists all" : ""
      throw TraceRequestError("\(error.description)\(hint)")
    }
  }

  private static func name(_ event: TraceEvent) -> String { "\(event.system):\(event.name)" }
}

/// Why a trace cannot be recorded as it was asked for.
struct TraceRequestError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, for a person.
  let description: String

  init(_ description: String) { self.description = description }
}
