import Testing
import X86

@testable import Processor

@Suite("Page tables: translation, accessed and dirty bits")
struct PagingTranslationTests {
  typealias Format = PagingMachine.Format

  /// A format, a size of page, and a linear address to map.
  struct Mapping: CustomStringConvertible {
    var format: Format
    var size: PagingMachine.Size
    var address: UInt64
    /// The size in bytes.
    var length: UInt64

    var description: String { "\(format), \(size)" }
  }

  static let mappings = [
    Mapping(format: .fourLevel, size: .page, address: 0xFFFF_8123_4567_8000, length: 1 << 12),
    Mapping(format: .fourLevel, size: .large, address: 0x7F12_3460_0000, length: 1 << 21),
    Mapping(format: .fourLevel, size: .huge, address: 0x7F12_4000_0000, length: 1 << 30),
    Mapping(format: .physicalAddressExtension, size: .page, address: 0xC012_3000, length: 1 << 12),
    Mapping(format: .physicalAddressExtension, size: .large, address: 0x8020_0000, length: 1 << 21),
    Mapping(format: .twoLevel, size: .page, address: 0xC012_3000, length: 1 << 12),
    Mapping(format: .twoLevel, size: .large, address: 0x8040_0000, length: 1 << 22),
  ]

  @Test("A page of any size leads to its physical address plus the offset", arguments: mappings)
  func translation(_ mapping: Mapping) throws {
    let paging = try #require(PagingMachine(mapping.format))
    let physical: UInt64 = mapping.size == .page ? 0x9_0000 : 0
    paging.map(mapping.address, to: physical, size: mapping.size)
    paging.machine.put(0x5A as UInt8, at: physical + 0x123)
    #expect(paging.read(mapping.address + 0x123) == 0x5A)
    #expect(paging.write(0x77, to: mapping.address + 0xFFF))
    #expect(paging.machine.memory.load(physical + 0xFFF, as: UInt8.self) == 0x77)
    if mapping.size != .page {
      paging.machine.put(0x3C as UInt8, at: 0x1F_FFF0)
      #expect(paging.read(mapping.address + 0x1F_FFF0) == 0x3C)
    }
    // What is beyond is something else.
    #expect(paging.read(mapping.address + mapping.length) == nil)
    #expect(paging.read(mapping.address - 1) == nil)
  }

  @Test("A read sets the accessed bit at every level, a write the dirty bit of the page", arguments: mappings)
  func accessedAndDirty(_ mapping: Mapping) throws {
    let paging = try #require(PagingMachine(mapping.format))
    paging.map(mapping.address, to: mapping.size == .page ? 0x9_0000 : 0, size: mapping.size)
    let lower = mapping.size == .page ? 0 : mapping.size == .large ? 1 : 2
    let last = paging.levelCount - 1 - lower
    // The root of PAE has no accessed bits.
    let first = mapping.format == .physicalAddressExtension ? 1 : 0
    for level in first...last {
      #expect(paging.entry(level, of: mapping.address) & PageTableEntry.accessed == 0)
    }
    _ = paging.read(mapping.address)
    for level in first...last {
      let bits = paging.entry(level, of: mapping.address) & (PageTableEntry.accessed | PageTableEntry.dirty)
      #expect(bits == PageTableEntry.accessed)
    }
    // Also when the translation is known.
    paging.write(1, to: mapping.address)
    #expect(paging.entry(last, of: mapping.address) & PageTableEntry.dirty != 0)
    if last > first {
      #expect(paging.entry(last - 1, of: mapping.address) & PageTableEntry.dirty == 0)
    }
  }

  @Test("An access that is refused sets no bits in the page's entry", arguments: Format.allCases)
  func refusedAccess(_ format: Format) throws {
    let paging = try #require(PagingMachine(format))
    paging.map(0x40_0000, to: 0x9_0000, PageTableEntry.present)
    #expect(!paging.write(1, to: 0x40_0000))
    let entry = paging.entry(paging.levelCount - 1, of: 0x40_0000)
    #expect(entry & (PageTableEntry.accessed | PageTableEntry.dirty) == 0)
  }

  @Test("CMPXCHG makes the page dirty even if it does not store a new value", arguments: Format.allCases)
  func failedExchange(_ format: Format) throws {
    let paging = try #require(PagingMachine(format))
    paging.map(0x40_0000, to: 0x9_0000)
    paging.core.setGeneral(GeneralRegister.rbx, 0x40_0000)
    paging.core.setGeneral(GeneralRegister.rax, 0x11)
    paging.machine.execute(0x0F, 0xB0, 0x0B)  // cmpxchg [rbx], cl
    #expect(!paging.core.rflags.contains(.zero))
    #expect(paging.entry(paging.levelCount - 1, of: 0x40_0000) & PageTableEntry.dirty != 0)
  }

  @Test("Two adjacent pages may lie apart in memory", arguments: Format.allCases)
  func adjacentPages(_ format: Format) throws {
    let paging = try #require(PagingMachine(format))
    paging.map(0x40_0000, to: 0x9_5000)
    paging.map(0x40_1000, to: 0x9_2000)
    let core = paging.core
    core.setGeneral(GeneralRegister.rbx, 0x40_0FFE)
    core.setGeneral(GeneralRegister.rax, 0x4433_2211)
    paging.machine.execute(0x89, 0x03)  // mov [rbx], eax
    #expect(paging.machine.memory.load(0x9_5FFE, as: UInt16.self) == 0x2211)
    #expect(paging.machine.memory.load(0x9_2000, as: UInt16.self) == 0x4433)
    paging.machine.execute(0x01, 0x03)  // add [rbx], eax
    #expect(paging.machine.memory.load(0x9_2000, as: UInt16.self) == 0x8866)
    paging.machine.execute(0x8B, 0x0B)  // mov ecx, [rbx]
    #expect(core.general(GeneralRegister.rcx) == 0x8866_4422)
  }

  @Test("Without CR4.PSE bit 7 of a directory entry of the two-level format means nothing")
  func ignoredSize() throws {
    let paging = try #require(PagingMachine(.twoLevel))
    paging.map(0x40_0000, to: 0x9_0000)
    paging.setEntry(0, of: 0x40_0000) { $0 |= PageTableEntry.large }
    paging.core.state.cr4.remove(.pse)
    paging.core.flushTranslations()
    paging.machine.put(0x42 as UInt8, at: 0x9_0007)
    #expect(paging.read(0x40_0007) == 0x42)
  }

  @Test("Reserved bits of a present page-directory pointer are #GP when CR3 is written")
  func pageDirectoryPointers() throws {
    let paging = try #require(PagingMachine(.physicalAddressExtension))
    let core = paging.core
    let start = core.state.rip
    for bit in [1, 2, 5, 8, 46, 63] as [UInt64] {
      // Of the last GiB, of which nothing is used.
      paging.machine.put(1 << bit | PageTableEntry.present, at: paging.root + 24)
      core.setGeneral(0, paging.root)
      paging.machine.execute(0x0F, 0x22, 0xD8)  // mov cr3, eax
      #expect(paging.machine.handledVector == 13, "bit \(bit)")
      core.state.rip = start
      paging.machine.put(1 << bit, at: paging.root + 24)
      paging.machine.execute(0x0F, 0x22, 0xD8)  // mov cr3, eax
      #expect(paging.machine.handledVector == nil, "bit \(bit) of an absent pointer")
      core.state.rip = start
    }
  }

  @Test("Addresses wrap around at 4 GiB in 32-bit mode")
  func wrap() throws {
    let paging = try #require(PagingMachine(.twoLevel))
    paging.map(0xFFFF_F000, to: 0x9_0000)
    let core = paging.core
    core.setGeneral(GeneralRegister.rbx, 0xFFFF_FFFC)
    paging.machine.put(0x1122 as UInt16, at: 2)
    paging.machine.execute(0x66, 0x8B, 0x43, 0x06)  // mov ax, [ebx + 6]
    #expect(core.general(GeneralRegister.rax) & 0xFFFF == 0x1122)
  }

  @Test("Tables where no RAM is read as all ones: a reserved bit is set")
  func tableOutsideMemory() throws {
    let paging = try #require(PagingMachine(.fourLevel))
    paging.map(0x40_0000, to: 0x9_0000)
    paging.setEntry(2, of: 0x40_0000) { $0 = 0x4000_0000 | PagingMachine.all }
    #expect(paging.read(0x40_0000) == nil)
    #expect(paging.pageFault(at: 0x40_0000) == 0b1001)
  }
}
