import Bus
import Chipset

/// The board's fixed places: physical addresses, I/O ports and interrupt numbers.
///
/// Boot loaders, ACPI tables and the wiring of the devices all take them from here. A guest finds them
/// through the tables that the loaders write, except those that every PC has in the same place.
public enum AddressMap {
  // MARK: Memory below 1 MiB

  /// Where RAM that a guest may use as it likes ends for the first time; an EBDA would begin here.
  public static let conventionalMemoryEnd: UInt64 = 0x9_FC00
  /// The ACPI tables, in the part of RAM that a PC's firmware fills.
  ///
  /// A guest that is given no pointer to the RSDP looks for it here (ACPI 6.5, 5.2.5.1).
  public static let acpiTables: Range<UInt64> = 0xE_0000..<0xF_0000
  /// The first byte of RAM above the places reserved for firmware.
  public static let extendedMemoryStart: UInt64 = 0x10_0000
  /// The least RAM with which a guest can be started, in bytes.
  public static let minimumMemorySize: UInt64 = 2 << 20

  // MARK: Memory for devices

  /// PCI configuration space (ECAM), for segment 0 and buses 0 to 255.
  public static let pciConfiguration: Range<UInt64> = 0xE000_0000..<0xF000_0000
  /// The buses that configuration space has room for.
  public static let pciBuses: ClosedRange<UInt8> = 0...255
  /// The I/O APIC's registers.
  public static let ioAPIC: Range<UInt64> = 0xFEC0_0000..<0xFEC0_1000
  /// The HPET's registers.
  public static let hpet: Range<UInt64> = 0xFED0_0000..<0xFED0_0400
  /// The local APIC's registers, until a guest moves them by IA32_APIC_BASE.
  public static let localAPIC: Range<UInt64> = 0xFEE0_0000..<0xFEE0_1000

  /// Where the PCI host answers, and what it hands out to functions, on a machine with this many bytes of RAM.
  public static func pciHost(memorySize: UInt64) -> PCIHostLayout {
    let isInOnePiece = memorySize <= GuestMemory.holeStart
    let endOfRAM = isInOnePiece ? memorySize : memorySize - GuestMemory.holeStart &+ GuestMemory.holeEnd
    return PCIHostLayout(endOfRAM: endOfRAM, configurationBase: pciConfiguration.lowerBound)
  }

  // MARK: I/O ports

  /// The I/O ports, by what answers there.
  public enum Port {
    /// The index and data registers of the real-time clock.
    public static let realTimeClock: Range<UInt16> = 0x70..<0x72
    /// The first serial port.
    public static let serial1: Range<UInt16> = 0x3F8..<0x400
    /// All of the ports of power management, with the gaps between its blocks.
    public static let powerManagement = block(from: 0, length: PowerManagementOffset.count)
    /// PM1a event block: status, then enable, 16 bits each (ACPI 6.5, 4.8.3.1).
    public static let powerManagementEvents = block(from: PowerManagementOffset.status, length: 4)
    /// PM1a control block, 16 bits (ACPI 6.5, 4.8.3.2).
    public static let powerManagementControl = block(from: PowerManagementOffset.control, length: 2)
    /// The power management timer, 32 bits (ACPI 6.5, 4.8.3.3).
    public static let powerManagementTimer = block(from: PowerManagementOffset.timer, length: 4)
    /// General-purpose event block 0: status, then enable, 16 bits each (ACPI 6.5, 4.8.4.1).
    public static let generalPurposeEvents = block(
      from: PowerManagementOffset.generalPurposeStatus, length: 4)
    /// The registers by which PCI configuration space is reached without ECAM.
    public static let pciConfiguration: Range<UInt16> = 0xCF8..<0xD00
    /// The reset control register; one of the bytes of `pciConfiguration`.
    public static let resetControl: UInt16 = 0xCF9

    private static let powerManagementBase: UInt16 = 0x600

    /// A block of power management's ports.
    private static func block(from offset: UInt16, length: UInt16) -> Range<UInt16> {
      powerManagementBase + offset..<powerManagementBase + offset + length
    }
  }

  /// What to write to `Port.resetControl` for a full reset of the machine.
  public static let resetControlFullReset: UInt8 = 0x06
  /// The byte of the real-time clock's memory with the first two digits of the year.
  public static let realTimeClockCentury: UInt8 = 0x32

  // MARK: Interrupts

  /// The I/O APIC's ID after reset.
  public static let ioAPICIdentifier: UInt8 = 0

  /// The I/O APIC's inputs, as global system interrupts.
  public enum GlobalSystemInterrupt {
    /// The 8254's channel 0 (and the HPET's first timer in its place): ISA IRQ 0, on another input as on
    /// every PC, because input 0 takes the 8259's output.
    public static let timer: UInt8 = 2
    /// The first serial port.
    public static let serial1: UInt8 = 4
    /// The real-time clock.
    public static let realTimeClock: UInt8 = 8
    /// The SCI, by which ACPI events arrive: level-triggered, active high.
    public static let systemControl: UInt8 = 9
    /// The inputs that the HPET's timers may be routed to, one bit each: 10 and 11, where nothing else is.
    public static let eventTimerRoutes: UInt32 = 0x0000_0C00
  }
}
