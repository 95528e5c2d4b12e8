/// The bits of a page-table entry beside its address: AMD64 APM volume 2, section 5.4.
public struct PageAttributes: OptionSet, Sendable {
  /// The bits in their places.
  public let rawValue: UInt64
  /// A value with the given bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  static let present = Self(rawValue: 1 << 0)
  static let large = Self(rawValue: 1 << 7)

  /// R/W: the page may be written.
  public static let writable = Self(rawValue: 1 << 1)
  /// U/S: user mode may use the page.
  public static let user = Self(rawValue: 1 << 2)
  /// PWT: write-through caching.
  public static let writeThrough = Self(rawValue: 1 << 3)
  /// PCD: no caching, as devices need.
  public static let cacheDisabled = Self(rawValue: 1 << 4)
  /// A: the processor has used the entry.
  public static let accessed = Self(rawValue: 1 << 5)
  /// D: the processor has written the page.
  public static let dirty = Self(rawValue: 1 << 6)
  /// G: survives a load of CR3.
  public static let global = Self(rawValue: 1 << 8)
  /// NX: no instructions may be fetched from the page.
  public static let noExecute = Self(rawValue: 1 << 63)
}

/// One entry of a page table of any level.
struct PageTableEntry {
  static let addressMask: UInt64 = 0x000F_FFFF_FFFF_F000

  var rawValue: UInt64

  static let empty = PageTableEntry(rawValue: 0)

  init(rawValue: UInt64) { self.rawValue = rawValue }

  init(_ address: PhysicalAddress, _ attributes: PageAttributes) {
    rawValue = address.rawValue & Self.addressMask | attributes.rawValue
  }

  var address: PhysicalAddress { PhysicalAddress(rawValue & Self.addressMask) }
  var attributes: PageAttributes { PageAttributes(rawValue: rawValue & ~Self.addressMask) }
  var isPresent: Bool { attributes.contains(.present) }
  var isLarge: Bool { attributes.contains(.large) }
}
