import Bus
import X86

/// What an access wants from a page.
enum MemoryAccess {
  case read
  case write
  case execute
}

/// With whose rights an access is made.
enum AccessPrivilege {
  /// CPL 3.
  case user
  /// CPL 0 to 2, by an instruction's operand.
  case supervisor
  /// Descriptor tables, TSS and stacks of a gate: supervisor rights whatever the CPL; RFLAGS.AC does not
  /// lift SMAP.
  case implicitSupervisor
}

/// The result of a page walk.
struct PageTranslation {
  /// The physical address of the byte that was asked for.
  var physical: UInt64
  /// Stores would be allowed without another walk: the page is writable with these rights and dirty.
  var isWritable: Bool
}

/// Bits of page-table entries, the same at every level unless they say otherwise (APM volume 2, 5.4).
enum PageTableEntry {
  static let present: UInt64 = 1 << 0
  static let writable: UInt64 = 1 << 1
  static let user: UInt64 = 1 << 2
  /// PWT and PCD.
  static let cacheControl: UInt64 = 1 << 3 | 1 << 4
  static let accessed: UInt64 = 1 << 5
  static let dirty: UInt64 = 1 << 6
  /// In an entry that could point to a table: it maps a large page.
  static let large: UInt64 = 1 << 7
  static let global: UInt64 = 1 << 8
  static let noExecute: UInt64 = 1 << 63
  /// The width of physical addresses that CPUID tells.
  static let physicalAddressBits: UInt64 = 46
  static let addressMask: UInt64 = ((1 << physicalAddressBits) - 1) & ~0xFFF
  /// Address bits beyond the width, which must be zero.
  static let reservedAddressMask: UInt64 = (1 << 52 - 1) & ~((1 << physicalAddressBits) - 1)
}

/// Bits of a page fault's error code (APM volume 2, 8.4.2).
enum PageFaultError {
  static let present: UInt32 = 1 << 0
  static let write: UInt32 = 1 << 1
  static let user: UInt32 = 1 << 2
  static let reservedBit: UInt32 = 1 << 3
  static let instructionFetch: UInt32 = 1 << 4
}

/// Where page tables are and what their entries mean.
struct PagingFormat {
  /// The modes that matter.
  struct Options: OptionSet {
    let rawValue: UInt8
    /// Four levels.
    static let long = Options(rawValue: 1 << 0)
    /// Entries of eight bytes.
    static let physicalAddressExtension = Options(rawValue: 1 << 1)
    /// Large pages without that extension.
    static let largePages = Options(rawValue: 1 << 2)
    /// There is an NX bit.
    static let noExecute = Options(rawValue: 1 << 3)
    /// Supervisors obey the W bit, too.
    static let writeProtect = Options(rawValue: 1 << 4)
    /// Supervisors do not execute what belongs to users.
    static let executionPrevention = Options(rawValue: 1 << 5)
    /// Supervisors do not access what belongs to users.
    static let accessPrevention = Options(rawValue: 1 << 6)
  }

  /// CR3, or what takes its place.
  var root: UInt64
  var options: Options

  /// Whether the error code of a fault tells fetches from reads.
  var distinguishesFetches: Bool { !options.isDisjoint(with: [.noExecute, .executionPrevention]) }
}

extension Core {
  /// How the program's page tables are read.
  private var paging: PagingFormat {
    var options: PagingFormat.Options = []
    if isLongModeActive { options.insert(.long) }
    if state.cr4.contains(.pae) { options.insert(.physicalAddressExtension) }
    if state.cr4.contains(.pse) { options.insert(.largePages) }
    if state.efer.contains(.nxe) { options.insert(.noExecute) }
    if state.cr0.contains(.writeProtect) { options.insert(.writeProtect) }
    if state.cr4.contains(.smep) { options.insert(.executionPrevention) }
    if state.cr4.contains(.smap) { options.insert(.accessPrevention) }
    return PagingFormat(root: state.cr3, options: options)
  }

  /// Translates a linear address, sets accessed and dirty bits, and checks the rights.
  ///
  /// - Throws: #PF, with CR2 set; ``Fault/guestExit`` where nested tables refuse.
  func walk(_ address: UInt64, _ access: MemoryAccess, _ privilege: AccessPrivilege) throws(Fault)
    -> PageTranslation
  {
    let translation: PageTranslation
    if state.cr0.contains(.paging) {
      var walk = PageWalk(
        core: self, address: address, access: access, privilege: privilege, format: paging, stage: .linear)
      translation = try walk.translate()
    } else {
      translation = PageTranslation(physical: address & 0xFFFF_FFFF, isWritable: true)
    }
    return state.isNested ? try nestedTranslation(of: translation, access, linear: address) : translation
  }
}

/// One walk through page tables.
struct PageWalk {
  /// What is translated.
  enum Stage: Equatable {
    /// A linear address; what refuses it raises #PF.
    case linear
    /// A guest's physical address; what refuses it makes the processor leave the guest.
    case nested(NestedPurpose)
  }

  private let core: Core
  private let address: UInt64
  private let access: MemoryAccess
  private let privilege: AccessPrivilege
  private let format: PagingFormat
  private let stage: Stage
  /// The rights that all levels so far agree on.
  private var rights = PageTableEntry.writable | PageTableEntry.user
  private var noExecute: UInt64 = 0

  init(
    core: Core, address: UInt64, access: MemoryAccess, privilege: AccessPrivilege, format: PagingFormat,
    stage: Stage
  ) {
    self.core = core
    self.address = address
    self.access = access
    self.privilege = privilege
    self.format = format
    self.stage = stage
  }

  /// Goes through the levels that the format has.
  mutating func translate() throws(Fault) -> PageTranslation {
    if format.options.contains(.long) { return try fourLevels() }
    if format.options.contains(.physicalAddressExtension) { return try physicalAddressExtension() }
    return try twoLevels()
  }

  /// Where an entry is in the machine's physical address space.
  private func place(_ slot: UInt64) throws(Fault) -> UInt64 {
    guard core.state.isNested, stage == .linear else { return slot }
    return try core.nestedTranslation(of: slot, .write, purpose: .pageTable, linear: address).physical
  }

  private mutating func fourLevels() throws(Fault) -> PageTranslation {
    var table = format.root & PageTableEntry.addressMask
    var shift: UInt64 = 39
    while true {
      let slot = try place(table + (address >> shift & 0x1FF) * 8)
      let entry = try load64(slot)
      let isLarge = entry & PageTableEntry.large != 0
      if shift == 12 || isLarge && shift < 39 {
        return try leaf(entry, slot: slot, shift: shift, entryIs64Bit: true)
      }
      // The upper two levels have no global bit (APM volume 2, figures 5-21 and 5-22).
      let isGlobal = shift > 21 && entry & PageTableEntry.global != 0
      if isLarge || isGlobal { throw fault(PageFaultError.present | PageFaultError.reservedBit) }
      try pass(entry, slot: slot)
      table = entry & PageTableEntry.addressMask
      shift -= 9
    }
  }

  private mutating func physicalAddressExtension() throws(Fault) -> PageTranslation {
    let pointerSlot = try place((format.root & 0xFFFF_FFE0) + (address >> 30 & 3) * 8)
    let pointer = try loadPhysical64(pointerSlot)
    guard pointer & PageTableEntry.present != 0 else { throw fault(0) }
    // Elsewhere they were looked at when they were loaded.
    if core.state.isNested, pointer & Core.reservedPointerBits != 0 {
      throw fault(PageFaultError.present | PageFaultError.reservedBit)
    }
    var table = pointer & PageTableEntry.addressMask
    let directorySlot = try place(table + (address >> 21 & 0x1FF) * 8)
    let directory = try load64(directorySlot)
    if directory & PageTableEntry.large != 0 {
      return try leaf(directory, slot: directorySlot, shift: 21, entryIs64Bit: true)
    }
    try pass(directory, slot: directorySlot)
    table = directory & PageTableEntry.addressMask
    let slot = try place(table + (address >> 12 & 0x1FF) * 8)
    return try leaf(try load64(slot), slot: slot, shift: 12, entryIs64Bit: true)
  }

  private mutating func twoLevels() throws(Fault) -> PageTranslation {
    let directorySlot = try place((format.root & 0xFFFF_F000) + (address >> 22 & 0x3FF) * 4)
    let directory = try load32(directorySlot)
    if directory & PageTableEntry.large != 0, format.options.contains(.largePages) {
      // Bits 13 to 20 are physical address bits 32 to 39 (PSE-36); bit 21 is reserved.
      if directory & 1 << 21 != 0 { throw fault(PageFaultError.present | PageFaultError.reservedBit) }
      let low = directory & 0xFFC0_1FFF
      let high = (directory >> 13 & 0xFF) << 32
      return try leaf(low & ~0x1000 | high, slot: directorySlot, shift: 22, entryIs64Bit: false)
    }
    try pass(directory, slot: directorySlot, entryIs64Bit: false)
    let slot = try place((directory & 0xFFFF_F000) + (address >> 12 & 0x3FF) * 4)
    return try leaf(try load32(slot), slot: slot, shift: 12, entryIs64Bit: false)
  }

  /// Takes the rights of an entry that points to a table, and marks it accessed.
  private mutating func pass(_ entry: UInt64, slot: UInt64, entryIs64Bit: Bool = true) throws(Fault) {
    rights &= entry
    noExecute |= entry & PageTableEntry.noExecute
    if entry & PageTableEntry.accessed == 0 { try set(PageTableEntry.accessed, in: slot) }
  }

  private mutating func leaf(
    _ entry: UInt64, slot: UInt64, shift: UInt64, entryIs64Bit: Bool
  ) throws(Fault) -> PageTranslation {
    rights &= entry
    noExecute |= entry & PageTableEntry.noExecute
    let offsetMask = (1 << shift) - 1 as UInt64
    // Bit 12 of a large page's entry is its PAT bit; the rest below the page's size is reserved.
    if entryIs64Bit, shift > 12, entry & offsetMask & ~0x1FFF != 0 {
      throw fault(PageFaultError.present | PageFaultError.reservedBit)
    }
    try checkRights()
    var wanted = PageTableEntry.accessed
    if access == .write { wanted |= PageTableEntry.dirty }
    if entry & wanted != wanted { try set(wanted, in: slot) }
    if shift > 12, stage == .linear { core.noteLargePage(at: address) }
    return PageTranslation(
      physical: entry & PageTableEntry.addressMask & ~offsetMask | address & offsetMask,
      isWritable: mayWrite && (entry | wanted) & PageTableEntry.dirty != 0)
  }

  private var mayWrite: Bool {
    rights & PageTableEntry.writable != 0
      || privilege != .user && !format.options.contains(.writeProtect)
  }

  private func checkRights() throws(Fault) {
    let isUserPage = rights & PageTableEntry.user != 0
    let allowed: Bool
    switch (privilege, access) {
    case (.user, .execute): allowed = isUserPage && !isExecutionDisabled
    case (.user, .write): allowed = isUserPage && mayWrite
    case (.user, .read): allowed = isUserPage
    case (_, .execute):
      allowed = !(isUserPage && format.options.contains(.executionPrevention)) && !isExecutionDisabled
    case (_, .write): allowed = mayWrite && !(isUserPage && isProtectedBySMAP)
    case (_, .read): allowed = !(isUserPage && isProtectedBySMAP)
    }
    if !allowed { throw fault(PageFaultError.present) }
  }

  private var isExecutionDisabled: Bool { noExecute != 0 && format.options.contains(.noExecute) }

  private var isProtectedBySMAP: Bool {
    format.options.contains(.accessPrevention)
      && (privilege == .implicitSupervisor || !core.state.systemFlags.contains(.alignmentCheck))
  }

  /// Reads a present entry without reserved bits.
  private func load64(_ slot: UInt64) throws(Fault) -> UInt64 {
    let entry = try loadPhysical64(slot)
    guard entry & PageTableEntry.present != 0 else { throw fault(0) }
    var reserved = PageTableEntry.reservedAddressMask
    if !format.options.contains(.noExecute) { reserved |= PageTableEntry.noExecute }
    if !format.options.contains(.long) { reserved |= 0x7FF0_0000_0000_0000 }
    if entry & reserved != 0 { throw fault(PageFaultError.present | PageFaultError.reservedBit) }
    return entry
  }

  private func load32(_ slot: UInt64) throws(Fault) -> UInt64 {
    try core.requirePermission(.read, physical: slot, linear: address, isFinal: false)
    let entry = core.hostAddress(slot)?.load(as: UInt32.self) ?? 0xFFFF_FFFF
    guard entry & UInt32(PageTableEntry.present) != 0 else { throw fault(0) }
    return UInt64(entry)
  }

  private func loadPhysical64(_ slot: UInt64) throws(Fault) -> UInt64 {
    try core.requirePermission(.read, physical: slot, linear: address, isFinal: false)
    // Tables that are not in RAM read as all ones, which has reserved bits set.
    return core.hostAddress(slot)?.load(as: UInt64.self) ?? ~0
  }

  /// All these bits are in the low byte, which is the same for both sizes of entry.
  private func set(_ bits: UInt64, in slot: UInt64) throws(Fault) {
    try core.requirePermission(.write, physical: slot, linear: address, isFinal: false)
    guard let offset = core.memoryOffset(ofPhysical: slot) else { return }
    core.willWritePage(at: offset)
    let place = core.state.memory.base + Int(offset)
    place.storeBytes(of: place.load(as: UInt8.self) | UInt8(truncatingIfNeeded: bits), as: UInt8.self)
  }

  private func fault(_ cause: UInt32) -> Fault {
    if case .nested(let purpose) = stage {
      return core.nestedPageFault(cause, at: address, access, purpose: purpose)
    }
    core.state.virtualMachine?.pointee.previousPageFaultAddress = core.state.cr2
    core.state.cr2 = address
    var code = cause
    if access == .write { code |= PageFaultError.write }
    if privilege == .user { code |= PageFaultError.user }
    if access == .execute, format.distinguishesFetches { code |= PageFaultError.instructionFetch }
    return Fault(.pageFault, errorCode: code)
  }
}
