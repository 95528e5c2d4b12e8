import Bedrock

/// A page table of protected mode: the image in large pages, once for the supervisor at its addresses and once
/// for the user at `UserWindow.base`, and one small page.
final class LegacyPageTable {
  enum Format: CaseIterable {
    /// Entries of 32 bits.
    case twoLevels
    /// Entries of 64 bits.
    case physicalAddressExtension
  }

  /// The entries that tests change.
  enum Entry {
    /// Of the small page.
    case page
    /// That leads to the table of the small page.
    case directory
    /// Of the first large page for the user.
    case largePage
    /// PAE: that leads to the directory of the small page.
    case pointer
    /// PAE: of the last GiB, of which nothing is used.
    case lastPointer
  }

  /// Where the small page is: in the third GiB.
  static let testPage: UInt64 = 0x8000_0000

  private static let present: UInt64 = 1 << 0
  private static let rights: UInt64 = 0x7
  private static let large: UInt64 = 1 << 7
  private static let mappedSize: UInt64 = 16 << 20

  let format: Format
  /// The frame of the small page.
  let frame: PhysicalAddress
  private let root: PhysicalAddress
  /// PAE: pointers like those of the root, without what tests change there.
  private let otherRoot: PhysicalAddress
  /// Two levels: the directory is the root. PAE: a directory for each GiB.
  private let directories: [PhysicalAddress]
  private let table: PhysicalAddress
  private let frames: PageFrameAllocator

  init?(_ format: Format, _ frames: PageFrameAllocator) {
    guard let root = frames.allocate(), let otherRoot = frames.allocate(), let table = frames.allocate(),
      let frame = frames.allocate()
    else { return nil }
    var directories = [root]
    if format == .physicalAddressExtension {
      directories = (0..<4).compactMap { _ in frames.allocate() }
      guard directories.count == 4 else { return nil }
    }
    self.format = format
    self.root = root
    self.otherRoot = otherRoot
    self.table = table
    self.frame = frame
    self.directories = directories
    self.frames = frames
    fill()
  }

  private func fill() {
    if format == .physicalAddressExtension {
      for (index, directory) in directories.enumerated() {
        for pointers in [root, otherRoot] {
          (pointers + UInt64(index) * 8).pointer?.storeBytes(
            of: directory.rawValue | Self.present, as: UInt64.self)
        }
      }
    }
    for address in stride(from: UInt64(0), to: Self.mappedSize, by: Int(format.largePageSize)) {
      setDirectory(address, address | Self.large | 0x3)
      setDirectory(UserWindow.base + address, address | Self.large | 0x7)
    }
    setDirectory(Self.testPage, table.rawValue | 0x7)
    self[.page] = frame.rawValue | 0x7
  }

  func remove() {
    let own = format == .twoLevels ? [] : directories
    for page in [root, otherRoot, table, frame] + own { frames.free(page) }
  }

  /// The control registers that put the table in force.
  var control: LegacyControl {
    LegacyControl(
      cr0: 0x31 | LegacyControl.paging, cr3: root.rawValue,
      cr4: format == .twoLevels ? LegacyControl.pageSizeExtensions : LegacyControl.physicalAddressExtension)
  }

  /// PAE: what CR3 holds for pointers that tests do not change.
  var plainRoot: UInt64 { otherRoot.rawValue }

  private func place(ofDirectoryEntry address: UInt64) -> PhysicalAddress {
    switch format {
    case .twoLevels: root + (address >> 22) * 4
    case .physicalAddressExtension: directories[Int(address >> 30)] + (address >> 21 & 511) * 8
    }
  }

  private func place(of entry: Entry) -> PhysicalAddress {
    switch entry {
    case .page: table
    case .directory: place(ofDirectoryEntry: Self.testPage)
    case .largePage: place(ofDirectoryEntry: UserWindow.base)
    case .pointer: root + (Self.testPage >> 30) * 8
    case .lastPointer: root + 3 * 8
    }
  }

  private func setDirectory(_ address: UInt64, _ value: UInt64) {
    store(value, at: place(ofDirectoryEntry: address))
  }

  private func store(_ value: UInt64, at place: PhysicalAddress) {
    switch format {
    case .twoLevels: place.pointer?.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
    case .physicalAddressExtension: place.pointer?.storeBytes(of: value, as: UInt64.self)
    }
  }

  subscript(entry: Entry) -> UInt64 {
    get {
      switch format {
      case .twoLevels: UInt64(place(of: entry).pointer?.load(as: UInt32.self) ?? 0)
      case .physicalAddressExtension: place(of: entry).pointer?.load(as: UInt64.self) ?? 0
      }
    }
    set { store(newValue, at: place(of: entry)) }
  }

  /// Sets the lowest three bits of an entry: present, writable, user.
  func setRights(_ entry: Entry, _ bits: UInt64) { self[entry] = self[entry] & ~Self.rights | bits }
}

extension LegacyPageTable.Format {
  var largePageSize: UInt64 {
    switch self {
    case .twoLevels: 4 << 20
    case .physicalAddressExtension: 2 << 20
    }
  }

  /// Entries and bits of them that must be zero.
  var reservedBits: [(LegacyPageTable.Entry, UInt64)] {
    switch self {
    // Bits 13 to 20 of a large page's address are its upper ones: bit 21 is reserved.
    case .twoLevels: [(.largePage, 21)]
    case .physicalAddressExtension:
      [(.page, 62), (.page, 63), (.directory, 52), (.largePage, 13), (.largePage, 63)]
    }
  }

  var names: (translation: StaticString, rights: StaticString, notes: StaticString, reserved: StaticString) {
    switch self {
    case .twoLevels:
      (
        "32-bit: small and large pages", "32-bit: rights in both levels", "32-bit: accessed and dirty bits",
        "32-bit: #PF with RSVD for reserved bits"
      )
    case .physicalAddressExtension:
      (
        "PAE: small and large pages", "PAE: rights in both levels", "PAE: accessed and dirty bits",
        "PAE: #PF with RSVD for reserved bits"
      )
    }
  }
}
