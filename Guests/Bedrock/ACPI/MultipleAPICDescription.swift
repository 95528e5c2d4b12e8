/// The table of processors and interrupt controllers, "APIC": ACPI 6.5, section 5.2.12.
public struct MultipleAPICDescription: Sendable {
  /// The entries' types and where their fields are.
  private enum Entry {
    static let first: UInt64 = 44
    static let localAPIC: UInt8 = 0
    static let ioAPIC: UInt8 = 1
    static let interruptOverride: UInt8 = 2
    static let localX2APIC: UInt8 = 9
  }

  private enum Processor {
    static let enabled: UInt32 = 1 << 0
  }

  /// What the table says about an I/O APIC.
  public struct IOAPICDescription: Sendable {
    /// Where its registers are.
    public let base: PhysicalAddress
    /// The number of its first input.
    public let firstInterrupt: UInt32
  }

  /// The identifiers of the local APICs of enabled processors, in the table's order.
  public let processors: [UInt32]
  /// The I/O APICs.
  public let ioAPICs: [IOAPICDescription]
  private let overrides: [(line: UInt8, input: InterruptInput)]

  /// Reads the table, if there is one.
  public init?(_ tables: ACPITables) {
    guard let table = tables.table("APIC") else { return nil }
    var processors: [UInt32] = []
    var ioAPICs: [IOAPICDescription] = []
    var overrides: [(line: UInt8, input: InterruptInput)] = []
    var offset = Entry.first
    while let type = table.load(offset, as: UInt8.self), let size = table.load(offset + 1, as: UInt8.self),
      size >= 2
    {
      switch type {
      case Entry.localAPIC:
        if let identifier = table.load(offset + 3, as: UInt8.self),
          let flags = table.load(offset + 4, as: UInt32.self), flags & Processor.enabled != 0
        {
          processors.append(UInt32(identifier))
        }
      case Entry.localX2APIC:
        if let identifier = table.load(offset + 4, as: UInt32.self),
          let flags = table.load(offset + 8, as: UInt32.self), flags & Processor.enabled != 0
        {
          processors.append(identifier)
        }
      case Entry.ioAPIC:
        if let base = table.load(offset + 4, as: UInt32.self),
          let firstInterrupt = table.load(offset + 8, as: UInt32.self)
        {
          ioAPICs.append(.init(base: PhysicalAddress(UInt64(base)), firstInterrupt: firstInterrupt))
        }
      case Entry.interruptOverride:
        if let line = table.load(offset + 3, as: UInt8.self),
          let number = table.load(offset + 4, as: UInt32.self),
          let flags = table.load(offset + 8, as: UInt16.self)
        {
          let input = InterruptInput(
            number: number, isActiveLow: flags & 0b11 == 0b11, isLevelTriggered: flags >> 2 & 0b11 == 0b11)
          overrides.append((line, input))
        }
      default:
        break
      }
      offset += UInt64(size)
    }
    self.processors = processors
    self.ioAPICs = ioAPICs
    self.overrides = overrides
  }

  /// Where a line of the ISA bus arrives: the input of the same number unless the table says otherwise.
  public func input(ofLine line: UInt8) -> InterruptInput {
    overrides.first { $0.line == line }?.input
      ?? InterruptInput(number: UInt32(line), isActiveLow: false, isLevelTriggered: false)
  }
}
