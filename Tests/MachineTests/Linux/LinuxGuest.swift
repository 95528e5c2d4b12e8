import Chipset
import Devices
import Hypervisors
import Images
import SystemPackage

@testable import Machine

/// A machine with Linux and an initramfs whose script runs before power-off.
struct LinuxGuest: TestGuest {
  var kernel = DebianKernel.cloud612
  var processors = 1
  /// In MiB.
  var memory: UInt64 = 512
  var platform = Platform.pc
  /// What is under the processors.
  var hypervisor: HyperVConfiguration?
  /// What the kernel's command line says besides the console.
  var parameters = ""
  var seed: UInt64 = 0
  /// What busybox's shell executes.
  var script = ""
  /// Kernel modules to load first.
  var modules: [String] = []
  /// The raw image of a virtio disk.
  var disk: FilePath?
  /// Texts that the guest finds in its file system, by their paths.
  var files: [String: String] = [:]

  /// The initramfs: busybox, the modules and the script.
  ///
  /// - Parameter copies: files of the host by their paths in the guest.
  func initramfs(copying copies: [String: FilePath] = [:]) throws -> [UInt8] {
    let requests = try modules.map { name throws(ImageError) in try ModuleRequest(name) }
    let loaded =
      try requests.isEmpty ? [] : KernelModules(tree: kernel.tree, report: { _ in }).loadOrder(for: requests)
    return try GuestScripts.initramfs(running: script, modules: loaded, files: files, copying: copies)
  }

  func run() throws -> LinuxRun { try run(kernel.image) }

  /// Runs the machine with another form of the kernel's image.
  func run(_ image: KernelImage) throws -> LinuxRun {
    var configuration = MachineConfiguration(
      memorySize: memory << 20, processorCount: processors, platform: platform, hypervisor: hypervisor,
      seed: seed)
    if platform == .pc { configuration.devices = [.entropy] }
    if let disk {
      configuration.devices.append(.disk(try FileBlockBackend(path: disk.string, access: .readWrite)))
    }
    return try LinuxRun(
      of: configuration, image, commandLine: "console=ttyS0 panic=-1 " + parameters,
      initialRamdisk: initramfs())
  }
}

/// How a run of a Linux guest went.
struct LinuxRun: Sendable {
  /// What ended it.
  let event: MachineEvent
  /// What the guest wrote to its serial port.
  let console: String
  /// The instructions that all processors retired.
  let instructions: UInt64
  /// The machine at its end.
  let stateHash: StateHash
  /// What the machine did.
  let report: MachineReport

  /// Where a guest that does not come to its end is stopped; the boots of the tests need a quarter of it.
  private static let instructionLimit: UInt64 = 10_000_000_000

  /// Runs a machine from power-on to its end; it is described as its platform has it, or in another way.
  ///
  /// - Parameter answer: does what the guest's script asks for by a line that begins with `ask: `.
  init(
    of configuration: MachineConfiguration, _ image: KernelImage, commandLine: String,
    initialRamdisk: [UInt8], description: MachineDescription? = nil,
    answer: ((Machine, String) -> Void)? = nil
  ) throws {
    let machine = try Machine(configuration)
    let console = ConsoleRecorder()
    machine.serialPort.backend = console
    let boot = BootConfiguration(
      commandLine: commandLine, initialRamdisk: initialRamdisk,
      description: try description ?? machine.describeMachine(), seed: configuration.seed)
    try machine.load(image, boot)
    if let answer {
      machine.betweenRounds = { [unowned machine] in
        while let request = console.nextRequest() { answer(machine, request) }
      }
    }
    event = machine.run(instructions: Self.instructionLimit)
    self.console = console.text
    instructions = machine.instructionsRetired
    stateHash = machine.stateHash()
    report = machine.report
  }

  /// How often the guest accessed a device of this name.
  func accesses(to name: String) -> UInt64 { report.devices.first { $0.name == name }?.accesses ?? 0 }

  /// What the guest's script printed after `label: `, a line each.
  func lines(_ label: String) -> [String] {
    console.split(whereSeparator: \.isNewline).filter { $0.hasPrefix(label + ": ") }
      .map { String($0.dropFirst(label.count + 2)) }
  }

  /// The kernel's messages on the console, without their times.
  var kernelMessages: [String] {
    console.split(whereSeparator: \.isNewline).compactMap { line in
      guard line.hasPrefix("["), let end = line.firstIndex(of: "]") else { return nil }
      return String(line[line.index(after: end)...].drop { $0 == " " })
    }
  }

  /// Those that say that the kernel met what it never should.
  var trouble: [String] {
    let signs = ["WARNING:", "BUG:", "unchecked MSR", "Oops", "Call Trace", "Kernel panic", "failed for VP"]
    return kernelMessages.filter { message in signs.contains { message.contains($0) } }
  }

  /// The last lines of the console, to be shown where an expectation fails.
  var end: String {
    console.split(whereSeparator: \.isNewline).suffix(25).joined(separator: "\n")
  }
}

/// Keeps what a guest writes to its serial port.
final class ConsoleRecorder: SerialBackend {
  private var bytes: [UInt8] = []
  /// Where the line starts that is being written.
  private var lineStart = 0
  private var requests: [String] = []

  var text: String { String(decoding: bytes, as: UTF8.self) }

  func transmit(_ byte: UInt8) {
    bytes.append(byte)
    guard byte == UInt8(ascii: "\n") else { return }
    let line = bytes[lineStart...]
    if line.starts(with: Self.requestLabel) {
      requests.append(
        String(decoding: line.dropFirst(Self.requestLabel.count), as: UTF8.self).filter { !$0.isWhitespace })
    }
    lineStart = bytes.count
  }

  /// What the guest's script has asked for.
  func nextRequest() -> String? { requests.isEmpty ? nil : requests.removeFirst() }

  private static let requestLabel = Array("ask: ".utf8)
}
