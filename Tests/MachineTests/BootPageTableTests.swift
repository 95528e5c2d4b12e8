import Bus
import Testing

@testable import Machine

extension GuestMemory {
  /// Walks 4-level page tables as the processor does (SDM volume 3, 4.5); `nil` if something is not present
  /// or not writable.
  func translate(_ address: UInt64, root: UInt64) -> UInt64? {
    var table = root
    for shift: UInt64 in [39, 30, 21, 12] {
      guard let entry = load(table + (address >> shift & 511) * 8, as: UInt64.self), entry & 3 == 3 else {
        return nil
      }
      let frame = entry & 0x000F_FFFF_FFFF_F000
      let isLarge = shift < 39 && shift > 12 && entry & 1 << 7 != 0
      if isLarge || shift == 12 { return frame | address & (1 << shift - 1) }
      table = frame
    }
    return nil
  }
}

@Suite struct BootPageTableTests {
  @Test func sizesAreRoundedUpToDirectories() {
    #expect(IdentityPageTables(covering: 0).mappedSize == 1 << 30)
    #expect(IdentityPageTables(covering: 1 << 30).mappedSize == 1 << 30)
    #expect(IdentityPageTables(covering: 1 << 30 + 1).mappedSize == 2 << 30)
    #expect(IdentityPageTables(covering: 4 << 30).size == 6 * 4096)
  }

  @Test(arguments: [512 << 30, 1 << 46, UInt64.max]) func noMoreThan512GiBAreMapped(size: UInt64) throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    let tables = IdentityPageTables(covering: size)
    #expect(tables.mappedSize == 512 << 30)
    try tables.write(to: memory, at: 0x10_0000)
    #expect(memory.translate(512 << 30 - 1, root: 0x10_0000) == 512 << 30 - 1)
    #expect(memory.translate(512 << 30, root: 0x10_0000) == nil)
  }
}
