import X86

/// Numbers for address spaces, which stand in the tags of the translation buffers.
///
/// A flush takes a new number and leaves the old entries to be overwritten. With CR4.PCIDE every PCID keeps its
/// number until it is flushed, and so does every ASID of a hypervisor's guests. Number 0 is no address space.
struct AddressSpaces {
  /// Numbers have this many bits; bit 11 of a code tag is the privilege.
  private static let last: UInt16 = 0x7FE

  /// What has a number.
  struct Identity: Equatable {
    /// 0 for the host.
    var asid: UInt32 = 0
    /// 0 to 4095.
    var pcid: UInt32 = 0

    /// The host's have places of their own; a guest's may drive out one of another guest.
    fileprivate var place: Int { Int((pcid ^ asid &* 0x9E5) & 0xFFF) }
  }

  private struct Entry {
    var identity = Identity()
    /// 0 for none.
    var number: UInt16 = 0
    /// The epoch of the ASID when it got the number.
    var epoch: UInt64 = 0
  }

  private static let epochCount = 64

  private var next: UInt16 = 1
  private var entries = [Entry](repeating: Entry(), count: 4096)
  /// Every flush of an ASID begins an epoch, in which older numbers do not count. Guests may share epochs.
  private var epochs = [UInt64](repeating: 0, count: epochCount)

  /// The number in force.
  private(set) var current: UInt16 = 1

  /// Makes an address space current, with the number it has or a new one; `false` if numbers ran out and the tables
  /// must be cleared.
  mutating func select(_ identity: Identity, keepingTranslations: Bool) -> Bool {
    let place = identity.place
    let epoch = epochs[Self.epochPlace(of: identity.asid)]
    if keepingTranslations, entries[place].number != 0, entries[place].identity == identity,
      entries[place].epoch == epoch
    {
      current = entries[place].number
      return true
    }
    let hasRoom = next < Self.last
    if hasRoom {
      next += 1
    } else {
      forgetAll()
      next = 1
    }
    entries[place] = Entry(
      identity: identity, number: next, epoch: epochs[Self.epochPlace(of: identity.asid)])
    current = next
    return hasRoom
  }

  /// Forgets what every address space but the current one had.
  mutating func forgetAll() {
    for index in epochs.indices { epochs[index] &+= 1 }
  }

  /// Forgets every address space of an ASID.
  mutating func forgetAll(of asid: UInt32) {
    epochs[Self.epochPlace(of: asid)] &+= 1
  }

  /// Forgets one address space.
  mutating func forget(_ identity: Identity) {
    if entries[identity.place].identity == identity { entries[identity.place].number = 0 }
  }

  /// The host's is its own.
  private static func epochPlace(of asid: UInt32) -> Int {
    asid == 0 ? 0 : 1 + Int(asid % UInt32(epochCount - 1))
  }
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
    let mode = UInt64(blockMode)
    state.codeContext = state.addressSpace | user << 11 | mode << 12 | state.codeGeneration << 16
  }

  /// What blocks of code are made for: the code mode, and whether a hypervisor watches the instructions.
  var blockMode: UInt8 { state.codeMode.rawValue | (state.isGuest ? Block.Key.guestMode : 0) }

  /// The low bits of tags in the code table.
  var codeTagContext: UInt64 { state.codeContext & 0xFFF }

  /// After a load of CR3.
  func selectAddressSpace(keepingTranslations: Bool) {
    let owner = state.owner
    let identity = addressSpaceIdentity(pcid: state.cr4.contains(.pcide) ? state.cr3 : 0)
    if !owner.addressSpaces.select(identity, keepingTranslations: keepingTranslations) {
      state.translations.clear()
      state.codeGeneration &+= 1
    }
    state.addressSpace = UInt64(owner.addressSpaces.current)
    updateContext()
  }

  /// The address space of a PCID for whoever runs.
  func addressSpaceIdentity(pcid: UInt64) -> AddressSpaces.Identity {
    AddressSpaces.Identity(
      asid: state.addressSpaceIdentifier, pcid: UInt32(truncatingIfNeeded: pcid & 0xFFF))
  }

  /// Forgets every translation of the host, or of the guest that runs; also the global ones.
  func flushTranslations() {
    state.owner.addressSpaces.forgetAll(of: state.addressSpaceIdentifier)
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
