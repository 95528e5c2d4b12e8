import Bus

/// Page tables that map addresses to themselves, with 2 MiB pages (SDM volume 3, 4.5).
struct IdentityPageTables {
  /// How many bytes are mapped, from address 0 on.
  let mappedSize: UInt64

  private static let entriesPerTable: UInt64 = 512
  private static let tableSize = UInt64(GuestMemory.pageSize)
  private static let largePageSize: UInt64 = 2 << 20
  private static let directorySpan = largePageSize * entriesPerTable
  /// The most that one table of directory pointers maps.
  private static let maximumSize = directorySpan * entriesPerTable

  private static let present: UInt64 = 1 << 0
  private static let writable: UInt64 = 1 << 1
  private static let largePage: UInt64 = 1 << 7

  /// Tables that map at least the first `size` bytes, but no more than 512 GiB.
  init(covering size: UInt64) {
    let rounded = size.roundedUp(toMultipleOf: Self.directorySpan) ?? Self.maximumSize
    mappedSize = min(max(rounded, Self.directorySpan), Self.maximumSize)
  }

  private var directoryCount: UInt64 { mappedSize / Self.directorySpan }

  /// How many bytes the tables take.
  var size: UInt64 { (2 + directoryCount) * Self.tableSize }

  /// Writes the tables from `address` on, which is a multiple of the page size and where the root then is.
  func write(to memory: GuestMemory, at address: UInt64) throws(BootError) {
    let pointers = address + Self.tableSize
    let directories = pointers + Self.tableSize
    try memory.place(table([pointers | Self.present | Self.writable]), at: address)
    let references = (0..<directoryCount).map {
      (directories + $0 * Self.tableSize) | Self.present | Self.writable
    }
    try memory.place(table(references), at: pointers)
    for directory in 0..<directoryCount {
      let pages = (0..<Self.entriesPerTable).map {
        (directory * Self.directorySpan + $0 * Self.largePageSize)
          | Self.present | Self.writable | Self.largePage
      }
      try memory.place(table(pages), at: directories + directory * Self.tableSize)
    }
  }

  /// A table that begins with these entries and is empty from there on.
  private func table(_ entries: [UInt64]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(Self.tableSize))
    for entry in entries { bytes.append(littleEndian: entry) }
    bytes.append(contentsOf: repeatElement(0, count: max(0, Int(Self.tableSize) - bytes.count)))
    return bytes
  }
}
