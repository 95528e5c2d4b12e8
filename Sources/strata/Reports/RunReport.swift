import Glibc
import Machine
import Processor

/// The report of a run for programs.
///
/// Everything but the member `host` is the same for every run that was given the same.
struct RunReport {
  let ending: RunEnding
  let report: MachineReport
  let stateHash: StateHash
  /// The instructions of the whole run, with those before resets.
  let instructions: UInt64
  /// How often the machine was reset and started again.
  let resets: UInt64
  let usage: HostUsage

  /// The report as one object. Counters are those since the last reset, except `instructions` and `resets`.
  var json: JSONValue {
    .object([
      ("event", .text(ending.name)),
      ("detail", .text(ending.text)),
      ("exitCode", .integer(UInt64(ending.exitCode.rawValue))),
      ("seed", .integer(report.seed)),
      ("instructions", .integer(instructions)),
      ("resets", .integer(resets)),
      ("machineNanoseconds", .integer(report.nanoseconds)),
      ("stateHash", .text(stateHash.description)),
      ("processors", .array(report.processors.map(Self.json(of:)))),
      ("devices", .object(report.devices.map { ($0.name, .integer($0.accesses)) })),
      ("modems", .object(report.modems.map { ($0.name, .object(ModemReport($0.statistics).members)) })),
      ("hypervisor", report.hypervisor.map { .object(HypervisorReport($0).members) } ?? .null),
      (
        "code",
        .object([
          ("blocksDecoded", .integer(report.blocksDecoded)),
          ("invalidations", .integer(report.invalidations)),
        ])
      ),
      (
        "host",
        .object([
          ("seconds", .decimal(usage.seconds, decimals: 6)),
          ("idleSeconds", .decimal(usage.idleSeconds, decimals: 6)),
          ("mips", .decimal(usage.millionsOfInstructionsPerSecond(instructions), decimals: 3)),
          ("peakResidentBytes", .integer(HostUsage.peakResidentBytes)),
        ])
      ),
    ])
  }

  private static func json(of processor: MachineReport.Processor) -> JSONValue {
    .object([
      ("index", .integer(UInt64(processor.index))),
      ("instructions", .integer(processor.instructions)),
      ("activity", .text("\(processor.activity)")),
      ("exceptions", .object(processor.exceptions.map { ($0.name, .integer($0.count)) })),
      ("undefinedEncodings", .array(processor.undefinedEncodings.map(json(of:)))),
      ("unknownRegisters", .array(processor.unknownRegisters.map(json(of:)))),
      ("guests", processor.guests.map { .object(GuestReport($0).members) } ?? .null),
    ])
  }

  private static func json(of encoding: ObservedEncoding) -> JSONValue {
    let bytes = encoding.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    return .object([
      ("bytes", .text(bytes)), ("text", .text(encoding.text)), ("count", .integer(encoding.count)),
    ])
  }

  private static func json(of register: UnknownRegister) -> JSONValue {
    .object([
      ("index", .text("0x" + String(register.index, radix: 16))), ("access", .text("\(register.access)")),
      ("count", .integer(register.count)),
    ])
  }
}

extension RunReport {
  /// Writes the report as one line.
  ///
  /// - Parameter afterPartOfLine: whether standard output stands in the midst of a line of the guest.
  func write(to place: ReportPlace, afterPartOfLine: Bool) throws(CommandError) {
    let line = Array((json.description + "\n").utf8)
    switch place {
    case .standardOutput:
      let bytes = (afterPartOfLine ? [UInt8(ascii: "\n")] : []) + line
      guard HostMessage.writeAll(bytes, to: STDOUT_FILENO) else {
        throw CommandError(
          "cannot write the report: \(CommandError.text(of: errno))", SystemExit.inputOutput)
      }
    case .file(let path):
      let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else {
        throw CommandError(
          "cannot create the report \(path): \(CommandError.text(of: errno))", SystemExit.cannotCreate)
      }
      defer { close(descriptor) }
      guard HostMessage.writeAll(line, to: descriptor) else {
        throw CommandError(
          "cannot write the report \(path): \(CommandError.text(of: errno))", SystemExit.inputOutput)
      }
    }
  }
}
