/// A piece of the physical address space.
public struct MemoryRegion: Sendable {
  /// What a region is for: the types of ACPI's system address map (ACPI 6.5, section 15).
  public enum Kind: Equatable, Sendable {
    /// RAM for whoever wants it.
    case usable
    /// Not for use: a device, firmware, or nothing.
    case reserved
    /// RAM once the ACPI tables in it are not needed any more.
    case acpiTables
    /// RAM that firmware needs kept when the computer sleeps.
    case acpiStorage
    /// RAM with errors.
    case unusable
    /// A type without a name here.
    case other(UInt32)

    init(type: UInt32) {
      switch type {
      case 1: self = .usable
      case 2: self = .reserved
      case 3: self = .acpiTables
      case 4: self = .acpiStorage
      case 5: self = .unusable
      default: self = .other(type)
      }
    }

    /// The name for a list.
    public var name: StaticString {
      switch self {
      case .usable: "usable"
      case .reserved: "reserved"
      case .acpiTables: "ACPI tables"
      case .acpiStorage: "ACPI storage"
      case .unusable: "unusable"
      case .other: "other"
      }
    }
  }

  /// The first byte.
  public let start: PhysicalAddress
  /// How many bytes.
  public let size: UInt64
  /// What the region is for.
  public let kind: Kind

  /// The first byte behind the region.
  public var end: PhysicalAddress { start + size }

  /// Whether the whole range lies in the region.
  public func contains(_ first: PhysicalAddress, size: UInt64) -> Bool {
    first >= start && first + size <= end
  }
}

/// What the loader said about the physical address space.
public struct MemoryMap: Sendable {
  /// The regions in the loader's order.
  public private(set) var regions: [MemoryRegion] = []

  mutating func append(start: UInt64, size: UInt64, type: UInt32) {
    guard size > 0, start &+ size > start else { return }
    let region = MemoryRegion(start: PhysicalAddress(start), size: size, kind: .init(type: type))
    regions.append(region)
  }

  /// How many bytes of RAM a guest may use.
  public var usableSize: UInt64 {
    regions.reduce(0) { $1.kind == .usable ? $0 &+ $1.size : $0 }
  }

  /// Whether the whole range is RAM that a guest may use.
  public func isUsable(_ first: PhysicalAddress, size: UInt64) -> Bool {
    regions.contains { $0.kind == .usable && $0.contains(first, size: size) }
  }
}
