/// The MADT: the processors and the interrupt controllers (ACPI 6.5, 5.2.12).
enum MultipleAPICTable {
  private static let revision: UInt8 = 5

  private enum EntryType {
    static let localAPIC: UInt8 = 0
    static let ioAPIC: UInt8 = 1
    static let interruptSourceOverride: UInt8 = 2
    static let localAPICNMI: UInt8 = 4
    static let localX2APIC: UInt8 = 9
    static let localX2APICNMI: UInt8 = 10
  }

  /// PCAT_COMPAT: there are 8259s as well.
  private static let has8259s: UInt32 = 1 << 0
  private static let processorEnabled: UInt32 = 1 << 0
  /// The first APIC ID for which the short entries have no room.
  private static let firstWideID = 255
  private static let allProcessors: UInt8 = 0xFF
  private static let allWideProcessors: UInt32 = 0xFFFF_FFFF
  private static let nmiInput: UInt8 = 1
  private static let isaBus: UInt8 = 0

  /// Flags of inputs (MPS INTI; ACPI 6.5, table 5.26).
  private enum Input {
    static let asTheBusHasIt: UInt16 = 0
    static let levelActiveHigh: UInt16 = 0xD
  }

  /// The table of a machine with this many processors, whose APIC IDs and UIDs count from 0.
  static func make(processorCount: Int, _ hardware: ACPITables.FixedHardware) -> ACPITable {
    let flags: UInt32 =
      switch hardware {
      case .pc: has8259s
      case .reduced: 0
      }
    var content: [UInt8] = []
    content.append(littleEndian: UInt32(truncatingIfNeeded: AddressMap.localAPIC.lowerBound))
    content.append(littleEndian: flags)
    for processor in 0..<max(0, processorCount) { content += processorEntry(processor) }
    content += ioAPICEntry()
    if case .pc = hardware { content += wiring(processorCount: processorCount) }
    return ACPITable("APIC", revision: revision, content: content)
  }

  /// How a PC's interrupts lead elsewhere than their numbers say.
  private static func wiring(processorCount: Int) -> [UInt8] {
    typealias Interrupt = AddressMap.GlobalSystemInterrupt
    var content = overrideEntry(isaInterrupt: 0, Interrupt.timer, Input.asTheBusHasIt)
    content += overrideEntry(
      isaInterrupt: Interrupt.systemControl, Interrupt.systemControl, Input.levelActiveHigh)
    content += entry(EntryType.localAPICNMI) {
      $0.append(allProcessors)
      $0.append(littleEndian: Input.asTheBusHasIt)
      $0.append(nmiInput)
    }
    if processorCount > firstWideID {
      content += entry(EntryType.localX2APICNMI) {
        $0.append(littleEndian: Input.asTheBusHasIt)
        $0.append(littleEndian: allWideProcessors)
        $0 += [nmiInput, 0, 0, 0]
      }
    }
    return content
  }

  private static func processorEntry(_ number: Int) -> [UInt8] {
    guard number >= firstWideID else {
      let identifier = UInt8(truncatingIfNeeded: number)
      return entry(EntryType.localAPIC) {
        $0 += [identifier, identifier]
        $0.append(littleEndian: processorEnabled)
      }
    }
    let identifier = UInt32(truncatingIfNeeded: number)
    return entry(EntryType.localX2APIC) {
      $0 += [0, 0]
      $0.append(littleEndian: identifier)
      $0.append(littleEndian: processorEnabled)
      $0.append(littleEndian: identifier)
    }
  }

  private static func ioAPICEntry() -> [UInt8] {
    entry(EntryType.ioAPIC) {
      $0 += [AddressMap.ioAPICIdentifier, 0]
      $0.append(littleEndian: UInt32(truncatingIfNeeded: AddressMap.ioAPIC.lowerBound))
      $0.append(littleEndian: UInt32(0))  // its first global system interrupt
    }
  }

  private static func overrideEntry(
    isaInterrupt: UInt8, _ globalSystemInterrupt: UInt8, _ flags: UInt16
  ) -> [UInt8] {
    entry(EntryType.interruptSourceOverride) {
      $0 += [isaBus, isaInterrupt]
      $0.append(littleEndian: UInt32(globalSystemInterrupt))
      $0.append(littleEndian: flags)
    }
  }

  /// An entry, which begins with its type and its length.
  private static func entry(_ type: UInt8, _ fill: (inout [UInt8]) -> Void) -> [UInt8] {
    var bytes = [type, 0]
    fill(&bytes)
    bytes[1] = UInt8(truncatingIfNeeded: bytes.count)
    return bytes
  }
}
