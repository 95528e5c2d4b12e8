import ArgumentParser
import Images
import SystemPackage

/// `strata demo`: Debian's kernel and busybox on two processors, with nothing to choose.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Boot Debian's newest kernel to a shell.",
    discussion: """
      Fetches the kernel and busybox from Debian through apt, once, and boots them. Where they cannot \
      be had, a small guest that is part of this program is booted instead.
      """)

  @Option(help: ArgumentHelp("Number of processors, from 1 to 64.", valueName: "number"))
  var cpus = 2

  @Option(help: ArgumentHelp("Memory in MiB.", valueName: "number"))
  var memory = 512

  @OptionGroup var packages: PackageOptions

  /// The console is the serial port; a panic ends the machine at once instead of leaving it hanging.
  private static let commandLine = "console=ttyS0 panic=-1"

  func validate() throws {
    guard (1...64).contains(cpus) else { throw ValidationError("--cpus takes a number from 1 to 64") }
    guard (64...1 << 20).contains(memory) else { throw ValidationError("--memory takes 64 MiB to 1 TiB") }
  }

  func run() throws {
    try run(on: DemoCommand.launcher)
  }

  private func run(on launcher: some MachineLauncher) throws {
    let debian: DebianDemo
    do {
      debian = try DebianDemo.prepare(
        in: packages.folder, from: packages.makeStore(), report: Diagnostic.write)
    } catch let error as ImageError {
      Diagnostic.write(error.description)
      Diagnostic.write("Debian cannot be had here, so this is the guest that is part of Strata")
      throw try launcher.bootBuiltInGuest(processorCount: cpus, memoryMebibytes: memory)
    }
    Diagnostic.write("booting Linux \(debian.kernelVersion); 'exit' or 'poweroff' in its shell ends it")
    throw try launcher.boot(
      LinuxBootRequest(
        kernel: debian.kernel, initialRAMDisk: debian.initialRAMDisk, commandLine: Self.commandLine,
        processorCount: cpus, memoryMebibytes: memory))
  }
}
