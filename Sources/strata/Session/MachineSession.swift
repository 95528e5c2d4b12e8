import ArgumentParser
import Devices
import Glibc
import Logging
import Machine
import Processor

/// One run of a machine on this terminal, from power-on to its end, through any number of resets.
final class MachineSession {
  private let request: RunRequest
  private let parts: MachineParts
  private let lines: LineSet
  private let logger = HostLog.logger("strata.machine")

  private var machine: Machine
  /// What the person, a signal or a limit of this command decided.
  private var decision: RunEnding?
  /// What was executed before the last reset.
  private var earlierInstructions: UInt64 = 0
  private var resets: UInt64 = 0
  private var rounds: UInt64 = 0
  private let start: UInt64
  private var idleNanoseconds: UInt64 = 0

  /// How many rounds pass between two looks at the host: a millisecond or two.
  private static let roundsPerExchange: UInt64 = 8

  /// Opens everything that the run needs.
  init(_ request: RunRequest) throws(CommandError) {
    self.request = request
    try RunFiles(request).check()
    let streams = StandardStreams()
    let serial = try request.serial.open(standardStreams: streams)
    let console = request.devices.contains(.console) ? streams : nil
    let modem = try Self.openModemTerminal(request.modem?.terminal, besides: serial)
    lines = LineSet(serial: serial, console: console, modem: modem)
    do throws(CommandError) {
      parts = try MachineParts(request, console: console, modemTerminal: modem)
      machine = try parts.makeMachine()
    } catch {
      lines.close()
      throw error
    }
    start = HostClock.nanoseconds
  }

  /// Opens the line on which somebody answers a modem's commands, if it is not the modem itself.
  private static func openModemTerminal(
    _ place: ModemTerminalPlace?, besides serial: (any HostLine)?
  ) throws(CommandError) -> ModemTerminal? {
    guard case .line(let place) = place else { return nil }
    do throws(CommandError) {
      return ModemTerminal(try place.open(standardStreams: nil))
    } catch {
      serial?.close()
      throw error
    }
  }

  /// Runs the machine to its end and reports; gives the code with which the command ends.
  func run() throws(CommandError) -> ExitCode {
    HostSignals.install()
    enterRawMode()
    defer {
      Terminal.restore()
      lines.close()
    }
    let ending = try runToEnd()
    lines.flush(mayWait: { HostSignals.endingSignal == nil })
    Terminal.restore()
    let failure = writeTrace()
    try report(ending)
    return failure ?? ending.exitCode
  }

  /// Gives the code with which the command ends if the trace cannot be written.
  private func writeTrace() -> ExitCode? {
    do {
      try request.trace?.output.write(machine.tracer)
      return nil
    } catch let code as ExitCode {
      return code
    } catch {
      Diagnostic.write("cannot write the trace: \(error)")
      return SystemExit.inputOutput
    }
  }

  private func runToEnd() throws(CommandError) -> RunEnding {
    while true {
      connect()
      let limit = request.instructionLimit.map { $0 &- min($0, earlierInstructions) } ?? .max
      let event = machine.run(instructions: limit)
      if let decision { return decision }
      let ending = RunEnding(event) ?? .left
      guard ending == .reset, request.resetPolicy == .restart else { return ending }
      try restart()
    }
  }

  private func restart() throws(CommandError) {
    earlierInstructions &+= machine.instructionsRetired
    resets += 1
    machine.betweenRounds = nil
    machine.whileIdle = nil
    machine = try parts.makeMachine(after: machine)
  }

  private func connect() {
    lines.connect(to: machine)
    resizeConsoles()
    machine.betweenRounds = { [unowned self] in betweenRounds() }
    machine.whileIdle = { [unowned self] in waitWhileIdle(nanoseconds: $0) }
    for processor in machine.processors {
      processor.undefinedEncodingSeen = { [unowned self, unowned processor] in
        warnOfUndefinedEncoding($0, on: processor)
      }
    }
  }

  // MARK: Between rounds

  private func betweenRounds() {
    rounds &+= 1
    if HostSignals.arePending { handleSignals() }
    if rounds % Self.roundsPerExchange == 0 {
      exchange()
    } else {
      lines.deliverPending()
    }
  }

  /// Looks after everything outside the machine; tells whether the guest was given something to do.
  @discardableResult
  private func exchange() -> Bool {
    lines.flush(mayWait: { HostSignals.endingSignal == nil && !isTimeOver })
    if let failure = lines.failure { end(.outputFailed(failure)) }
    if isTimeOver { end(.timeLimit) }
    let (commands, hasDelivered) = lines.exchange()
    for command in commands { perform(command) }
    return pollNetworks() || hasDelivered
  }

  /// Lets the guest's networks look at the host; tells whether the guest was given a packet.
  private func pollNetworks() -> Bool {
    var hasDelivered = false
    for network in parts.networks where network.poll() { hasDelivered = true }
    return hasDelivered
  }

  private func end(_ ending: RunEnding) {
    if decision == nil { decision = ending }
    machine.stop()
  }

  private var elapsedNanoseconds: UInt64 { HostClock.nanoseconds &- start }

  /// The nanoseconds until the run has taken too long; `nil` if it may take for ever.
  private var remainingNanoseconds: UInt64? {
    request.timeLimit.map {
      let limit = UInt64($0 * 1e9)
      return limit &- min(limit, elapsedNanoseconds)
    }
  }

  private var isTimeOver: Bool { remainingNanoseconds == 0 }

  // MARK: Idle

  /// Waits for input and lets time pass meanwhile; where nobody can send any, time jumps.
  private func waitWhileIdle(nanoseconds: UInt64?) -> Bool {
    if HostSignals.arePending { handleSignals() }
    if exchange() || decision != nil || machine.endIfHaltedForGood() { return false }
    var networkWait = NetworkWait()
    for network in parts.networks { network.prepareToWait(&networkWait) }
    guard lines.awaitsInput || networkWait.isForHost else {
      // Without this the machine takes the absence of timers for its end.
      if nanoseconds == nil { machine.whileIdle = nil }
      return true
    }
    let begin = HostClock.nanoseconds
    let limits = [nanoseconds, remainingNanoseconds, networkWait.limit]
    lines.wait(for: networkWait, nanoseconds: limits.compactMap { $0 }.min())
    let waited = HostClock.nanoseconds &- begin
    idleNanoseconds &+= waited
    if let nanoseconds, waited >= nanoseconds { return true }
    machine.letTimePass(nanoseconds: waited)
    if HostSignals.arePending { handleSignals() }
    exchange()
    return false
  }

  // MARK: Signals

  private func handleSignals() {
    HostSignals.clearWake()
    if let number = HostSignals.endingSignal { end(.signal(number)) }
    if HostSignals.take(SIGTSTP) {
      lines.flush(mayWait: { false })
      Terminal.restore()
      HostSignals.performDefault(SIGTSTP)
      enterRawMode()
    }
    if HostSignals.take(SIGCONT) { Terminal.applyRawMode() }
    if HostSignals.take(SIGWINCH) { resizeConsoles() }
  }

  private func enterRawMode() {
    if lines.isTyped { Terminal.enterRawMode() }
  }

  private func resizeConsoles() {
    guard let size = Terminal.size else { return }
    for console in machine.consoles { console.resize(columns: size.columns, rows: size.rows) }
  }

  // MARK: The person at the terminal

  private func perform(_ command: EscapeCommand) {
    switch command {
    case .leave: end(.left)
    case .monitor: openMonitor()
    case .statistics: say("strata: \(statisticsLine)")
    case .sendBreak: lines.sendBreak()
    case .help: say(EscapeInterpreter.help)
    case .unknown: say("strata: Ctrl-A is for Strata; Ctrl-A h lists its keys, Ctrl-A Ctrl-A sends it")
    }
  }

  private func openMonitor() {
    let begin = HostClock.nanoseconds
    lines.flush(mayWait: { HostSignals.endingSignal == nil })
    startLine()
    Terminal.restore()
    var monitor = Monitor(
      machine, symbols: request.trace?.output.symbols,
      statistics: { [unowned self] in statisticsLine.description })
    let outcome = monitor.converse()
    enterRawMode()
    idleNanoseconds &+= HostClock.nanoseconds &- begin
    if outcome == .leave { end(.left) }
  }

  private func warnOfUndefinedEncoding(_ bytes: [UInt8], on processor: VirtualProcessor) {
    lines.flush(mayWait: { HostSignals.endingSignal == nil && !isTimeOver })
    startLine()
    let encoding = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    let place = String(processor.instructionPointer, radix: 16)
    let text = processor.instructionText(of: bytes)
    logger.warning("processor \(processor.index) has no instruction \(encoding), \(text), near \(place)")
  }

  /// Text of Strata itself, in lines of its own.
  private func say(_ text: String) {
    startLine()
    HostMessage.write(text)
  }

  private func startLine() {
    if lines.endsInMidLine, isatty(STDERR_FILENO) == 1 { HostMessage.write("") }
  }

  // MARK: Reports

  private var instructions: UInt64 { earlierInstructions &+ machine.instructionsRetired }

  private var usage: HostUsage {
    HostUsage(seconds: Double(elapsedNanoseconds) / 1e9, idleSeconds: Double(idleNanoseconds) / 1e9)
  }

  private var statisticsLine: StatisticsLine {
    StatisticsLine(report: machine.report, instructions: instructions, usage: usage)
  }

  private func report(_ ending: RunEnding) throws(CommandError) {
    let usage = self.usage
    startLine()
    if case .tripleFault(let processor) = ending, let crash = machine.crashReport(processor: processor) {
      HostMessage.write("\(crash)")
    }
    let report = machine.report
    HostMessage.write("strata: \(ending.text)")
    HostMessage.write(
      "strata: \(StatisticsLine(report: report, instructions: instructions, usage: usage))")
    guard let place = request.report else { return }
    try RunReport(
      ending: ending, report: report, stateHash: machine.stateHash(), instructions: instructions,
      resets: resets, usage: usage
    ).write(to: place, afterPartOfLine: lines.endsInMidLine)
  }
}
