import Hypervisors

@testable import Machine

/// A legacy-free machine with a Linux for VTL2, and an initramfs whose script runs before the guest resets the
/// machine.
struct VTLGuest: TestGuest {
  var form = BuiltKernel.Form.bzImage
  var processors = 1
  /// What is under the processors.
  var hypervisor: HyperVConfiguration?
  var description = LegacyFreeDescription.deviceTree
  /// How many processors a device tree lists, if it does not tell the truth.
  var listedProcessors: Int?
  /// In MiB.
  var memory: UInt64 = 128
  /// What the kernel's command line says besides ``console``.
  var parameters = ""
  /// What busybox's shell executes.
  var script = VTLScripts.inspection

  /// Console and the way to reset: there is nothing but a triple fault.
  static let console =
    "console=ttyS0,115200 earlyprintk=serial,ttyS0,115200 ignore_loglevel panic=-1 reboot=t"

  /// The machine that it runs on.
  var configuration: MachineConfiguration {
    MachineConfiguration(
      memorySize: memory << 20, processorCount: processors, platform: .legacyFree(description),
      hypervisor: hypervisor)
  }

  func run() throws -> LinuxRun {
    let tree = listedProcessors.map {
      FlattenedDeviceTree(MachineDeviceTree(processorCount: $0, memorySize: memory << 20).root).bytes
    }
    return try LinuxRun(
      of: configuration, BuiltKernel.vtl.image(form), commandLine: Self.console + " " + parameters,
      initialRamdisk: GuestScripts.initramfs(running: script + "reboot"),
      description: tree.map(MachineDescription.deviceTree))
  }
}
