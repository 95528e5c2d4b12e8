import Bus
import SystemPackage

/// The pages of RAM that the host has memory for, so that nobody has to look at those that are zero anyway.
///
/// Linux tells it in `/proc/self/pagemap`; where that cannot be read, every page counts as touched.
struct TouchedPages {
  /// One word for each page of RAM; empty if it is not known.
  private var entries: [UInt64] = []

  /// The page is in the host's memory, or in its swap (Linux, admin-guide/mm/pagemap).
  private static let presentOrSwapped: UInt64 = 1 << 63 | 1 << 62
  /// The host's pages are as large as the guest's; on another host the file means something else.
  private static let hostPageSize = 4096

  init(of memory: GuestMemory) {
    guard GuestMemory.pageSize == Self.hostPageSize,
      let file = try? FileDescriptor.open("/proc/self/pagemap", .readOnly)
    else { return }
    let count = Int(memory.size) / GuestMemory.pageSize
    let first = Int64(UInt(bitPattern: memory.base)) / Int64(GuestMemory.pageSize)
    let size = MemoryLayout<UInt64>.stride
    let read = try? file.closeAfter {
      try [UInt64](unsafeUninitializedCapacity: count) { buffer, initializedCount in
        let raw = UnsafeMutableRawBufferPointer(buffer)
        var done = 0
        while done < raw.count {
          let rest = UnsafeMutableRawBufferPointer(rebasing: raw[done...])
          let piece = try file.read(fromAbsoluteOffset: first * Int64(size) + Int64(done), into: rest)
          guard piece > 0 else { break }
          done += piece
        }
        initializedCount = done / size
      }
    }
    if let read, read.count == count { entries = read }
  }

  /// Whether a page can contain anything but zeros.
  func mayContain(_ page: Int) -> Bool {
    entries.isEmpty || entries[page] & Self.presentOrSwapped != 0
  }
}
