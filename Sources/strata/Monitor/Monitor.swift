import Glibc
import Machine
import Processor
import Tracing

/// A conversation with a person about a machine that stands still.
struct Monitor {
  /// How a conversation ended.
  enum Outcome: Equatable {
    case `continue`
    case leave
  }

  private static let prompt = "(strata) "

  private let machine: Machine
  private let statistics: () -> String
  private let symbols: SymbolTable?
  private var chosen: VirtualProcessor

  /// A monitor of a machine; `statistics` gives the line about the run so far, `symbols` names for code addresses in
  /// traces.
  init(_ machine: Machine, symbols: SymbolTable? = nil, statistics: @escaping () -> String) {
    self.machine = machine
    self.symbols = symbols
    self.statistics = statistics
    chosen = machine.processors[0]
  }

  /// Reads commands from standard input until one ends the conversation.
  mutating func converse() -> Outcome {
    var reader = LineReader()
    show("The machine stands still. 'help' lists the commands, 'continue' lets it run on.")
    while true {
      HostMessage.writeAll(Array(Self.prompt.utf8), to: STDERR_FILENO)
      switch reader.next() {
      case .line(let line): if let outcome = execute(line) { return outcome }
      case .interrupted: show("")
      case .ended:
        show("")
        return HostSignals.endingSignal == nil ? .continue : .leave
      }
    }
  }

  /// Executes one line; gives the outcome if it ends the conversation.
  mutating func execute(_ line: String) -> Outcome? {
    do throws(MonitorSyntaxError) {
      guard let command = try MonitorCommand.parse(line) else { return nil }
      switch command {
      case .continue: return .continue
      case .leave: return .leave
      default: show(try answer(to: command))
      }
    } catch {
      show(error.description)
    }
    return nil
  }

  /// What a command that does not end the conversation shows.
  mutating func answer(to command: MonitorCommand) throws(MonitorSyntaxError) -> String {
    switch command {
    case .registers(let index):
      let processor = try index.map(self.processor) ?? chosen
      return
        "processor \(processor.index) \(processor.activity.text)\n\(RegisterListing(processor.registers))"
    case .memory(let space, let address, let count):
      let start = try resolve(address)
      let bytes =
        switch space {
        case .linear: machine.inspectMemory(linear: start, count: count, by: chosen)
        case .physical: machine.inspectMemory(physical: start, count: count)
        }
      return MemoryListing(from: start, bytes: bytes).description
    case .instructions(let address, let count):
      let start = try address.map(resolve) ?? chosen.instructionPointer
      let instructions = chosen.instructions(from: start, count: count)
      return instructions.isEmpty
        ? "no memory is mapped there" : instructions.map(\.description).joined(separator: "\n")
    case .processors:
      return machine.processors.map {
        "\($0 === chosen ? "*" : " ") \($0.index)  rip \(String($0.instructionPointer, radix: 16))"
          + "  \($0.instructionsRetired) instructions  \($0.activity.text)"
      }.joined(separator: "\n")
    case .choose(let index):
      chosen = try processor(index)
      return "processor \(index) \(chosen.activity.text)"
    case .statistics: return statistics()
    case .fault(let fault, let index):
      guard machine.modems.indices.contains(index) else {
        throw MonitorSyntaxError(
          description: "the machine has \(machine.modems.count) modems, counted from 0")
      }
      machine.modems[index].inject(fault)
      return "modem \(index): \(fault.rawValue)"
    case .tracing(let action): return try action.perform(on: machine.tracer, symbols: symbols)
    case .help: return MonitorCommand.helpText
    case .continue, .leave: return ""
    }
  }

  private func processor(_ index: Int) throws(MonitorSyntaxError) -> VirtualProcessor {
    guard machine.processors.indices.contains(index) else {
      throw MonitorSyntaxError(description: "the processors are 0 to \(machine.processors.count - 1)")
    }
    return machine.processors[index]
  }

  private func resolve(_ address: MonitorCommand.Address) throws(MonitorSyntaxError) -> UInt64 {
    switch address {
    case .number(let number): return number
    case .register(let name):
      let registers = chosen.registers
      if name == "rip" { return registers.instructionPointer }
      let named = registers.general + registers.control + registers.debug
      guard let register = named.first(where: { $0.name == name }) else {
        throw MonitorSyntaxError(description: "there is no register '\(name)'")
      }
      return register.value
    }
  }

  private func show(_ text: String) { HostMessage.write(text) }
}
