import ArgumentParser
import Glibc
import Machine

/// How a run ended, as the person or the program that started it sees it.
enum RunEnding: Equatable {
  case powerOff
  case reset
  case tripleFault(processor: Int)
  case instructionLimit
  case timeLimit
  case deadlock
  case left
  case debugExit(code: UInt32)
  case outputFailed(Errno)
  case signal(Int32)

  typealias Errno = Int32

  /// What a machine's own event means; `nil` for the end that somebody outside brought about.
  init?(_ event: MachineEvent) {
    switch event {
    case .powerOff: self = .powerOff
    case .reset: self = .reset
    case .tripleFault(let processor): self = .tripleFault(processor: processor)
    case .debugExit(let code): self = .debugExit(code: code)
    case .instructionLimit: self = .instructionLimit
    case .deadlock: self = .deadlock
    case .stopped: return nil
    }
  }

  /// The code with which the command ends. Those of a run that came to its end are even, because test programs
  /// that use the debug exit choose the odd ones.
  var exitCode: ExitCode {
    switch self {
    case .powerOff: ExitCode(0)
    case .reset: ExitCode(80)
    case .tripleFault: ExitCode(82)
    case .instructionLimit: ExitCode(84)
    case .timeLimit: ExitCode(86)
    case .deadlock: ExitCode(88)
    case .left: ExitCode(90)
    case .debugExit(let code): ExitCode(Int32(code & 0xFF))
    case .outputFailed: SystemExit.inputOutput
    case .signal(let number): ExitCode(128 + number)
    }
  }

  /// The name in reports.
  var name: String {
    switch self {
    case .powerOff: "power-off"
    case .reset: "reset"
    case .tripleFault: "triple-fault"
    case .instructionLimit: "instruction-limit"
    case .timeLimit: "timeout"
    case .deadlock: "deadlock"
    case .left: "left"
    case .debugExit: "debug-exit"
    case .outputFailed: "output-failed"
    case .signal: "signal"
    }
  }

  /// What happened, for people.
  var text: String {
    switch self {
    case .powerOff: "the guest switched the power off"
    case .reset: "the guest reset the machine"
    case .tripleFault(let processor): "triple fault on processor \(processor)"
    case .instructionLimit: "all instructions of --max-instructions are used up"
    case .timeLimit: "the time of --timeout is over"
    case .deadlock: "every processor is halted and nothing can wake one"
    case .left: "left by the user"
    case .debugExit(let code): "the guest left by the debug exit with code \(code & 0xFF)"
    case .outputFailed(let number):
      "the guest's output cannot be written: \(String(cString: strerror(number)))"
    case .signal(let number): "ended by \(String(cString: strsignal(number)))"
    }
  }
}

extension RunEnding {
  /// The exit codes, for `--help`.
  static let table = """
    Exit codes:
      \(line(.powerOff, "the guest switched the power off"))
      \(line(.reset, "the guest reset the machine and --no-reboot was given"))
      \(line(.tripleFault(processor: 0), "triple fault; a report is on standard error"))
      \(line(.instructionLimit, "--max-instructions is used up"))
      \(line(.timeLimit, "--timeout is over"))
      \(line(.deadlock, "every processor is halted and nothing can wake one"))
      \(line(.left, "left by Ctrl-A x"))
      odd  --device debug-exit: twice the guest's value, and one
      64   wrong usage                    66   an input cannot be read
      65   a kernel or disk is not one    69   the host lacks memory or a network
      73   an output cannot be created    74   an output cannot be written
      128 and the number of the signal that ended the run: 129, 130, 131, 143
    """

  private static func line(_ ending: RunEnding, _ text: String) -> String {
    let code = String(ending.exitCode.rawValue)
    return code + String(repeating: " ", count: max(1, 5 - code.count)) + text
  }
}

extension SystemExit {
  static let data = ExitCode(65)
  static let inputOutput = ExitCode(74)
}
