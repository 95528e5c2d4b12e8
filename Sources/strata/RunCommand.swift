import ArgumentParser
import Interfaces
import Machine
import Processor
import SystemPackage

/// `strata run`: a kernel on a machine of one's own choice.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Boot a kernel.",
    discussion: """
      Takes a Linux bzImage or vmlinux, a Multiboot 1 image or a bare-metal ELF file. The guest's serial port \
      is this terminal unless --serial says otherwise; Ctrl-A h lists the keys that are for Strata.

      Two runs with the same arguments do the same, to the bit, as long as nobody types. Input from a pipe \
      or a file waits until the guest reads it; its end is not the end of the run.

      Examples:
        strata run --kernel vmlinuz --initrd shell.cpio --append console=ttyS0
        strata run --kernel vmlinuz --initrd test.cpio --append console=ttyS0 \\
          --cpus 4 --disk root.img,readonly --no-reboot --timeout 300 \\
          --serial file:console.log --json report.json
        strata run --kernel test.elf --device debug-exit --seed 7
        strata run --kernel vmlinuz --initrd modem.cpio --append console=ttyS0 \\
          --device mhi,model=foxconn-t99w175,net=user
        strata run --kernel vmlinuz --initrd test.cpio --append console=ttyS0 \\
          --trace 'exceptions:*,irq:*' --trace-filter 'irq:irq_deliver:vector != 0xec'
        strata run --hypervisor hyperv --vtl 2 --kernel vmlinuz-vtl --initrd shell.cpio --cpus 4 \\
          --append 'console=ttyS0 reboot=t'

      \(RunEnding.table)
      """)

  @Option(help: ArgumentHelp("The kernel.", valueName: "file"))
  var kernel: String

  @Option(help: ArgumentHelp("The initial RAM disk.", valueName: "file"))
  var initrd: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The kernel's command line.", valueName: "text"))
  var append = ""

  @Option(
    help: ArgumentHelp("Memory, as in 512M, 2G or 65536K; MiB without a unit.", valueName: "size"),
    transform: ByteSize.init)
  var memory = ByteSize(bytes: 512 << 20)

  @Option(help: ArgumentHelp("Number of processors, from 1 to 64.", valueName: "number"))
  var cpus = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Processor model and changes to it, as in x86-64-v2,+movbe,-pcid; 'strata cpu' lists both.",
      valueName: "model,+feature,-feature"),
    transform: ProcessorModel.fromArgument)
  var cpu = ProcessorModel.default

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("\(HypervisorOption.help)", valueName: HypervisorOption.valueName),
    transform: HypervisorOption.init)
  var hypervisor: HypervisorOption?

  @Option(
    help: ArgumentHelp(
      """
      The virtual trust level in which the kernel starts. A machine for VTL2 has no chips of a PC and, unless \
      --hypervisor has +xsave, no XSAVE.
      """))
  var vtl: HyperV.VirtualTrustLevel?

  @Option(
    help: ArgumentHelp("How a machine for VTL2 is described to its kernel; the kernel looks for ACPI first."))
  var describeBy: LegacyFreeDescription?

  @Option(
    help: ArgumentHelp(
      "A raw image as a virtio disk; may be given several times.", valueName: "file[,readonly]"),
    transform: DiskOption.init)
  var disk: [DiskOption] = []

  @Option(
    help: ArgumentHelp(
      "Where the serial port leads: this terminal, a file, a socket that clients connect to, or nowhere.",
      valueName: "stdio|file:path|unix:path|none"), transform: SerialPlace.init)
  var serial = SerialPlace.standardStreams

  @Option(
    help: ArgumentHelp(
      """
      One more device; may be given several times: \(DeviceOption.forms). A console is on this terminal, which \
      types on it. A modem (mhi) carries IP packets to a peer that answers pings, to a tunnel of the host or, by \
      libslirp, to wherever the host's programs can go; it answers AT commands itself, or leads them to a line of \
      the host. The models are \(ModemOption.models).
      """, valueName: "device"), transform: DeviceOption.init)
  var device: [DeviceOption] = []

  @Option(
    help: ArgumentHelp(
      "Decides all that is random in the machine, and the lengths of turns.", valueName: "number"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp("End after so many instructions of all processors together.", valueName: "number"))
  var maxInstructions: UInt64?

  @Option(help: ArgumentHelp("End after so many seconds.", valueName: "seconds"))
  var timeout: Double?

  @Flag(help: "End when the guest resets the machine, instead of starting it again.")
  var noReboot = false

  @Option(
    defaultAsFlag: ReportPlace.standardOutput, parsing: .next,
    help: ArgumentHelp(
      "Report the run as one line of JSON: into a file, or without one as the last line of standard output.",
      valueName: "file"))
  var json: ReportPlace?

  @OptionGroup
  var tracing: TraceOptions

  func validate() throws {
    guard MachineConfiguration.processorCounts.contains(cpus) else {
      throw ValidationError("--cpus takes a number from 1 to 64, not \(cpus)")
    }
    guard timeout.map({ $0 > 0 && $0 <= Self.longestTimeout }) ?? true else {
      throw ValidationError("--timeout takes a number of seconds above zero and up to a year")
    }
    guard maxInstructions.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--max-instructions takes a number above zero")
    }
    guard vtl == nil || hypervisor != nil else {
      throw ValidationError("--vtl needs a hypervisor: --hypervisor hyperv")
    }
    guard describeBy == nil || vtl == .vtl2 else {
      throw ValidationError("--describe-by is for machines without the chips of a PC: --vtl 2")
    }
    for single in device
    where !single.isRepeatable && device.count(where: { $0.name == single.name }) > 1 {
      throw ValidationError("--device \(single.name) can be given once")
    }
  }

  private static let longestTimeout = 366.0 * 24 * 60 * 60

  func run() throws {
    do {
      throw try MachineSession(try request).run()
    } catch let error as CommandError {
      Diagnostic.write(error.description)
      throw error.exitCode
    }
  }

  private var request: RunRequest {
    get throws {
      var request = RunRequest(kernel: FilePath(kernel))
      request.initialRamdisk = initrd.map { FilePath($0) }
      request.commandLine = append
      request.memory = memory
      request.processorCount = cpus
      request.hypervisor = hypervisor?.configuration(level: vtl ?? .vtl0)
      if vtl == .vtl2 { request.platform = .legacyFree(describeBy ?? .deviceTree) }
      request.model = cpu
      request.disks = disk
      request.devices = device
      request.serial = serial
      request.seed = seed
      request.resetPolicy = noReboot ? .end : .restart
      request.instructionLimit = maxInstructions
      request.timeLimit = timeout
      request.report = json
      request.trace = try tracing.request
      return request
    }
  }
}

extension LegacyFreeDescription: ExpressibleByArgument {}

extension ProcessorModel {
  /// Reads a description of a processor for an option.
  static func fromArgument(_ text: String) throws -> ProcessorModel {
    do throws(ProcessorModelError) {
      return try parse(text)
    } catch {
      throw ValidationError(error.description)
    }
  }
}
