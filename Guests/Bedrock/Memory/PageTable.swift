/// A four-level page table: AMD64 APM volume 2, section 5.3.
///
/// The tables themselves are reached through the identity map of the first 4 GiB, which stays in place.
/// Not for use by two processors at once.
public struct PageTable {
  /// Why a mapping could not be made.
  public enum Failure: Error {
    /// The address is not the start of a page.
    case notAligned
    /// No page was left for a table.
    case outOfMemory
    /// The address is mapped already.
    case alreadyMapped
  }

  /// The table of the highest level: what CR3 holds.
  public let root: PhysicalAddress
  private let frames: PageFrameAllocator

  /// The table that the current processor uses.
  public init(current frames: PageFrameAllocator) {
    root = Self.activeRoot
    self.frames = frames
  }

  /// A table that maps nothing. Nil if there is no memory.
  public init?(empty frames: PageFrameAllocator) {
    guard let root = frames.allocate() else { return nil }
    self.root = root
    self.frames = frames
  }

  /// Maps one 4 KiB page.
  public func map(
    _ address: VirtualAddress, to frame: PhysicalAddress, _ attributes: PageAttributes
  ) throws(Failure) {
    try map(address, to: frame, attributes, level: Self.lastLevel)
  }

  /// Maps one 2 MiB page.
  public func mapLarge(
    _ address: VirtualAddress, to frame: PhysicalAddress, _ attributes: PageAttributes
  ) throws(Failure) {
    try map(address, to: frame, attributes.union(.large), level: Self.lastLevel + 1)
  }

  private func map(
    _ address: VirtualAddress, to frame: PhysicalAddress, _ attributes: PageAttributes, level: Int
  ) throws(Failure) {
    let size: UInt64 = 1 << UInt64(12 + 9 * (level - 1))
    guard (address.rawValue | frame.rawValue) % size == 0 else { throw .notAligned }
    let slot = try slot(of: address, level: level)
    guard !slot.pointee.isPresent else { throw .alreadyMapped }
    slot.pointee = PageTableEntry(frame, attributes.union(.present))
  }

  /// Gives a mapped 4 KiB page other attributes. Returns false if the page is not mapped.
  public func protect(_ address: VirtualAddress, _ attributes: PageAttributes) -> Bool {
    guard let slot = existingSlot(of: address), slot.pointee.isPresent else { return false }
    slot.pointee = PageTableEntry(slot.pointee.address, attributes.union(.present))
    invlpg(address.rawValue)
    return true
  }

  /// Takes a 4 KiB mapping away and returns the page that was there.
  ///
  /// Only the current processor forgets the translation; others have to be told.
  public func unmap(_ address: VirtualAddress) -> PhysicalAddress? {
    guard let slot = existingSlot(of: address), slot.pointee.isPresent else { return nil }
    let frame = slot.pointee.address
    slot.pointee = .empty
    invlpg(address.rawValue)
    return frame
  }

  /// The attributes of the 4 KiB page at an address, with what the processor has noted in them.
  public func attributes(of address: VirtualAddress) -> PageAttributes? {
    guard let slot = existingSlot(of: address), slot.pointee.isPresent else { return nil }
    return slot.pointee.attributes.subtracting(.present)
  }

  /// The entry of a level, 1 for 4 KiB pages to 4, that leads to an address. Nil if the tables above it are
  /// not there, or end in a large page.
  ///
  /// Whoever changes the entry tells the processors to forget what they know of it.
  public func entry(of address: VirtualAddress, level: Int) -> UnsafeMutablePointer<UInt64>? {
    existingSlot(of: address, level: level).map {
      UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt64.self)
    }
  }

  /// Makes this the table of the current processor, and forgets all translations that are not global.
  public func activate() { writeCR3(root.rawValue) }

  /// The table of the highest level that the current processor uses.
  public static var activeRoot: PhysicalAddress { PhysicalAddress(readCR3() & PageTableEntry.addressMask) }

  /// Makes a table of the highest level the current processor's.
  public static func activate(_ root: PhysicalAddress) { writeCR3(root.rawValue) }

  // MARK: - Walking

  private static let lastLevel = 1
  private static let firstLevel = 4

  private func entry(in table: PhysicalAddress, _ address: VirtualAddress, level: Int)
    -> UnsafeMutablePointer<PageTableEntry>?
  {
    let index = address.rawValue >> UInt64(12 + 9 * (level - 1)) & 511
    return table.pointer.map { $0.assumingMemoryBound(to: PageTableEntry.self) + Int(index) }
  }

  private func existingSlot(of address: VirtualAddress, level lastLevel: Int = Self.lastLevel)
    -> UnsafeMutablePointer<PageTableEntry>?
  {
    var table = root
    for level in stride(from: Self.firstLevel, to: lastLevel, by: -1) {
      guard let entry = entry(in: table, address, level: level)?.pointee, entry.isPresent, !entry.isLarge
      else { return nil }
      table = entry.address
    }
    return entry(in: table, address, level: lastLevel)
  }

  /// The entry of a level, with the tables above it made as needed.
  ///
  /// Tables permit everything: the last level decides.
  private func slot(of address: VirtualAddress, level lastLevel: Int) throws(Failure)
    -> UnsafeMutablePointer<PageTableEntry>
  {
    var table = root
    for level in stride(from: Self.firstLevel, to: lastLevel, by: -1) {
      guard let entry = entry(in: table, address, level: level) else { throw .outOfMemory }
      if entry.pointee.isLarge { throw .alreadyMapped }
      if !entry.pointee.isPresent {
        guard let frame = frames.allocate() else { throw .outOfMemory }
        entry.pointee = PageTableEntry(frame, [.present, .writable, .user])
      }
      table = entry.pointee.address
    }
    guard let entry = entry(in: table, address, level: lastLevel) else { throw .outOfMemory }
    return entry
  }
}
