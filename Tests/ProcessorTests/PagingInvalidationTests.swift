import Testing
import X86

@testable import Processor

@Suite("Page tables: invalidation")
struct PagingInvalidationTests {
  typealias Format = PagingMachine.Format
  static let page: UInt64 = 0x40_0000

  /// Two pages with different contents, the first of which is mapped and was read.
  private func prepare(_ format: Format) throws -> PagingMachine {
    let paging = try #require(PagingMachine(format))
    paging.machine.put(0x11 as UInt8, at: 0x9_0000)
    paging.machine.put(0x22 as UInt8, at: 0x9_1000)
    paging.map(Self.page, to: 0x9_0000)
    #expect(paging.read(Self.page) == 0x11)
    return paging
  }

  private func exchange(_ paging: PagingMachine) {
    paging.setEntry(paging.levelCount - 1, of: Self.page) { $0 = 0x9_1000 | PagingMachine.all }
  }

  @Test("INVLPG makes a changed entry count", arguments: Format.allCases)
  func invalidatePage(_ format: Format) throws {
    let paging = try prepare(format)
    exchange(paging)
    paging.invalidate(Self.page + 0x123)
    #expect(paging.read(Self.page) == 0x22)
  }

  @Test("INVLPG of an address that is not mapped or not canonical does nothing")
  func invalidateNothing() throws {
    let paging = try prepare(.fourLevel)
    paging.invalidate(0x1234_5678_9000)
    #expect(paging.machine.handledVector == nil)
    paging.invalidate(0x1234_5678_9ABC_DEF0)
    #expect(paging.machine.handledVector == nil)
  }

  @Test(
    "INVLPG of any address in a large page forgets all of it", arguments: [PagingMachine.Size.large, .huge])
  func invalidateLargePage(_ size: PagingMachine.Size) throws {
    let paging = try #require(PagingMachine(.fourLevel))
    let address: UInt64 = 0x7F00_4000_0000
    paging.map(address, to: 0, size: size)
    for place in [0x9_0000, 0x9_1000, 0x1F_F000] as [UInt64] { #expect(paging.read(address + place) != nil) }
    paging.setEntry(size == .large ? 2 : 1, of: address) { $0 = 0 }
    paging.invalidate(address + 0xA_0000)
    for place in [0x9_0000, 0x9_1000, 0x1F_F000] as [UInt64] { #expect(paging.read(address + place) == nil) }
  }

  @Test("A load of CR3 forgets all pages that are not global", arguments: Format.allCases)
  func loadRoot(_ format: Format) throws {
    let paging = try prepare(format)
    exchange(paging)
    loadRoot(paging, paging.root)
    #expect(paging.read(Self.page) == 0x22)
  }

  private func loadRoot(_ paging: PagingMachine, _ value: UInt64) {
    paging.core.state.rip = SystemMachine.Place.code
    paging.core.setGeneral(GeneralRegister.rcx, value)
    paging.machine.execute(0x0F, 0x22, 0xD9)  // mov cr3, rcx
  }

  private func loadControl4(_ paging: PagingMachine, _ value: CR4) {
    paging.core.state.rip = SystemMachine.Place.code
    paging.core.setGeneral(GeneralRegister.rcx, value.rawValue)
    paging.machine.execute(0x0F, 0x22, 0xE1)  // mov cr4, rcx
  }

  @Test("A change of CR4.PGE forgets global pages as well")
  func globalPages() throws {
    let paging = try prepare(.fourLevel)
    paging.setEntry(3, of: Self.page) { $0 |= PageTableEntry.global }
    loadControl4(paging, paging.core.state.cr4.union(.pge))
    #expect(paging.read(Self.page) == 0x11)
    exchange(paging)
    loadControl4(paging, paging.core.state.cr4.subtracting(.pge))
    #expect(paging.read(Self.page) == 0x22)
  }

  @Test("Each PCID has translations of its own, which a load of CR3 keeps if bit 63 is set")
  func processContexts() throws {
    let paging = try prepare(.fourLevel)
    let first = paging.root
    paging.beginTables()
    paging.map(Self.page, to: 0x9_1000)
    let second = paging.root
    loadControl4(paging, paging.core.state.cr4.union(.pcide))
    #expect(paging.machine.handledVector == nil)
    loadRoot(paging, first | 1)
    #expect(paging.read(Self.page) == 0x11)
    loadRoot(paging, second | 2)
    #expect(paging.read(Self.page) == 0x22)
    loadRoot(paging, first | 1 | 1 << 63)
    #expect(paging.core.state.cr3 == first | 1)
    #expect(paging.read(Self.page) == 0x11)
    loadRoot(paging, second | 2 | 1 << 63)
    #expect(paging.read(Self.page) == 0x22)
    // Without bit 63 what the PCID had is forgotten.
    paging.setEntry(3, of: Self.page) { $0 = 0x9_0000 | PagingMachine.all }
    loadRoot(paging, second | 2)
    #expect(paging.read(Self.page) == 0x11)
  }

  @Test("INVPCID forgets an address, a PCID or everything", arguments: [0, 1, 2, 3] as [UInt64])
  func invalidateContext(_ type: UInt64) throws {
    let paging = try prepare(.fourLevel)
    loadControl4(paging, paging.core.state.cr4.union(.pcide))
    loadRoot(paging, paging.root | 1)
    #expect(paging.read(Self.page) == 0x11)
    loadRoot(paging, paging.root | 2)
    exchange(paging)
    paging.machine.put(1 as UInt64, at: SystemMachine.Place.data)
    paging.machine.put(Self.page, at: SystemMachine.Place.data + 8)
    paging.core.state.rip = SystemMachine.Place.code
    paging.core.setGeneral(GeneralRegister.rcx, type)
    paging.core.setGeneral(GeneralRegister.rbx, SystemMachine.Place.data)
    paging.machine.execute(0x66, 0x0F, 0x38, 0x82, 0x0B)  // invpcid rcx, [rbx]
    #expect(paging.machine.handledVector == nil)
    loadRoot(paging, paging.root | 1 | 1 << 63)
    #expect(paging.read(Self.page) == 0x22)
  }

  @Test("Address spaces by the thousand do not mix, though their numbers are used again")
  func manyAddressSpaces() throws {
    let paging = try prepare(.fourLevel)
    for round in 0..<5000 {
      paging.setEntry(3, of: Self.page) {
        $0 = (round & 1 == 0 ? 0x9_0000 : 0x9_1000) | PagingMachine.all
      }
      paging.core.selectAddressSpace(keepingTranslations: false)
      let expected: UInt8 = round & 1 == 0 ? 0x11 : 0x22
      guard paging.read(Self.page) == expected else {
        Issue.record("round \(round)")
        return
      }
    }
  }

  @Test("A remapped page of code is executed as it is after INVLPG")
  func remappedCode() throws {
    let paging = try prepare(.fourLevel)
    paging.machine.put([0xFF, 0xC1, 0x90], at: 0x9_0000)  // inc ecx
    paging.machine.put([0xFF, 0xC2, 0x90], at: 0x9_1000)  // inc edx
    paging.core.setGeneral(GeneralRegister.rcx, 0)
    paging.core.setGeneral(GeneralRegister.rdx, 0)
    paging.fetch(Self.page)
    exchange(paging)
    paging.invalidate(Self.page)
    paging.fetch(Self.page)
    #expect(paging.core.general(GeneralRegister.rcx) == 1)
    #expect(paging.core.general(GeneralRegister.rdx) == 1)
  }

  @Test("A branch that was taken while its page was being remapped does not lead to the other page for good")
  func remappedBranch() throws {
    let paging = try #require(PagingMachine(.fourLevel))
    // Each page: a jump to its offset 0x80, and there INC ECX or INC EDX.
    let other = Self.page + 0x1000
    for (physical, increment) in [(0x9_0000, 0xC1), (0x9_1000, 0xC2)] as [(UInt64, UInt8)] {
      paging.machine.put([0xEB, 0x7E], at: physical)
      paging.machine.put([0xFF, increment, 0xF4], at: physical + 0x80)
    }
    paging.map(Self.page, to: 0x9_0000)
    paging.map(other, to: 0x9_1000)
    // The other page's code is known; of this page only the branch.
    paging.fetch(other + 0x80)
    paging.fetch(Self.page)
    // The translation is gone from the buffers, though the branch is known by its linear address.
    exchange(paging)
    paging.core.state.translations.code[Int(Self.page >> 12) & (CodeTLBEntry.count - 1)] = CodeTLBEntry()
    paging.fetch(Self.page)
    // Back to what it was, in due form.
    paging.setEntry(3, of: Self.page) { $0 = 0x9_0000 | PagingMachine.all }
    paging.invalidate(Self.page)
    paging.core.setGeneral(GeneralRegister.rcx, 0)
    paging.core.setGeneral(GeneralRegister.rdx, 0)
    paging.core.state.rip = Self.page
    paging.machine.run(2)
    #expect(paging.core.general(GeneralRegister.rcx) == 1)
    #expect(paging.core.general(GeneralRegister.rdx) == 0)
  }
}
