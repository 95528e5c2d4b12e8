import Machine

/// One line about a run for people.
struct StatisticsLine: CustomStringConvertible {
  let report: MachineReport
  /// The instructions of the whole run, with those before resets.
  let instructions: UInt64
  let usage: HostUsage

  var description: String {
    let speed = DecimalText.fixed(usage.millionsOfInstructionsPerSecond(instructions), decimals: 1)
    var time = "\(DecimalText.fixed(usage.seconds, decimals: 2)) s"
    if usage.idleSeconds >= 0.01 { time += " (idle \(DecimalText.fixed(usage.idleSeconds, decimals: 2)) s)" }
    let devices = report.devices.filter { $0.accesses > 0 }.map { "\($0.name) \($0.accesses)" }
    let accesses = devices.isEmpty ? "none" : devices.joined(separator: ", ")
    return "\(instructions) instructions in \(time), \(speed) MIPS;"
      + " \(report.blocksDecoded) blocks decoded, \(report.invalidations) pages invalidated;"
      + " device accesses: \(accesses)"
  }
}
