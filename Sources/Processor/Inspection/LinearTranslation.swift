import Bus
import X86

extension VirtualProcessor {
  /// The physical address that a linear address leads to now; `nil` if no page is mapped there.
  ///
  /// Unlike an access by the guest this checks no rights, and leaves the page tables and CR2 as they are.
  public func physicalAddress(ofLinear address: UInt64) -> UInt64? {
    guard let physical = guestPhysicalAddress(ofLinear: address) else { return nil }
    return core.state.isNested ? machinePhysicalAddress(ofGuest: physical) : physical
  }

  /// The physical address that page tables lead to, before nested ones.
  private func guestPhysicalAddress(ofLinear address: UInt64) -> UInt64? {
    let state = core.state
    guard state.cr0.contains(.paging) else { return address & 0xFFFF_FFFF }
    if core.isLongModeActive {
      guard Core.isCanonical(address) else { return nil }
      return translate(address, by: Self.fourLevels, root: state.cr3 & PageTableEntry.addressMask)
    }
    let linear = address & 0xFFFF_FFFF
    if state.cr4.contains(.pae) {
      return translate(linear, by: Self.physicalAddressExtension, root: state.cr3 & 0xFFFF_FFE0)
    }
    return translateTwoLevels(linear, root: state.cr3, hasLargePages: state.cr4.contains(.pse))
  }

  /// Where nested tables lead.
  private func machinePhysicalAddress(ofGuest physical: UInt64) -> UInt64? {
    let format = core.nestedPaging
    if format.options.contains(.long) {
      return translate(
        physical, by: Self.fourLevels, root: format.root & PageTableEntry.addressMask, isNested: true)
    }
    if format.options.contains(.physicalAddressExtension) {
      return translate(
        physical, by: Self.physicalAddressExtension, root: format.root & 0xFFFF_FFE0, isNested: true)
    }
    return translateTwoLevels(
      physical, root: format.root, hasLargePages: format.options.contains(.largePages), isNested: true)
  }

  /// Reads an entry of the program's tables or of the nested ones.
  private func entry<Value: FixedWidthInteger>(_ slot: UInt64, as type: Value.Type, isNested: Bool) -> Value?
  {
    guard core.state.isNested, !isNested else { return memory.load(slot, as: type) }
    return machinePhysicalAddress(ofGuest: slot).flatMap { memory.load($0, as: type) }
  }

  /// One level of tables with entries of 8 bytes.
  private struct Level {
    /// The lowest bit of an address that is a part of this level's index.
    let shift: UInt64
    let indexBits: UInt64
    /// An entry may map a page instead of pointing to a table.
    let mayMapPage: Bool
  }

  private static let lowestLevels = [
    Level(shift: 21, indexBits: 9, mayMapPage: true), Level(shift: 12, indexBits: 9, mayMapPage: true),
  ]
  private static let fourLevels =
    [
      Level(shift: 39, indexBits: 9, mayMapPage: false), Level(shift: 30, indexBits: 9, mayMapPage: true),
    ] + lowestLevels
  private static let physicalAddressExtension =
    [Level(shift: 30, indexBits: 2, mayMapPage: false)] + lowestLevels

  private func translate(
    _ address: UInt64, by levels: [Level], root: UInt64, isNested: Bool = false
  ) -> UInt64? {
    var table = root
    for level in levels {
      let index = address >> level.shift & ((1 << level.indexBits) - 1)
      guard let entry = entry(table &+ index * 8, as: UInt64.self, isNested: isNested),
        entry & PageTableEntry.present != 0
      else { return nil }
      let isPage = level.shift == 12 || level.mayMapPage && entry & PageTableEntry.large != 0
      let target = entry & PageTableEntry.addressMask
      if isPage {
        let offsetMask = (1 << level.shift) - 1 as UInt64
        return target & ~offsetMask | address & offsetMask
      }
      table = target
    }
    return nil
  }

  private func translateTwoLevels(
    _ address: UInt64, root: UInt64, hasLargePages: Bool, isNested: Bool = false
  ) -> UInt64? {
    let slot = root & 0xFFFF_F000 + (address >> 22 & 0x3FF) * 4
    guard let entry = entry(slot, as: UInt32.self, isNested: isNested).map(UInt64.init),
      entry & PageTableEntry.present != 0
    else { return nil }
    if entry & PageTableEntry.large != 0, hasLargePages {
      // Bits 13 to 20 are address bits 32 to 39 (APM volume 2, 5.2.2).
      return (entry >> 13 & 0xFF) << 32 | entry & 0xFFC0_0000 | address & 0x3F_FFFF
    }
    let last = entry & 0xFFFF_F000 + (address >> 12 & 0x3FF) * 4
    guard let page = self.entry(last, as: UInt32.self, isNested: isNested).map(UInt64.init),
      page & PageTableEntry.present != 0
    else { return nil }
    return page & 0xFFFF_F000 | address & 0xFFF
  }
}

extension VirtualProcessor {
  /// The bytes at linear addresses from `address` on: at most `count`, fewer where no RAM is mapped.
  public func bytes(atLinear address: UInt64, count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var linear = address
    while bytes.count < count, let physical = physicalAddress(ofLinear: linear),
      let byte = memory.load(physical, as: UInt8.self)
    {
      bytes.append(byte)
      linear &+= 1
    }
    return bytes
  }
}
