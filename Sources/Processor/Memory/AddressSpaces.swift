import X86

/// Numbers for address spaces, which stand in the tags of the translation buffers.
///
/// A flush takes a new number and leaves the old entries to be overwritten. With CR4.PCIDE every PCID keeps its
/// number until it is flushed. Number 0 is no address space.
struct AddressSpaces {
  /// Numbers have this many bits; bit 11 of a code tag is the privilege.
  private static let last: UInt16 = 0x7FE

  private var next: UInt16 = 1
  /// The number of each PCID; 0 if it has none.
  private var numbers = [UInt16](repeating: 0, count: 4096)

  /// The number in force.
  private(set) var current: UInt16 = 1

  /// Makes `pcid` current, with the number it has or a new one; `false` if numbers ran out and the tables
  /// must be cleared.
  mutating func select(pcid: Int, keepingTranslations: Bool) -> Bool {
    if keepingTranslations, numbers[pcid] != 0 {
      current = numbers[pcid]
      return true
    }
    let hasRoom = next < Self.last
    if hasRoom {
      next += 1
    } else {
      for index in numbers.indices { numbers[index] = 0 }
      next = 1
    }
    numbers[pcid] = next
    current = next
    return hasRoom
  }

  /// Forgets what every PCID but the current one had.
  mutating func forgetAll() {
    for index in numbers.indices { numbers[index] = 0 }
  }

  /// Forgets one PCID.
  mutating func forget(pcid: Int) { numbers[pcid & 0xFFF] = 0 }
}

extension Core {
  /// Brings everything that depends on mode, privilege and address space into line. Called after each of
  /// them changes.
  func updateContext() {
    let rights: DataRights
    if state.privilegeLevel == 3 {
      rights = .user
    } else if state.cr4.contains(.smap), !state.systemFlags.contains(.alignmentCheck) {
      rights = .supervisor
    } else {
      rights = .supervisorToUser
    }
    let owner = state.owner
    state.dataTLB = owner.translations.table(rights)
    let number = UInt64(owner.addressSpaces.current)
    state.dataContext = number
    let user: UInt64 = state.privilegeLevel == 3 ? 1 : 0
    state.codeContext = number | user << 11 | UInt64(state.codeMode.rawValue) << 12 | owner.codeGeneration << 16
  }

  /// The low bits of tags in the code table.
  var codeTagContext: UInt64 { state.codeContext & 0xFFF }

  /// After a load of CR3.
  func selectAddressSpace(keepingTranslations: Bool) {
    let owner = state.owner
    let pcid = state.cr4.contains(.pcide) ? Int(state.cr3 & 0xFFF) : 0
    if !owner.addressSpaces.select(pcid: pcid, keepingTranslations: keepingTranslations) {
      owner.translations.clear()
      owner.codeGeneration &+= 1
    }
    updateContext()
  }

  /// Forgets every translation, also the global ones.
  func flushTranslations() {
    state.owner.addressSpaces.forgetAll()
    selectAddressSpace(keepingTranslations: false)
  }

  /// Forgets the page around a linear address: INVLPG.
  func invalidatePage(_ address: UInt64) {
    let owner = state.owner
    if address &- owner.largePages.lowest <= owner.largePages.span {
      // A large page lies in the tables as small ones. 1 GiB is the largest.
      owner.translations.remove(regionAround: address, shift: 30)
    } else {
      owner.translations.remove(page: address)
    }
    owner.codeGeneration &+= 1
    updateContext()
  }

  /// Remembers that a large page was entered, for ``invalidatePage(_:)``.
  func noteLargePage(at address: UInt64) { state.owner.largePages.include(address) }
}

/// The range of linear addresses around all large pages that were entered into the tables, one for each half.
struct LargePageRange {
  private(set) var lowest: UInt64 = .max
  private(set) var span: UInt64 = 0

  mutating func include(_ address: UInt64) {
    let start = address & ~0x3FFF_FFFF
    let end = start | 0x3FFF_FFFF
    if lowest == .max, span == 0 {
      lowest = start
      span = end - start
      return
    }
    let highest = lowest &+ span
    let newLowest = min(lowest, start)
    lowest = newLowest
    span = max(highest, end) &- newLowest
  }
}
