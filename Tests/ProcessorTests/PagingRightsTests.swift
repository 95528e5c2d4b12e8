import Testing
import X86

@testable import Processor

@Suite("Page tables: rights and the error codes of page faults")
struct PagingRightsTests {
  typealias Format = PagingMachine.Format
  static let page: UInt64 = 0x40_0000

  private static let present = PageTableEntry.present
  private static let writable = PageTableEntry.writable
  private static let user = PageTableEntry.user

  @Test(
    "The error code tells a missing page from a missing right, a write and the user",
    arguments: Format.allCases)
  func errorCodes(_ format: Format) throws {
    let paging = try #require(PagingMachine(format))
    let (readOnly, supervisor, missing) = (Self.page, Self.page + 0x1000, Self.page + 0x2000)
    paging.map(readOnly, to: 0x9_0000, Self.present | Self.user)
    paging.map(supervisor, to: 0x9_1000, Self.present | Self.writable)
    #expect(paging.read(readOnly) != nil)
    #expect(!paging.write(1, to: readOnly))
    #expect(paging.pageFault(at: readOnly) == 0b011)
    #expect(paging.read(missing + 5) == nil)
    #expect(paging.pageFault(at: missing + 5) == 0b000)
    #expect(!paging.write(1, to: missing))
    #expect(paging.pageFault(at: missing) == 0b010)

    paging.enterUserMode()
    #expect(paging.read(readOnly) != nil)
    #expect(!paging.write(1, to: readOnly + 1))
    #expect(paging.pageFault(at: readOnly + 1) == 0b111)
    paging.enterUserMode()
    #expect(paging.read(supervisor) == nil)
    #expect(paging.pageFault(at: supervisor) == 0b101)
    paging.enterUserMode()
    #expect(!paging.write(1, to: missing))
    #expect(paging.pageFault(at: missing) == 0b110)
  }

  @Test("A right must be granted at every level", arguments: [Format.fourLevel, .twoLevel])
  func rightsOfAllLevels(_ format: Format) throws {
    for level in 0..<(format == .fourLevel ? 4 : 2) {
      let paging = try #require(PagingMachine(format))
      let page: UInt64 = format == .fourLevel ? 0x7000_0000_0000 : 0x8000_0000
      paging.map(page, to: 0x9_0000)
      paging.setEntry(level, of: page) { $0 &= ~PageTableEntry.writable }
      #expect(!paging.write(1, to: page))
      paging.setEntry(level, of: page) { $0 = $0 & ~PageTableEntry.user | PageTableEntry.writable }
      paging.core.flushTranslations()
      #expect(paging.write(1, to: page))
      paging.enterUserMode()
      #expect(paging.read(page) == nil)
      #expect(paging.pageFault(at: page) == 0b101)
    }
  }

  @Test(
    "CR0.WP decides at once whether the supervisor may write to read-only pages", arguments: Format.allCases)
  func writeProtect(_ format: Format) throws {
    let paging = try #require(PagingMachine(format))
    paging.map(Self.page, to: 0x9_0000, Self.present | Self.user)
    paging.core.setGeneral(GeneralRegister.rcx, paging.core.state.cr0.subtracting(.writeProtect).rawValue)
    paging.machine.execute(0x0F, 0x22, 0xC1)  // mov cr0, rcx
    #expect(paging.write(1, to: Self.page))
    paging.core.setGeneral(GeneralRegister.rcx, paging.core.state.cr0.union(.writeProtect).rawValue)
    paging.machine.execute(0x0F, 0x22, 0xC1)
    #expect(!paging.write(2, to: Self.page))
    #expect(paging.machine.memory.load(0x9_0000, as: UInt8.self) == 1)
    // Users may not write in any case.
    paging.core.state.cr0.remove(.writeProtect)
    paging.core.flushTranslations()
    paging.enterUserMode()
    #expect(!paging.write(2, to: Self.page))
  }

  @Test("NX at any level forbids fetches and nothing else", arguments: 0..<4)
  func noExecute(_ level: Int) throws {
    let paging = try #require(PagingMachine(.fourLevel))
    let page: UInt64 = 0x7000_0000_0000
    paging.map(page, to: 0x9_0000)
    paging.machine.put(0x9090_9090 as UInt32, at: 0x9_0000)
    #expect(paging.fetch(page))
    paging.setEntry(level, of: page) { $0 |= PageTableEntry.noExecute }
    paging.core.flushTranslations()
    #expect(!paging.fetch(page))
    #expect(paging.pageFault(at: page) == 0b1_0001)
    #expect(paging.read(page) == 0x90)
    #expect(paging.write(1, to: page))
    paging.enterUserMode()
    #expect(!paging.fetch(page))
    #expect(paging.pageFault(at: page) == 0b1_0101)
  }

  @Test("Without EFER.NXE the bit is reserved, and fetches are not told")
  func reservedNoExecute() throws {
    let paging = try #require(PagingMachine(.fourLevel))
    paging.map(Self.page, to: 0x9_0000, PagingMachine.all | PageTableEntry.noExecute)
    paging.core.state.efer.remove(.nxe)
    paging.core.flushTranslations()
    #expect(paging.read(Self.page) == nil)
    #expect(paging.pageFault(at: Self.page) == 0b1001)
    #expect(!paging.fetch(Self.page))
    #expect(paging.pageFault(at: Self.page) == 0b1001)
  }

  @Test("SMEP keeps the supervisor from executing user pages, and takes effect at once")
  func supervisorExecution() throws {
    let paging = try #require(PagingMachine(.fourLevel))
    paging.map(Self.page, to: 0x9_0000)
    paging.machine.put(0x9090_9090 as UInt32, at: 0x9_0000)
    // The program itself must then be the supervisor's.
    for page in stride(from: 0, to: 0x8_0000 as UInt64, by: 0x1000) where page != SystemMachine.Place.userCode
    {
      paging.map(page, to: page, Self.present | Self.writable)
    }
    paging.core.flushTranslations()
    #expect(paging.fetch(Self.page))
    paging.core.state.rip = SystemMachine.Place.code
    paging.core.setGeneral(GeneralRegister.rcx, paging.core.state.cr4.union(.smep).rawValue)
    paging.machine.execute(0x0F, 0x22, 0xE1)  // mov cr4, rcx
    #expect(!paging.fetch(Self.page))
    #expect(paging.pageFault(at: Self.page) == 0b1_0001)
    #expect(paging.read(Self.page) == 0x90)
    paging.enterUserMode()
    #expect(paging.fetch(Self.page))
  }

  @Test("SMAP keeps the supervisor from user data unless RFLAGS.AC is set; STAC and CLAC act at once")
  func supervisorAccess() throws {
    let paging = try #require(PagingMachine(.fourLevel))
    for page in stride(from: 0, to: 0x8_0000 as UInt64, by: 0x1000) {
      paging.map(page, to: page, Self.present | Self.writable)
    }
    paging.map(Self.page, to: 0x9_0000)
    paging.core.state.cr4.insert(.smap)
    paging.core.flushTranslations()
    paging.core.state.rip = SystemMachine.Place.code
    paging.machine.execute(0x0F, 0x01, 0xCB)  // stac
    #expect(paging.write(0x21, to: Self.page))
    paging.core.state.rip = SystemMachine.Place.code
    paging.machine.execute(0x0F, 0x01, 0xCA)  // clac
    #expect(paging.read(Self.page) == nil)
    #expect(paging.pageFault(at: Self.page) == 0b001)
    #expect(!paging.write(1, to: Self.page))
    #expect(paging.pageFault(at: Self.page) == 0b011)
    paging.core.rflags.insert(.alignmentCheck)
    paging.core.updateContext()
    #expect(paging.read(Self.page) == 0x21)
    // AC is no help to accesses that the processor makes by itself.
    #expect(throws: Fault.self) { try paging.core.read(UInt8.self, at: Self.page, .implicitSupervisor) }
  }

  @Test("Address bits beyond the physical width are reserved at every level", arguments: 0..<4)
  func reservedAddressBits(_ level: Int) throws {
    for bit in [46, 51] as [UInt64] {
      let paging = try #require(PagingMachine(.fourLevel))
      let page: UInt64 = 0x7000_0000_0000
      paging.map(page, to: 0x9_0000)
      paging.setEntry(level, of: page) { $0 |= 1 << bit }
      #expect(paging.read(page) == nil)
      #expect(paging.pageFault(at: page) == 0b1001)
    }
  }

  @Test("Bits that software may use mean nothing")
  func softwareBits() throws {
    let paging = try #require(PagingMachine(.fourLevel))
    paging.map(Self.page, to: 0x9_0000, PagingMachine.all | 0x7FF0_0000_0000_0E00)
    #expect(paging.read(Self.page) != nil)
  }

  @Test("Bits below the address of a large page are reserved, but for the PAT bit")
  func reservedLargePageBits() throws {
    let reserved: [(PagingMachine.Size, UInt64)] = [(.large, 13), (.large, 20), (.huge, 13), (.huge, 29)]
    for (size, bit) in reserved {
      let paging = try #require(PagingMachine(.fourLevel))
      paging.map(0x4000_0000, to: 1 << 12, size: size)
      #expect(paging.read(0x4000_0000) != nil)
      paging.map(0x4000_0000, to: 1 << bit, size: size)
      paging.core.flushTranslations()
      #expect(paging.read(0x4000_0000) == nil)
      #expect(paging.pageFault(at: 0x4000_0000) == 0b1001)
    }
  }

  @Test("Bit 8 of an entry that points to a table is reserved in the upper two levels", arguments: 0..<3)
  func reservedGlobalBits(_ level: Int) throws {
    let paging = try #require(PagingMachine(.fourLevel))
    paging.map(0x7000_0000_0000, to: 0x9_0000)
    paging.setEntry(level, of: 0x7000_0000_0000) { $0 |= PageTableEntry.global }
    let isReserved = level < 2
    #expect((paging.read(0x7000_0000_0000) == nil) == isReserved)
    #expect(paging.pageFault(at: 0x7000_0000_0000) == (isReserved ? 0b1001 : nil))
  }

  @Test("Bit 7 of a root entry is reserved, as is bit 21 of a page of 4 MiB")
  func reservedSizeBits() throws {
    let paging = try #require(PagingMachine(.fourLevel))
    paging.map(0x7000_0000_0000, to: 0x9_0000)
    paging.setEntry(0, of: 0x7000_0000_0000) { $0 |= PageTableEntry.large }
    #expect(paging.read(0x7000_0000_0000) == nil)
    #expect(paging.pageFault(at: 0x7000_0000_0000) == 0b1001)
    let legacy = try #require(PagingMachine(.twoLevel))
    legacy.map(0x8000_0000, to: 1 << 21, size: .large)
    #expect(legacy.read(0x8000_0000) == nil)
    #expect(legacy.pageFault(at: 0x8000_0000) == 0b1001)
  }

  @Test("#PF tells an instruction fetch at the first byte that is missing; the instruction is restarted")
  func straddlingFetch() throws {
    let paging = try #require(PagingMachine(.fourLevel))
    paging.map(Self.page, to: 0x9_0000)
    paging.machine.put([0x48, 0xB8, 0x11], at: 0x9_0FFD)  // mov rax, imm64
    #expect(!paging.fetch(Self.page + 0xFFD))
    #expect(paging.pageFault(at: Self.page + 0x1000) == 0b1_0000)
    #expect(paging.machine.stack64(1) == Self.page + 0xFFD)
    paging.map(Self.page + 0x1000, to: 0x9_5000)
    paging.machine.put([0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88], at: 0x9_5000)
    #expect(paging.fetch(Self.page + 0xFFD))
    #expect(paging.core.general(GeneralRegister.rax) == 0x8877_6655_4433_2211)
    #expect(paging.core.state.rip == Self.page + 0x1007)
    // The second page goes elsewhere.
    paging.setEntry(3, of: Self.page + 0x1000) { $0 = 0x9_6000 | PagingMachine.all }
    paging.invalidate(Self.page + 0x1000)
    #expect(paging.fetch(Self.page + 0xFFD))
    #expect(paging.core.general(GeneralRegister.rax) == 0x11)
  }

  @Test("A store across pages whose second page refuses it writes nothing", arguments: Format.allCases)
  func straddlingStore(_ format: Format) throws {
    let paging = try #require(PagingMachine(format))
    paging.map(Self.page, to: 0x9_0000)
    paging.map(Self.page + 0x1000, to: 0x9_1000, Self.present | Self.user)
    let instructions: [(bytes: [UInt8], name: String)] = [
      ([0x89, 0x03], "mov [rbx], eax"), ([0x01, 0x03], "add [rbx], eax"), ([0x87, 0x03], "xchg [rbx], eax"),
      ([0xAB], "stosd"), ([0x0F, 0xAB, 0x03], "bts [rbx], eax"), ([0x0F, 0xA4, 0xC3, 4], "nothing"),
    ]
    for (bytes, name) in instructions.dropLast() {
      paging.machine.put(0x5A5A_5A5A as UInt32, at: 0x9_0FFC)
      paging.core.setGeneral(GeneralRegister.rsp, SystemMachine.Place.supervisorStack)
      paging.core.setGeneral(GeneralRegister.rbx, Self.page + 0xFFE)
      paging.core.setGeneral(GeneralRegister.rdi, Self.page + 0xFFE)
      paging.core.setGeneral(GeneralRegister.rax, 1)
      paging.core.state.rip = SystemMachine.Place.code
      paging.machine.put(bytes, at: SystemMachine.Place.code)
      paging.machine.run(1)
      #expect(paging.pageFault(at: Self.page + 0x1000) == 0b011, "\(name)")
      #expect(paging.machine.memory.load(0x9_0FFC, as: UInt32.self) == 0x5A5A_5A5A, "\(name)")
      #expect(paging.core.general(GeneralRegister.rax) == 1, "\(name)")
    }
  }
}
