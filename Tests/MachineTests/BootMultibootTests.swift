import Bus
import Testing

@testable import Machine

/// The Multiboot Specification, version 0.6.96.
@Suite struct BootMultibootTests {
  /// An ELF file whose segment begins with a header.
  static func elf(_ fileClass: SyntheticELF.Class, header: SyntheticMultibootHeader = .init()) -> SyntheticELF
  {
    var file = SyntheticELF()
    file.fileClass = fileClass
    if fileClass == .elf32 { file.machine = 3 }
    file.entry = 0x20_000C
    file.segments[0].content = header.bytes + [0xF4]
    return file
  }

  /// A file of no format, with the header's address fields, in the middle of other bytes.
  static func raw(
    header: UInt32 = 0x10_0010, load: UInt32 = 0x10_0000, loadEnd: UInt32 = 0x10_0080,
    bssEnd: UInt32 = 0x10_1000, entry: UInt32 = 0x10_0040
  ) -> [UInt8] {
    var file = SyntheticBytes()
    file.grow(to: 0x200)
    for offset in 0x30..<0xB0 { file.put(UInt8(truncatingIfNeeded: offset), at: offset) }
    let multiboot = SyntheticMultibootHeader(
      flags: 0x1_0000, addresses: [header, load, loadEnd, bssEnd, entry])
    file.put(multiboot.bytes, at: 0x40)
    return file.bytes
  }

  static func boot(
    _ bytes: [UInt8], memory: GuestMemory, commandLine: String = "", ramdisk: [UInt8]? = nil
  ) throws -> BootState {
    let configuration = BootConfiguration(
      commandLine: commandLine, kernelName: "tests.elf", initialRamdisk: ramdisk,
      description: .acpi(rsdpAddress: 0xE_1000))
    return try KernelImage.identify(bytes).load(into: memory, configuration)
  }

  @Test(arguments: [SyntheticELF.Class.elf32, .elf64])
  func elfImagesStartIn32BitMode(fileClass: SyntheticELF.Class) throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    let state = try Self.boot(Self.elf(fileClass).bytes, memory: memory)
    guard case .protected = state.mode else {
      Issue.record("not in protected mode")
      return
    }
    #expect(state.instructionPointer == 0x20_000C)
    #expect(state.registers.rax == 0x2BAD_B002)
    #expect(memory.load(0x20_0000) == 0x1BAD_B002 as UInt32)
  }

  @Test func anEntryAtAVirtualAddressIsTranslated() throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    var file = Self.elf(.elf32)
    file.segments[0].virtualAddress = 0xC020_0000
    file.entry = 0xC020_000C
    #expect(try Self.boot(file.bytes, memory: memory).instructionPointer == 0x20_000C)
  }

  @Test func theHeaderWinsOverThePVHNote() throws {
    var file = Self.elf(.elf64)
    file.segments.append(SyntheticELF.pvhNote(entry: 0x20_0000))
    guard case .multiboot = try KernelImage.identify(file.bytes) else {
      Issue.record("not Multiboot")
      return
    }
  }

  @Test func theHeaderIsInTheFirst8192Bytes() {
    func error(at offset: Int) -> BootError? {
      var file = SyntheticBytes()
      file.grow(to: 16384)
      file.put(
        SyntheticMultibootHeader(
          flags: 0x1_0000, addresses: [0x10_0000, 0x10_0000, 0x10_0100, 0, 0x10_0020]
        ).bytes, at: offset)
      return bootError(for: file.bytes)
    }
    #expect(error(at: 8192 - 12) == nil)
    #expect(error(at: 8192 - 8) == .unrecognizedKernel)
    #expect(error(at: 2) == .unrecognizedKernel, "not on a boundary of 4 bytes")
  }

  @Test func aWrongChecksumMakesNoHeader() {
    var bytes = Self.raw()
    bytes[0x48] ^= 1
    #expect(bootError(for: bytes) == .unrecognizedKernel)
  }

  // MARK: Address fields

  @Test func theAddressFieldsPlaceTheFile() throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    memory.store(UInt64.max, at: 0x10_0080)
    let state = try Self.boot(Self.raw(), memory: memory)
    #expect(state.instructionPointer == 0x10_0040)
    // The header is at 0x40 in the file and 0x10 in memory: memory begins with the file's byte 0x30.
    #expect(memory.bytes(at: 0x10_0000, count: 0x80) == [UInt8](Self.raw()[0x30..<0xB0]))
    #expect(memory.load(0x10_0080) == 0 as UInt64)
  }

  @Test func zeroAddressesStandForTheWholeFileAndNoMore() throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    memory.store(UInt8.max, at: 0x10_01D0)
    _ = try Self.boot(Self.raw(loadEnd: 0, bssEnd: 0), memory: memory)
    #expect(memory.bytes(at: 0x10_0000, count: 0x1D0) == [UInt8](Self.raw(loadEnd: 0, bssEnd: 0)[0x30...]))
    #expect(memory.load(0x10_01D0) == UInt8.max)
  }

  @Test func theAddressFieldsWinOverELF() throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    let header = SyntheticMultibootHeader(
      flags: 0x1_0000, addresses: [0x30_0000, 0x30_0000, 0x30_0020, 0, 0x30_0018])
    let state = try Self.boot(Self.elf(.elf64, header: header).bytes, memory: memory)
    #expect(state.instructionPointer == 0x30_0018)
  }

  @Test func addressFieldsThatContradictThemselvesAreRefused() {
    for bytes in [
      Self.raw(header: 0xF_FFFF), Self.raw(header: 0x10_0041), Self.raw(loadEnd: 0x10_0000),
      Self.raw(bssEnd: 0x10_007F), Self.raw(entry: 0xF_FFFF), Self.raw(entry: 0x10_1000),
    ] {
      guard case .malformedKernel("Multiboot", _) = bootError(for: bytes) else {
        Issue.record("taken")
        continue
      }
    }
    guard case .truncatedKernel("Multiboot", 0x201, 0x200) = bootError(for: Self.raw(loadEnd: 0x10_01D1))
    else {
      Issue.record("not truncated")
      return
    }
  }

  @Test func aFileWithoutAddressesIsELF() {
    var file = SyntheticBytes()
    file.grow(to: 64)
    file.put(SyntheticMultibootHeader().bytes, at: 0)
    guard case .malformedKernel("Multiboot", _) = bootError(for: file.bytes) else {
      Issue.record("taken")
      return
    }
  }

  @Test func requirementsThatAreNotKnownAreRefused() throws {
    let known = Self.elf(.elf32, header: SyntheticMultibootHeader(flags: 7))
    #expect(bootError(for: known.bytes) == nil)
    let unknown = Self.elf(.elf32, header: SyntheticMultibootHeader(flags: 8))
    #expect(try #require(bootError(for: unknown.bytes)).description.contains("0x8"))
  }

  // MARK: The information structure

  @Test func theInformationTellsOfMemory() throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    let info = try Self.boot(Self.elf(.elf32).bytes, memory: memory).registers.rbx
    #expect(memory.load(info) == 0x245 as UInt32, "memory, command line, memory map, loader's name")
    #expect(memory.load(info + 4) == 639 as UInt32)
    #expect(memory.load(info + 8) == (15 << 10) as UInt32)
    let expected = MemoryMap(memorySize: 16 << 20).regions
    #expect(memory.load(info + 44) == UInt32(24 * expected.count))
    let map = UInt64(try #require(memory.load(info + 48, as: UInt32.self)))
    for (index, region) in expected.enumerated() {
      let entry = map + 24 * UInt64(index)
      #expect(memory.load(entry) == 20 as UInt32)
      #expect(memory.load(entry + 4) == region.start)
      #expect(memory.load(entry + 12) == region.size)
      #expect(memory.load(entry + 20) == region.kind.rawValue)
    }
    let name = UInt64(try #require(memory.load(info + 64, as: UInt32.self)))
    #expect(memory.text(at: name) == "Strata")
  }

  @Test func theCommandLineBeginsWithTheKernelsName() throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    func commandLine(_ text: String) throws -> String? {
      let info = try Self.boot(Self.elf(.elf32).bytes, memory: memory, commandLine: text).registers.rbx
      return memory.text(at: UInt64(try #require(memory.load(info + 16, as: UInt32.self))))
    }
    #expect(try commandLine("a=1 b") == "tests.elf a=1 b")
    #expect(try commandLine("") == "tests.elf")
  }

  @Test func theRamdiskIsAModuleBehindTheKernel() throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    let state = try Self.boot(Self.elf(.elf32).bytes, memory: memory, ramdisk: [1, 2, 3])
    let info = state.registers.rbx
    #expect(try #require(memory.load(info, as: UInt32.self)) & 8 != 0)
    #expect(memory.load(info + 20) == 1 as UInt32)
    let module = UInt64(try #require(memory.load(info + 24, as: UInt32.self)))
    #expect(memory.load(module) == 0x20_3000 as UInt32)
    #expect(memory.load(module + 4) == 0x20_3003 as UInt32)
    #expect(memory.bytes(at: 0x20_3000, count: 3) == [1, 2, 3])
  }

  @Test func aModuleThatDoesNotFitSaysHowMuchMemoryIsNeeded() throws {
    let memory = try #require(GuestMemory(size: 4 << 20))
    let configuration = BootConfiguration(
      initialRamdisk: [UInt8](repeating: 1, count: 2 << 20), description: .acpi(rsdpAddress: 0))
    #expect(
      bootError(loading: Self.elf(.elf32).bytes, into: memory, configuration)
        == .ramdiskTooLarge(size: 2 << 20, neededMemory: 4 << 20 + 0x3000, memory: 4 << 20))
  }

  @Test func headersOfRandomBytesDoNotTrap() throws {
    let memory = try #require(GuestMemory(size: 16 << 20))
    var generator = SplitMix64(seed: 3)
    for _ in 0..<300 {
      func address() -> UInt32 {
        switch UInt8.random(in: 0..<4, using: &generator) {
        case 0: 0
        case 1: .max
        case 2: 0x10_0000 + UInt32.random(in: 0..<0x100, using: &generator)
        default: UInt32.random(in: 0...(.max), using: &generator)
        }
      }
      _ = bootError(
        loading: Self.raw(
          header: address(), load: address(), loadEnd: address(), bssEnd: address(), entry: address()),
        into: memory)
    }
  }
}
