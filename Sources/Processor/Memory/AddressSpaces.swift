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
    state.dataTLB = state.translations.table(rights)
    state.dataContext = isAlignmentChecked ? DataTLBEntry.noContext : state.addressSpace
    setRegister(RegisterOffset.pointerMask, is64Bit ? UInt64.max : 0xFFFF_FFFF)
    let user: UInt64 = state.privilegeLevel == 3 ? 1 : 0
    let mode = UInt64(state.codeMode.rawValue)
    state.codeContext = state.addressSpace | user << 11 | mode << 12 | state.codeGeneration << 16
  }

  /// The low bits of tags in the code table.
  var codeTagContext: UInt64 { state.codeContext & 0xFFF }

  /// After a load of CR3.
  func selectAddressSpace(keepingTranslations: Bool) {
    let owner = state.owner
    let pcid = state.cr4.contains(.pcide) ? Int(state.cr3 & 0xFFF) : 0
    if !owner.addressSpaces.select(pcid: pcid, keepingTranslations: keepingTranslations) {
      state.translations.clear()
      state.codeGeneration &+= 1
    }
    state.addressSpace = UInt64(owner.addressSpaces.current)
    updateContext()
  }

  /// Forgets every translation, also the global ones.
  func flushTranslations() {
    state.owner.addressSpaces.forgetAll()
    selectAddressSpace(keepingTranslations: false)
  }

  /// Forgets the page around a linear address: INVLPG.
  func invalidatePage(_ address: UInt64) {
    if state.largePages.contains(address) {
      // A large page lies in the tables as small ones. 1 GiB is the largest.
      state.translations.remove(regionAround: address, shift: 30)
    } else {
      state.translations.remove(page: address)
    }
    state.codeGeneration &+= 1
    updateContext()
  }

  /// Remembers that a large page was entered, for ``invalidatePage(_:)``.
  func noteLargePage(at address: UInt64) { state.largePages.include(address) }
}

/// The ranges of linear addresses around all large pages that were entered into the tables, one for the upper
/// half of the address space, where kernels lie, and one for the lower.
struct LargePageRange {
  private var upper = Range(lowest: .max, highest: 0)
  private var lower = Range(lowest: .max, highest: 0)

  private struct Range {
    var lowest: UInt64
    var highest: UInt64
  }

  mutating func include(_ address: UInt64) {
    let isUpper = address >> 63 != 0
    var range = isUpper ? upper : lower
    range.lowest = min(range.lowest, address & ~0x3FFF_FFFF)
    range.highest = max(range.highest, address | 0x3FFF_FFFF)
    if isUpper { upper = range } else { lower = range }
  }

  func contains(_ address: UInt64) -> Bool {
    let range = address >> 63 != 0 ? upper : lower
    return range.lowest <= address && address <= range.highest
  }
}
