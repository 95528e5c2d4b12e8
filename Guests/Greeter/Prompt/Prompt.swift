import Bedrock

/// The commands at the console.
final class Prompt {
  private struct Command {
    let name: StaticString
    let help: StaticString
    /// Returns whether the prompt goes on.
    let run: (Prompt) -> Bool
  }

  private static let text = "greeter> "

  private let computer: Computer
  private let clocks: Clocks
  private let commands: [Command]

  init(_ computer: Computer, _ clocks: Clocks) {
    self.computer = computer
    self.clocks = clocks
    commands = [
      Command(name: "help", help: "these lines") { prompt in prompt.help() },
      Command(name: "cpu", help: "the processors and their features") { prompt in
        ProcessorFindings.print(prompt.computer)
        return true
      },
      Command(name: "memory", help: "the memory map") { prompt in
        MemoryFindings.print(prompt.computer)
        return true
      },
      Command(name: "timers", help: "the counters and their frequencies") { prompt in
        TimerFindings.print(prompt.computer, prompt.clocks)
        return true
      },
      Command(name: "pci", help: "the PCI functions") { prompt in
        PCIFindings.print(prompt.computer)
        return true
      },
      Command(name: "tests", help: "the self-tests once more") { prompt in
        _ = ShortSelfTest.run(on: prompt.computer, prompt.clocks)
        return true
      },
      Command(name: "crash", help: "an exception that nobody handles: shows its report and ends the guest") {
        _ in
        probeUndefined(0, 0) == 0
      },
      Command(name: "poweroff", help: "switches the computer off") { _ in false },
    ]
  }

  /// Reads commands until one ends the guest.
  func run() {
    let console = computer.console
    let input = SerialInput(computer)
    var editor = LineEditor(prompt: Self.text)
    console.print("\nType \"help\" for the commands.")
    console.write(editor.prompt)
    while true {
      switch editor.receive(input.next()) {
      case .show(let text):
        console.write(text)
      case .line(let line):
        console.print()
        guard execute(line) else { return }
        console.write(editor.prompt)
      }
    }
  }

  private func execute(_ line: String) -> Bool {
    let words = line.utf8.split(separator: UInt8(ascii: " "))
    guard let word = words.first else { return true }
    for command in commands where word.elementsEqual(command.name.bytes) { return command.run(self) }
    computer.console.print("\(line): no such command; \"help\" lists them")
    return true
  }

  private func help() -> Bool {
    for command in commands {
      let padding = String(repeating: " ", count: max(1, 10 - command.name.utf8CodeUnitCount))
      computer.console.print("  \(command.name)\(padding)\(command.help)")
    }
    return true
  }
}
