/// What a guest is started with, whatever protocol its kernel speaks.
public struct BootConfiguration: Sendable {
  /// The kernel's command line.
  public var commandLine: String
  /// The kernel's name, which Multiboot puts before the command line.
  public var kernelName: String
  /// The initial RAM disk, which Multiboot and PVH call a module.
  public var initialRamdisk: [UInt8]?
  /// How the kernel learns what the machine consists of.
  public var description: MachineDescription
  /// The machine's seed; protocols that hand the guest random bytes derive them from it.
  public var seed: UInt64

  /// A configuration of these parts.
  public init(
    commandLine: String = "", kernelName: String = "kernel", initialRamdisk: [UInt8]? = nil,
    description: MachineDescription, seed: UInt64 = 0
  ) {
    self.commandLine = commandLine
    self.kernelName = kernelName
    self.initialRamdisk = initialRamdisk
    self.description = description
    self.seed = seed
  }
}

/// How a kernel learns what the machine consists of.
public enum MachineDescription: Equatable, Sendable {
  /// By ACPI tables, which are in RAM.
  case acpi(rsdpAddress: UInt64)
  /// By a flattened device tree, which the boot protocol hands over.
  case deviceTree([UInt8])

  /// The physical address of the RSDP, as boot protocols tell it: 0 if there is none.
  var rsdpAddress: UInt64 {
    switch self {
    case .acpi(let address): address
    case .deviceTree: 0
    }
  }
}
