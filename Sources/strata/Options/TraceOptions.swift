import ArgumentParser
import SystemPackage
import Tracing

/// The options of `strata run` that are about tracing.
struct TraceOptions: ParsableArguments {
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Record events, as in 'irq:*,msr:write_msr'; '!' takes events away again. May be given several times; \
      'strata trace list' shows all events.
      """, valueName: "system:event,..."))
  var trace: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Record only what fulfils a condition in ftrace's grammar, as in 'mmio:*:device == "ioapic" && value & 0x100'. \
      May be given several times.
      """, valueName: "system:event:condition"))
  var traceFilter: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      Let an event start or end the recording: traceon, traceoff or snapshot, as in \
      'exceptions:triple_fault:traceoff:1 if ip > 0xfff'. May be given several times.
      """, valueName: "system:event:action[:count][ if condition]"))
  var traceTrigger: [String] = []

  @Option(
    help: ArgumentHelp(
      "The file for the trace, which is replaced. Without --trace-format the end of its name decides.",
      valueName: "file"))
  var traceOut = "trace.dat"

  @Option(
    help: "The form of the file: trace-cmd and KernelShark read dat and dat7, ui.perfetto.dev reads perfetto."
  )
  var traceFormat: TraceConvertCommand.Format?

  @Option(
    help: ArgumentHelp(
      "Name the functions of code addresses in the trace by \(SymbolOption.files).", valueName: "file"))
  var traceSymbols: String?

  @Option(
    help: ArgumentHelp(
      """
      How much is kept for each processor, and whether then old records are overwritten, as without this, or new \
      ones are lost.
      """, valueName: "size[,stop|overwrite]"),
    transform: TraceBufferSize.init)
  var traceBuffer: TraceBufferSize?

  /// What is to be recorded; `nil` if nothing is.
  var request: TraceRequest? {
    get throws {
      guard isAsked else { return nil }
      var request = TraceRequest(output: try TraceOutput(path: traceOut, format: traceFormat))
      if let traceSymbols {
        request.symbolFile = FilePath(traceSymbols)
        request.output.symbols = try SymbolTable(ofFile: traceSymbols)
      }
      for text in trace { request.selection.append(EventSelection(text)) }
      request.filters = try traceFilter.map {
        try Self.rule($0, "--trace-filter takes SYSTEM:EVENT:CONDITION")
      }
      request.triggers = try traceTrigger.map {
        try Self.rule($0, "--trace-trigger takes SYSTEM:EVENT:ACTION[:COUNT][ if CONDITION]")
      }
      if let traceBuffer { request.capacity = traceBuffer.capacity }
      return request
    }
  }

  private var isAsked: Bool { !trace.isEmpty || !traceTrigger.isEmpty }

  func validate() throws {
    guard
      isAsked
        || (traceFilter.isEmpty && traceBuffer == nil && traceFormat == nil && traceSymbols == nil)
    else {
      throw ValidationError("what is to be recorded? --trace names events, as in --trace 'irq:*'")
    }
  }

  private static func rule(_ text: String, _ usage: String) throws -> TraceRequest.Rule {
    guard let rule = TraceRequest.Rule(text) else { throw ValidationError("\(usage), not '\(text)'") }
    return rule
  }
}

/// `SIZE[,stop|overwrite]`: how much of a trace is kept for each processor.
struct TraceBufferSize: Equatable {
  let capacity: Tracer.Capacity

  /// More would be more than an address space of memory for 64 processors should be asked for.
  private static let limit: UInt64 = 64 << 30

  /// Reads a size and what becomes of records that have no room.
  init(_ argument: String) throws {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let size = try ByteSize(parts[0]).bytes
    guard size <= Self.limit else { throw ValidationError("a processor's records take at most 64G") }
    let policy: Tracer.Capacity.Policy
    switch parts.dropFirst() {
    case [], ["overwrite"]: policy = .overwrite
    case ["stop"]: policy = .stop
    default: throw ValidationError("write SIZE, SIZE,stop or SIZE,overwrite")
    }
    capacity = Tracer.Capacity(bytesPerProcessor: Int(size), policy: policy)
  }
}
