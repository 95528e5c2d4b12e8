import Bus
import Testing

@testable import Machine

/// Programs of our own: 64-bit ELF files that name no protocol.
@Suite struct BootBareMetalTests {
  static func boot(
    memory: GuestMemory, commandLine: String = "", ramdisk: [UInt8]? = nil
  ) throws -> BootState {
    let configuration = BootConfiguration(
      commandLine: commandLine, initialRamdisk: ramdisk, description: .acpi(rsdpAddress: 0xE_1000))
    return try KernelImage.identify(SyntheticELF().bytes).load(into: memory, configuration)
  }

  private func pageTableRoot(_ state: BootState) -> UInt64? {
    if case .long(_, let root) = state.mode { root } else { nil }
  }

  @Test func theProgramStartsInLongModeAsIfCalled() throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    let state = try Self.boot(memory: memory)
    #expect(state.instructionPointer == 0x20_0000)
    #expect(state.registers.rsp % 16 == 8)
    #expect(memory.load(state.registers.rsp) == 0 as UInt64, "no return address")
    #expect(memory.bytes(at: 0x20_0000, count: 3) == [0xF4, 0xEB, 0xFD])
    let root = try #require(pageTableRoot(state))
    for address in [state.instructionPointer, state.registers.rsp, 0xFEE0_0000, 0xFFFF_FFFF] {
      #expect(memory.translate(address, root: root) == address)
    }
  }

  @Test func theArgumentIsAStartInfo() throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    let info = try Self.boot(memory: memory, commandLine: "self-test", ramdisk: [9]).registers.rdi
    #expect(memory.load(info) == 0x336E_C578 as UInt32)
    #expect(memory.load(info + 12) == 1 as UInt32)
    let commandLine = try #require(memory.load(info + 24, as: UInt64.self))
    #expect(memory.text(at: commandLine) == "self-test")
    #expect(memory.load(info + 32) == 0xE_1000 as UInt64)
  }

  @Test func memoryAbove4GiBIsMapped() throws {
    let memory = try #require(GuestMemory(size: 6 << 30))
    let root = try #require(pageTableRoot(try Self.boot(memory: memory)))
    #expect(memory.translate(7 << 30 - 1, root: root) == 7 << 30 - 1)
    #expect(memory.translate(7 << 30, root: root) == nil)
  }

  @Test func pageTablesThatAreTooLargeForLowMemoryAreReserved() throws {
    let memory = try #require(GuestMemory(size: 100 << 30))
    let state = try Self.boot(memory: memory, ramdisk: [9])
    let root = try #require(pageTableRoot(state))
    let size: UInt64 = (2 + 101) * 4096
    #expect(root == 0xC000_0000 - size)
    #expect(memory.translate(101 << 30 - 1, root: root) == 101 << 30 - 1)
    let info = state.registers.rdi
    let map = try #require(memory.load(info + 40, as: UInt64.self))
    let count = UInt64(try #require(memory.load(info + 48, as: UInt32.self)))
    #expect(
      (0..<count).contains {
        memory.load(map + 24 * $0) == root && memory.load(map + 24 * $0 + 8) == size
          && memory.load(map + 24 * $0 + 16) == 2 as UInt32
      })
    let module = try #require(memory.load(info + 16, as: UInt64.self))
    #expect(memory.load(module) == root - 4096)
  }

  @Test func a32BitFileNeedsAProtocol() throws {
    var file = SyntheticELF()
    file.fileClass = .elf32
    file.machine = 3
    #expect(try #require(bootError(for: file.bytes)).description.contains("32-bit"))
  }

  @Test func anImageWithOnlyMultiboot2IsRefusedByName() throws {
    var header = SyntheticBytes()
    header.put(UInt32(0xE852_50D6), at: 0)
    header.put(UInt32(0), at: 4)
    header.put(UInt32(16), at: 8)
    header.put(0 &- UInt32(0xE852_50D6) &- 16, at: 12)
    var file = SyntheticELF()
    file.segments[0].content = header.bytes
    #expect(try #require(bootError(for: file.bytes)).description.contains("Multiboot 2"))
    file.segments[0].content[12] ^= 1
    #expect(bootError(for: file.bytes) == nil)
  }
}
