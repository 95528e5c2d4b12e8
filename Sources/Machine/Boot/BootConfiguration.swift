/// What a guest is started with, whatever protocol its kernel speaks.
public struct BootConfiguration: Sendable {
  /// The kernel's command line.
  public var commandLine: String
  /// The kernel's name, which Multiboot puts before the command line.
  public var kernelName: String
  /// The initial RAM disk, which Multiboot and PVH call a module.
  public var initialRamdisk: [UInt8]?
  /// The physical address of the RSDP.
  public var rsdpAddress: UInt64
  /// The machine's seed; protocols that hand the guest random bytes derive them from it.
  public var seed: UInt64

  /// A configuration of these parts.
  public init(
    commandLine: String = "", kernelName: String = "kernel", initialRamdisk: [UInt8]? = nil,
    rsdpAddress: UInt64, seed: UInt64 = 0
  ) {
    self.commandLine = commandLine
    self.kernelName = kernelName
    self.initialRamdisk = initialRamdisk
    self.rsdpAddress = rsdpAddress
    self.seed = seed
  }
}
