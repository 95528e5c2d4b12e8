import Chipset

/// What a board is made of, besides what every board has: RAM, local APICs, one IOAPIC and a serial port.
public enum Platform: Hashable, Sendable {
  /// A PC: 8259, 8254, real-time clock, HPET, ACPI's fixed hardware, PCI. ACPI tables describe it.
  case pc
  /// A machine without the chips of a PC, as a hypervisor makes it for the kernel in its highest VTL. There is a
  /// PCI host only for functions that the machine was given. It cannot switch itself off; a triple fault resets
  /// it.
  case legacyFree(LegacyFreeDescription)
}

/// How a guest is told of a legacy-free machine.
public enum LegacyFreeDescription: String, CaseIterable, Sendable {
  /// A device tree, which only the Linux boot protocol hands over. It does not tell of PCI.
  case deviceTree = "device-tree"
  /// ACPI tables, for hardware-reduced ACPI (ACPI 6.5, 4.1).
  case acpi
}

extension Machine {
  /// Puts into RAM what a guest finds there before its kernel is loaded, and says how the kernel learns of the
  /// machine.
  func describeMachine() throws(BootError) -> MachineDescription {
    switch configuration.platform {
    case .pc:
      try RealModeVectors.write(to: memory)
      return try describeByACPI(
        .pc(hpetCapabilities: UInt32(truncatingIfNeeded: HighPrecisionEventTimer.capabilities)))
    case .legacyFree(.acpi):
      return try describeByACPI(.reduced)
    case .legacyFree(.deviceTree):
      let tree = MachineDeviceTree(processorCount: processors.count, memorySize: memory.size)
      return .deviceTree(FlattenedDeviceTree(tree.root).bytes)
    }
  }

  private func describeByACPI(_ hardware: ACPITables.FixedHardware) throws(BootError) -> MachineDescription {
    let tables = try ACPITables.build(
      ACPITables.Configuration(
        processorCount: processors.count, fixedHardware: hardware, pciHost: board.pci?.host.layout))
    try tables.write(to: memory)
    return .acpi(rsdpAddress: tables.rsdpAddress)
  }
}
