import SystemPackage
import Testing

@testable import Machine

/// A guest of `Guests/`, whose own tests judge the machine from inside.
struct BareGuest {
  /// The way in which a guest is started.
  enum Entry: String, CaseIterable {
    case multiboot = "Multiboot"
    case pvh = "PVH"
  }

  /// What a guest writes to the debug exit, as the machine reports it.
  enum ExitCode {
    /// All of its tests passed.
    static let success: UInt32 = 33
    /// The computer lacks what the guest is for.
    static let unsuitable: UInt32 = 37
  }

  private static let instructionLimit: UInt64 = 2_000_000_000

  let name: String
  var entry = Entry.multiboot

  /// How a guest ended, and what it said.
  struct Run {
    let event: MachineEvent
    let lines: [String]
    let machine: Machine
  }

  private func kernel() throws -> KernelImage {
    var bytes = try BootFile.read(TestFiles.guest(name))
    if entry == .pvh {
      let header = try #require(MultibootHeader(findIn: bytes))
      bytes[Int(header.offset)] = 0
    }
    return try KernelImage.identify(bytes)
  }

  /// Runs the guest on a machine that gets a debug exit.
  func run(
    on configuration: MachineConfiguration, preparing prepare: (Machine) -> Void = { _ in }
  ) throws -> Run {
    var configuration = configuration
    configuration.devices.append(.debugExit)
    let machine = try Machine(configuration)
    let console = ConsoleRecorder()
    machine.serialPort.backend = console
    try machine.load(kernel(), commandLine: "debug-exit", initialRamdisk: nil)
    prepare(machine)
    let event = machine.run(instructions: Self.instructionLimit)
    return Run(
      event: event, lines: console.text.split(whereSeparator: \.isNewline).map(String.init), machine: machine)
  }

  /// Runs the guest and expects that all of its tests pass.
  @discardableResult
  func passes(on configuration: MachineConfiguration) throws -> Run {
    let run = try run(on: configuration)
    let lines = run.lines
    #expect(run.event == .debugExit(code: ExitCode.success), "\(lines.suffix(10).joined(separator: "\n"))")
    #expect(lines.contains("started by \(entry.rawValue)"))
    #expect(lines.filter { $0.contains("FAILED") } == [])
    // Here nothing is left out: the lines that do not apply under an emulator that is less strict.
    #expect(lines.filter { $0.contains("leaves this out") } == [])
    #expect(lines.last?.hasSuffix(" passed, 0 failed") == true)
    return run
  }
}
