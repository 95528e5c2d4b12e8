import X86

/// The translation look-aside buffers of one processor.
///
/// Data accesses have three tables, one for each set of rights that they can have; which one is in force is a
/// pointer in the state. An entry's tag is the linear page with the address-space number in the low bits, so
/// a hit is one comparison; the number changes instead of the tables being cleared. Only a page of plain RAM
/// whose access needs nothing further is ever entered: everything else misses and takes the slow path.
struct DataTLBEntry {
  /// Matches no address: its low bits are those of no address space.
  static let invalidTag: UInt64 = 0xFFF

  /// The context of accesses that must all take the slow path, because each has to be checked for its
  /// alignment. No entry is made under it.
  static let noContext: UInt64 = 0xFFE

  var readTag = invalidTag
  var writeTag = invalidTag
  /// Added to a linear address gives the host's address.
  var addend: UInt64 = 0
  private var padding: UInt64 = 0

  static let count = 1024
  static let sizeShift = 5
}

/// What a data access may do, apart from what the page tables say.
enum DataRights: Int, CaseIterable {
  /// CPL 3.
  case user
  /// CPL below 3, and user pages are out of bounds by SMAP.
  case supervisor
  /// CPL below 3 without SMAP, or with RFLAGS.AC.
  case supervisorToUser
}

/// Translations for instruction fetches.
struct CodeTLBEntry {
  /// The linear page with the address-space number and, in bit 11, the privilege.
  var tag = DataTLBEntry.invalidTag
  /// The page's offset in the machine's RAM.
  var memoryOffset: UInt64 = 0

  static let count = 256
}

/// An entry of the jump cache, which leads from a linear address straight to a block.
struct JumpCacheEntry {
  var address: UInt64 = 0
  /// The state's `codeContext` when the entry was made; 0 for an empty one.
  var context: UInt64 = 0
  /// Valid only if `context` is.
  var block: UnsafeMutablePointer<Block>
  private var padding: UInt64 = 0

  static let count = 4096

  init(address: UInt64, context: UInt64, block: UnsafeMutablePointer<Block>) {
    self.address = address
    self.context = context
    self.block = block
  }

  /// The slot of a linear address.
  @inline(__always)
  static func index(of address: UInt64) -> Int {
    Int(truncatingIfNeeded: address ^ address >> 12) & (count - 1)
  }
}

/// The tables, in memory of their own.
struct TranslationBuffer {
  let data: UnsafeMutablePointer<DataTLBEntry>
  let code: UnsafeMutablePointer<CodeTLBEntry>
  let jumps: UnsafeMutablePointer<JumpCacheEntry>

  init() {
    data = .allocate(capacity: DataTLBEntry.count * DataRights.allCases.count)
    code = .allocate(capacity: CodeTLBEntry.count)
    jumps = .allocate(capacity: JumpCacheEntry.count)
    clear()
  }

  func deallocate() {
    data.deallocate()
    code.deallocate()
    jumps.deallocate()
  }

  /// The table for accesses with these rights.
  func table(_ rights: DataRights) -> UnsafeMutablePointer<DataTLBEntry> {
    data + rights.rawValue * DataTLBEntry.count
  }

  /// Empties the tables.
  func clear() {
    data.initialize(repeating: DataTLBEntry(), count: DataTLBEntry.count * DataRights.allCases.count)
    code.initialize(repeating: CodeTLBEntry(), count: CodeTLBEntry.count)
    // All zero: no block is entered under context 0.
    UnsafeMutableRawPointer(jumps).initializeMemory(
      as: UInt8.self, repeating: 0, count: JumpCacheEntry.count * MemoryLayout<JumpCacheEntry>.stride)
  }

  /// Forgets one linear page, in every address space.
  func remove(page: UInt64) {
    let index = Int(truncatingIfNeeded: page >> 12) & (DataTLBEntry.count - 1)
    for rights in DataRights.allCases { table(rights)[index] = DataTLBEntry() }
    code[Int(truncatingIfNeeded: page >> 12) & (CodeTLBEntry.count - 1)] = CodeTLBEntry()
  }

  /// Forgets the aligned region of `1 << shift` bytes around an address, in every address space.
  func remove(regionAround address: UInt64, shift: UInt64) {
    for index in 0..<DataTLBEntry.count * DataRights.allCases.count
    where (data[index].readTag ^ address) >> shift == 0 || (data[index].writeTag ^ address) >> shift == 0 {
      data[index] = DataTLBEntry()
    }
    for index in 0..<CodeTLBEntry.count where (code[index].tag ^ address) >> shift == 0 {
      code[index] = CodeTLBEntry()
    }
  }

  /// Makes stores to a page of the host miss, because they have to be noticed from now on.
  func protect(hostPage: UInt64) {
    for index in 0..<DataTLBEntry.count * DataRights.allCases.count {
      let tag = data[index].writeTag
      guard tag != DataTLBEntry.invalidTag else { continue }
      if (tag & ~0xFFF) &+ data[index].addend == hostPage { data[index].writeTag = DataTLBEntry.invalidTag }
    }
  }
}
