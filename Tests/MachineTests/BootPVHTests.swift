import Bus
import Testing

@testable import Machine

/// The PVH protocol (xen/docs/misc/pvh.pandoc and start_info.h).
@Suite struct BootPVHTests {
  /// A kernel like `vmlinux`: linked for high addresses, with the entry in a note.
  static func kernel(entry: UInt64 = 0x100_0010) -> SyntheticELF {
    var file = SyntheticELF()
    file.segments = [
      SyntheticELF.Segment(
        content: [UInt8](repeating: 0xF4, count: 64), virtualAddress: 0xFFFF_FFFF_8100_0000,
        physicalAddress: 0x100_0000, memorySize: 0x1000),
      SyntheticELF.note("Linux", type: 0x100, [1, 2, 3]),
      SyntheticELF.pvhNote(entry: entry),
    ]
    return file
  }

  @Test func theKernelStartsIn32BitModeAtTheNotesEntry() throws {
    let memory = try #require(GuestMemory(size: 32 << 20))
    let state = try KernelImage.identify(Self.kernel().bytes)
      .load(into: memory, BootConfiguration(description: .acpi(rsdpAddress: 0xE_1000)))
    #expect(state.instructionPointer == 0x100_0010)
    guard case .protected(let segments) = state.mode else {
      Issue.record("not in protected mode")
      return
    }
    // Present, execute and read, 32-bit, 4 GiB.
    let code = segments.descriptorTableBase + UInt64(segments.codeSelector)
    #expect(memory.load(code) == 0x00CF_9B00_0000_FFFF as UInt64)
    #expect(memory.bytes(at: 0x100_0000, count: 2) == [0xF4, 0xF4])
  }

  @Test func theStartInfoTellsOfTheMachine() throws {
    let memory = try #require(GuestMemory(size: 32 << 20))
    let ramdisk = [UInt8](repeating: 7, count: 4097)
    let configuration = BootConfiguration(
      commandLine: "console=ttyS0", initialRamdisk: ramdisk, description: .acpi(rsdpAddress: 0xE_1000))
    let state = try KernelImage.identify(Self.kernel().bytes).load(into: memory, configuration)
    let info = state.registers.rbx
    #expect(memory.load(info) == 0x336E_C578 as UInt32)
    #expect(memory.load(info + 4) == 1 as UInt32)
    #expect(memory.load(info + 12) == 1 as UInt32, "one module")
    let module = try #require(memory.load(info + 16, as: UInt64.self))
    #expect(memory.load(module) == (32 << 20 - 8192) as UInt64)
    #expect(memory.load(module + 8) == 4097 as UInt64)
    #expect(memory.bytes(at: 32 << 20 - 8192, count: 4097) == ramdisk)
    let commandLine = try #require(memory.load(info + 24, as: UInt64.self))
    #expect(memory.text(at: commandLine) == "console=ttyS0")
    #expect(memory.load(info + 32) == 0xE_1000 as UInt64)
    let map = try #require(memory.load(info + 40, as: UInt64.self))
    let expected = MemoryMap(memorySize: 32 << 20).regions
    #expect(memory.load(info + 48) == UInt32(expected.count))
    for (index, region) in expected.enumerated() {
      let entry = map + 24 * UInt64(index)
      #expect(memory.load(entry) == region.start)
      #expect(memory.load(entry + 8) == region.size)
      #expect(memory.load(entry + 16) == region.kind.rawValue)
    }
  }

  @Test func withoutARamdiskThereAreNoModules() throws {
    let memory = try #require(GuestMemory(size: 32 << 20))
    let state = try KernelImage.identify(Self.kernel().bytes)
      .load(into: memory, BootConfiguration(description: .acpi(rsdpAddress: 0)))
    #expect(memory.load(state.registers.rbx + 12) == 0 as UInt32)
    #expect(memory.load(state.registers.rbx + 16) == 0 as UInt64)
  }

  @Test func memoryThatTheFileDoesNotFillIsZero() throws {
    let memory = try #require(GuestMemory(size: 32 << 20))
    // As left by the guest that ran before a reset.
    memory.store(UInt64.max, at: 0x100_0040)
    memory.store(UInt64.max, at: 0x100_0FF8)
    memory.store(UInt64.max, at: 0x100_1000)
    _ = try KernelImage.identify(Self.kernel().bytes).load(
      into: memory, BootConfiguration(description: .acpi(rsdpAddress: 0)))
    #expect(memory.load(0x100_0040) == 0 as UInt64)
    #expect(memory.load(0x100_0FF8) == 0 as UInt64)
    #expect(memory.load(0x100_1000) == UInt64.max)
  }

  @Test func theNoteMayHave4Bytes() throws {
    var file = Self.kernel()
    file.segments[2] = SyntheticELF.note("Xen", type: 18, [0x20, 0, 0, 1])
    guard case .pvh(let kernel) = try KernelImage.identify(file.bytes) else {
      Issue.record("not PVH")
      return
    }
    #expect(kernel.entry == 0x100_0020)
    file.segments[2] = SyntheticELF.note("Xen", type: 18, [0x20, 0, 0])
    guard case .malformedKernel("PVH", _) = bootError(for: file.bytes) else {
      Issue.record("taken")
      return
    }
  }

  @Test(arguments: [0, 0x100_1000, 0x1_0100_0010, UInt64.max])
  func theEntryIsAPhysicalAddressInTheKernel(entry: UInt64) {
    guard case .malformedKernel("PVH", _) = bootError(for: Self.kernel(entry: entry).bytes) else {
      Issue.record("taken")
      return
    }
  }
}
