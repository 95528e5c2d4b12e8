import X86

@testable import Processor

/// A processor with page tables that tests build entry by entry, in one of the three formats.
///
/// The first 512 KiB are mapped to themselves, in pages of 4 KiB that users may write; what tests look at lies
/// elsewhere. The tables lie in the second MiB of RAM.
final class PagingMachine {
  enum Format: CaseIterable {
    /// 64-bit mode.
    case fourLevel
    /// 32-bit mode with CR4.PAE.
    case physicalAddressExtension
    /// 32-bit mode without.
    case twoLevel
  }

  /// What a page-table entry points to.
  enum Size: Equatable {
    case page
    /// 2 MiB, or 4 MiB in the two-level format.
    case large
    /// 1 GiB.
    case huge
  }

  /// Rights that entries have if a test does not say otherwise.
  static let all = PageTableEntry.present | PageTableEntry.writable | PageTableEntry.user

  let machine: SystemMachine
  let format: Format
  private(set) var root: UInt64
  private var nextTable: UInt64 = 0x10_0000

  var core: Core { machine.core }

  init?(_ format: Format) {
    guard let machine = format == .fourLevel ? SystemMachine.longMode() : .protectedMode() else { return nil }
    self.machine = machine
    self.format = format
    root = 0
    root = newTable()
    mapProgram()
    core.state.cr3 = root
    core.state.efer.insert(.nxe)
    if format != .fourLevel {
      core.state.cr0.formUnion([.paging, .writeProtect])
      core.state.cr4.insert(format == .twoLevel ? .pse : .pae)
    } else {
      core.state.cr0.insert(.writeProtect)
    }
    core.flushTranslations()
  }

  private func mapProgram() {
    for address in stride(from: 0, to: 0x8_0000 as UInt64, by: 0x1000) { map(address, to: address) }
  }

  /// Begins other tables, in which only the program is mapped.
  func beginTables() {
    root = newTable()
    mapProgram()
  }

  func newTable() -> UInt64 {
    defer { nextTable += 0x1000 }
    return nextTable
  }

  // MARK: Tables

  private var entrySize: UInt64 { format == .twoLevel ? 4 : 8 }

  /// The lowest address bit that the entries of each level translate, from the root down.
  private var shifts: [UInt64] {
    switch format {
    case .fourLevel: [39, 30, 21, 12]
    case .physicalAddressExtension: [30, 21, 12]
    case .twoLevel: [22, 12]
    }
  }

  /// How many levels a mapping of this size has.
  private func levels(_ size: Size) -> Int {
    switch size {
    case .page: shifts.count
    case .large: shifts.count - 1
    case .huge: shifts.count - 2
    }
  }

  private func mask(_ shift: UInt64) -> UInt64 {
    if format == .twoLevel { return 0x3FF }
    return format == .physicalAddressExtension && shift == 30 ? 3 : 0x1FF
  }

  /// Maps a page, with all rights at the upper levels.
  func map(_ address: UInt64, to physical: UInt64, _ rights: UInt64 = all, size: Size = .page) {
    var table = root
    let count = levels(size)
    for (level, shift) in shifts.prefix(count).enumerated() {
      let place = table + (address >> shift & mask(shift)) * entrySize
      if level == count - 1 {
        put(physical | rights | (size == .page ? 0 : PageTableEntry.large), at: place)
      } else {
        if load(place) == 0 {
          // In the entries of the root of PAE only P may be set.
          let isPointer = format == .physicalAddressExtension && level == 0
          put(newTable() | (isPointer ? PageTableEntry.present : Self.all), at: place)
        }
        table = load(place) & 0xF_FFFF_FFFF_F000
      }
    }
  }

  /// The place of the entry of a level, from the root down.
  func place(_ level: Int, of address: UInt64) -> UInt64 {
    var table = root
    for shift in shifts.prefix(level) {
      table = load(table + (address >> shift & mask(shift)) * entrySize) & 0xF_FFFF_FFFF_F000
    }
    return table + (address >> shifts[level] & mask(shifts[level])) * entrySize
  }

  /// The entry of a level, from the root down.
  func entry(_ level: Int, of address: UInt64) -> UInt64 { load(place(level, of: address)) }

  /// Changes an entry without telling the processor.
  func setEntry(_ level: Int, of address: UInt64, _ change: (inout UInt64) -> Void) {
    let place = self.place(level, of: address)
    var entry = load(place)
    change(&entry)
    put(entry, at: place)
  }

  /// The levels of a page's translation.
  var levelCount: Int { shifts.count }

  private func load(_ place: UInt64) -> UInt64 {
    entrySize == 4
      ? UInt64(machine.memory.load(place, as: UInt32.self) ?? 0) : machine.memory.load(place) ?? 0
  }

  private func put(_ entry: UInt64, at place: UInt64) {
    if entrySize == 4 {
      machine.put(UInt32(truncatingIfNeeded: entry), at: place)
    } else {
      machine.put(entry, at: place)
    }
  }

  // MARK: Accesses

  /// MOV AL, [RBX]; `nil` if it faults.
  func read(_ address: UInt64) -> UInt8? {
    begin(address)
    machine.execute(0x8A, 0x03)
    return machine.handledVector == nil ? UInt8(truncatingIfNeeded: core.general(GeneralRegister.rax)) : nil
  }

  /// MOV [RBX], AL; `false` if it faults.
  @discardableResult
  func write(_ value: UInt8, to address: UInt64) -> Bool {
    begin(address)
    core.setGeneral(GeneralRegister.rax, UInt64(value))
    machine.execute(0x88, 0x03)
    return machine.handledVector == nil
  }

  /// Executes a NOP there; `false` if the fetch faults.
  @discardableResult
  func fetch(_ address: UInt64) -> Bool {
    begin(address)
    core.state.rip = address
    machine.run(1)
    return machine.handledVector == nil
  }

  /// INVLPG [RBX] at level 0.
  func invalidate(_ address: UInt64) {
    begin(address)
    machine.execute(0x0F, 0x01, 0x3B)
  }

  private func begin(_ address: UInt64) {
    if core.state.privilegeLevel == 0 {
      core.setGeneral(GeneralRegister.rsp, SystemMachine.Place.supervisorStack)
      core.state.rip = SystemMachine.Place.code
    } else {
      core.setGeneral(GeneralRegister.rsp, SystemMachine.Place.userStack)
      core.state.rip = SystemMachine.Place.userCode
    }
    core.setGeneral(GeneralRegister.rbx, address)
    core.state.cr2 = 0
  }

  /// The error code of the page fault that was just delivered; `nil` if there was none at this address.
  func pageFault(at address: UInt64) -> UInt64? {
    guard machine.handledVector == 14, core.state.cr2 == address else { return nil }
    return format == .fourLevel ? machine.stack64(0) : machine.stack32(0).map(UInt64.init)
  }

  /// Goes on at level 3.
  func enterUserMode() {
    machine.enterUserMode(
      code: format == .fourLevel ? SystemMachine.Selectors.userCode64 : SystemMachine.Selectors.userCode32)
    core.updateContext()
  }

  /// Comes back from the handler of an exception, to level 0.
  func returnToSupervisor() {
    let code = format == .fourLevel ? SystemMachine.Selectors.code64 : SystemMachine.Selectors.code32
    var segment = core.segment(.cs)
    segment.selector = code
    segment.attributes.privilegeLevel = 0
    core.setCodeSegment(segment, privilegeLevel: 0)
    core.updateContext()
  }
}
