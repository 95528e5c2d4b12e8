import Bus
import Testing

@testable import Machine

/// The 64-bit Linux boot protocol (Documentation/arch/x86/boot.rst, "64-bit Boot Protocol").
@Suite struct BootLinuxTests {
  static let zeroPage: UInt64 = 0x7000
  static let mebibyte: UInt64 = 1 << 20

  struct Booted {
    let memory: GuestMemory
    let state: BootState

    func field<Number: FixedWidthInteger>(_ offset: UInt64, as type: Number.Type) -> Number? {
      memory.load(state.registers.rsi + offset, as: type)
    }
  }

  static func boot(
    _ image: SyntheticBzImage = SyntheticBzImage(), memory size: UInt64 = 64 * mebibyte,
    commandLine: String = "console=ttyS0", ramdisk: [UInt8]? = nil, seed: UInt64 = 0,
    description: MachineDescription = .acpi(rsdpAddress: 0xE_1000)
  ) throws -> Booted {
    let memory = try #require(GuestMemory(size: size))
    let configuration = BootConfiguration(
      commandLine: commandLine, initialRamdisk: ramdisk, description: description, seed: seed)
    let state = try KernelImage.identify(image.bytes).load(into: memory, configuration)
    return Booted(memory: memory, state: state)
  }

  // MARK: The processor

  @Test func theEntryIsHalfAKilobyteIntoTheKernel() throws {
    let booted = try Self.boot()
    #expect(booted.state.instructionPointer == 0x100_0200)
    #expect(booted.memory.bytes(at: 0x100_0000, count: 1024) == SyntheticBzImage().kernel)
  }

  @Test func segmentsAreBootCodeAndBootData() throws {
    let booted = try Self.boot()
    guard case .long(let segments, _) = booted.state.mode else {
      Issue.record("not in long mode")
      return
    }
    #expect(segments.codeSelector == 0x10)
    #expect(segments.dataSelector == 0x18)
    #expect(segments.descriptorTableLimit == 0x1F)
    // Present, execute and read, 64-bit; and present, read and write, 32-bit, 4 GiB.
    #expect(booted.memory.load(segments.descriptorTableBase + 0x10) == 0x00AF_9B00_0000_FFFF as UInt64)
    #expect(booted.memory.load(segments.descriptorTableBase + 0x18) == 0x00CF_9300_0000_FFFF as UInt64)
  }

  @Test func pageTablesMapTheFirstFourGibibytesToThemselves() throws {
    let booted = try Self.boot()
    guard case .long(_, let root) = booted.state.mode else {
      Issue.record("not in long mode")
      return
    }
    for address: UInt64 in [0, 0x7000, 0x100_0200, 0xFEE0_0000, 0xFFFF_FFFF] {
      #expect(booted.memory.translate(address, root: root) == address)
    }
    #expect(booted.memory.translate(0x1_0000_0000, root: root) == nil)
  }

  // MARK: The zero page

  @Test func theSetupHeaderIsCopiedToItsPlace() throws {
    let booted = try Self.boot()
    #expect(booted.state.registers.rsi == Self.zeroPage)
    #expect(booted.field(0x202, as: UInt32.self) == 0x5372_6448)
    #expect(booted.field(0x206, as: UInt16.self) == 0x020F)
    #expect(booted.field(0x258, as: UInt64.self) == 0x100_0000)
    #expect(booted.field(0x260, as: UInt32.self) == 0x10_0000)
  }

  @Test func whatFollowsTheSetupHeaderInTheFileIsNotCopied() throws {
    var image = SyntheticBzImage()
    image.headerEnd = 0x268
    var file = SyntheticBytes()
    file.put(image.bytes, at: 0)
    file.put(UInt32(0xDEAD_BEEF), at: 0x264)
    file.put(UInt32(0xDEAD_BEEF), at: 0x268)
    let memory = try #require(GuestMemory(size: 64 << 20))
    _ = try KernelImage.identify(file.bytes).load(
      into: memory, BootConfiguration(description: .acpi(rsdpAddress: 0)))
    #expect(memory.load(Self.zeroPage + 0x264) == 0xDEAD_BEEF as UInt32)
    #expect(memory.load(Self.zeroPage + 0x268) == 0 as UInt32)
  }

  @Test func theLoaderNamesItselfAndTheTables() throws {
    let booted = try Self.boot()
    #expect(booted.field(0x210, as: UInt8.self) == 0xFF)
    #expect(booted.field(0x211, as: UInt8.self) == 1)
    #expect(booted.field(0x070, as: UInt64.self) == 0xE_1000)
    #expect(booted.field(0x1EF, as: UInt8.self) == 0, "the sentinel of a zero page that was not cleared")
  }

  @Test func theCommandLineEndsWithNUL() throws {
    let booted = try Self.boot(commandLine: "console=ttyS0 quiet")
    let address = try #require(booted.field(0x228, as: UInt32.self))
    #expect(booted.memory.text(at: UInt64(address)) == "console=ttyS0 quiet")
  }

  @Test func theMemoryMapLeavesOutWhatIsNotTheGuests() throws {
    let booted = try Self.boot(memory: 64 * Self.mebibyte)
    let count = try #require(booted.field(0x1E8, as: UInt8.self))
    let entries = try (0..<UInt64(count)).map { index in
      let entry = 0x2D0 + 20 * index
      return MemoryMap.Region(
        start: try #require(booted.field(entry, as: UInt64.self)),
        size: try #require(booted.field(entry + 8, as: UInt64.self)),
        kind: try #require(booted.field(entry + 16, as: UInt32.self).flatMap(MemoryMap.Kind.init)))
    }
    #expect(entries == MemoryMap(memorySize: 64 * Self.mebibyte).regions)
  }

  @Test func theRandomSeedFollowsFromTheMachinesSeed() throws {
    func record(_ seed: UInt64) throws -> [UInt8] {
      let booted = try Self.boot(seed: seed)
      let address = try #require(booted.field(0x250, as: UInt64.self))
      #expect(booted.memory.load(address) == 0 as UInt64, "the last of the list")
      #expect(booted.memory.load(address + 8) == 9 as UInt32, "SETUP_RNG_SEED")
      #expect(booted.memory.load(address + 12) == 32 as UInt32)
      return try #require(booted.memory.bytes(at: address + 16, count: 32))
    }
    let first = try record(1)
    #expect(try record(1) == first)
    #expect(try record(2) != first)
    #expect(Set(first).count > 8, "not constant")
  }

  @Test func theDeviceTreeIsARecordOfTheSetupData() throws {
    let tree = [UInt8](1...77)
    let booted = try Self.boot(seed: 3, description: .deviceTree(tree))
    let first = try #require(booted.field(0x250, as: UInt64.self))
    #expect(first % 8 == 0)
    #expect(booted.memory.load(first + 8) == 2 as UInt32, "SETUP_DTB")
    #expect(booted.memory.load(first + 12) == 77 as UInt32)
    #expect(booted.memory.bytes(at: first + 16, count: 77) == tree)
    let second = try #require(booted.memory.load(first, as: UInt64.self))
    #expect(booted.memory.load(second) == 0 as UInt64, "the last of the list")
    #expect(booted.memory.load(second + 8) == 9 as UInt32, "SETUP_RNG_SEED")
    #expect(booted.field(0x070, as: UInt64.self) == 0, "no RSDP")
  }

  @Test func aDeviceTreeThatIsTooLargeIsRefused() throws {
    let memory = try #require(GuestMemory(size: 64 << 20))
    let configuration = BootConfiguration(description: .deviceTree([UInt8](repeating: 0, count: 64 << 10)))
    #expect(throws: BootError.self) {
      try KernelImage.identify(SyntheticBzImage().bytes).load(into: memory, configuration)
    }
  }

  // MARK: Where the kernel goes

  @Test func aRelocatableKernelIsAlignedUpwards() throws {
    var image = SyntheticBzImage()
    image.preferredAddress = 0x110_0000
    image.alignment = 0x20_0000
    #expect(try Self.boot(image).state.instructionPointer == 0x120_0200)
    image.relocatable = 0
    #expect(try Self.boot(image).state.instructionPointer == 0x110_0200)
  }

  @Test func noSetupSectorsStandForFour() throws {
    var image = SyntheticBzImage()
    image.setupSectors = 0
    let booted = try Self.boot(image)
    #expect(booted.memory.bytes(at: 0x100_0000, count: 1024) == image.kernel)
  }

  @Test func theKernelsInitialSizeMustFitIntoMemory() throws {
    var image = SyntheticBzImage()
    image.initialSize = 0x100_0000
    let enough = try #require(GuestMemory(size: 32 * Self.mebibyte))
    #expect(bootError(loading: image.bytes, into: enough) == nil)
    image.initialSize += 1
    #expect(
      bootError(loading: image.bytes, into: enough)
        == .kernelTooLarge(neededMemory: 0x200_0001, memory: 0x200_0000))
  }

  @Test func theLeastMemoryIsChecked() throws {
    let memory = try #require(GuestMemory(size: 4096))
    #expect(
      bootError(loading: SyntheticBzImage().bytes, into: memory)
        == .memoryTooSmall(neededMemory: 2 * Self.mebibyte, memory: 4096))
  }

  // MARK: The RAM disk

  @Test func theRamdiskIsAtTheEndOfLowMemory() throws {
    let ramdisk = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
    let booted = try Self.boot(ramdisk: ramdisk)
    let address = try #require(booted.field(0x218, as: UInt32.self))
    #expect(UInt64(address) == 64 * Self.mebibyte - 0x2000)
    #expect(booted.field(0x21C, as: UInt32.self) == 5000)
    #expect(booted.field(0x0C0, as: UInt32.self) == 0)
    #expect(booted.memory.bytes(at: UInt64(address), count: 5000) == ramdisk)
  }

  @Test func anOldKernelsLimitOfTheRamdiskIsKept() throws {
    var image = SyntheticBzImage()
    image.extendedLoadFlags = 1
    image.ramdiskHighestAddress = 0x1FF_FFFF
    let booted = try Self.boot(image, ramdisk: [1, 2, 3])
    #expect(booted.field(0x218, as: UInt32.self) == 0x1FF_F000)
  }

  @Test func aRamdiskThatDoesNotFitSaysHowMuchMemoryIsNeeded() throws {
    let memory = try #require(GuestMemory(size: 20 * Self.mebibyte))
    let ramdisk = [UInt8](repeating: 1, count: 3 << 20 + 1)
    let configuration = BootConfiguration(initialRamdisk: ramdisk, description: .acpi(rsdpAddress: 0))
    let error = try #require(bootError(loading: SyntheticBzImage().bytes, into: memory, configuration))
    #expect(
      error
        == .ramdiskTooLarge(
          size: UInt64(ramdisk.count), neededMemory: 20 * Self.mebibyte + 4096, memory: 20 * Self.mebibyte))
    #expect(error.description.contains("--memory 21M"))
  }

  @Test func noMemoryIsEnoughForARamdiskBeyondTheKernelsLimit() throws {
    let memory = try #require(GuestMemory(size: 64 * Self.mebibyte))
    var image = SyntheticBzImage()
    image.extendedLoadFlags = 1
    image.ramdiskHighestAddress = 0x11F_FFFF
    let configuration = BootConfiguration(
      initialRamdisk: [UInt8](repeating: 1, count: 1 << 20 + 1), description: .acpi(rsdpAddress: 0))
    #expect(
      bootError(loading: image.bytes, into: memory, configuration)
        == .ramdiskTooLarge(size: 1 << 20 + 1, neededMemory: nil, memory: 64 << 20))
  }

  @Test func aKernelThatFillsLowMemoryHasItsRamdiskAbove4GiB() throws {
    var image = SyntheticBzImage()
    image.initialSize = 0xC000_0000 - 0x100_0000
    let booted = try Self.boot(image, memory: 0xC010_0000, ramdisk: [1, 2, 3])
    #expect(booted.field(0x0C0, as: UInt32.self) == 1)
    #expect(booted.field(0x218, as: UInt32.self) == 0xF_F000)
    #expect(booted.memory.bytes(at: 0x1_000F_F000, count: 3) == [1, 2, 3])

    image.extendedLoadFlags = 1
    image.ramdiskHighestAddress = 0xFFFF_FFFF
    let configuration = BootConfiguration(initialRamdisk: [1], description: .acpi(rsdpAddress: 0))
    #expect(
      bootError(loading: image.bytes, into: booted.memory, configuration)
        == .ramdiskTooLarge(size: 1, neededMemory: nil, memory: 0xC010_0000))
  }

  @Test func anEmptyRamdiskIsRefused() throws {
    let memory = try #require(GuestMemory(size: 64 << 20))
    let configuration = BootConfiguration(initialRamdisk: [], description: .acpi(rsdpAddress: 0))
    #expect(bootError(loading: SyntheticBzImage().bytes, into: memory, configuration) == .emptyRamdisk)
  }

  // MARK: What is refused

  @Test func theCommandLinesLimitIsTheKernels() throws {
    let memory = try #require(GuestMemory(size: 64 << 20))
    var image = SyntheticBzImage()
    image.commandLineSize = 8
    func error(_ commandLine: String) -> BootError? {
      bootError(
        loading: image.bytes, into: memory,
        BootConfiguration(commandLine: commandLine, description: .acpi(rsdpAddress: 0)))
    }
    #expect(error("12345678") == nil)
    #expect(error("123456789") == .commandLineTooLong(length: 9, limit: 8))
    #expect(error("a\0b") == .commandLineContainsNUL)
  }

  @Test func kernelsWithoutTheProtocolAreRefused() throws {
    var image = SyntheticBzImage()
    image.version = 0x020B
    #expect(try #require(bootError(for: image.bytes)).description.contains("2.11"))
    image = SyntheticBzImage()
    image.extendedLoadFlags = 2
    #expect(try #require(bootError(for: image.bytes)).description.contains("64-bit entry"))
    image = SyntheticBzImage()
    image.loadFlags = 0
    #expect(try #require(bootError(for: image.bytes)).description.contains("zImage"))
  }

  @Test func everyCutOfAKernelIsNoticed() {
    let bytes = SyntheticBzImage().bytes
    for count in stride(from: 0x206, to: bytes.count, by: 7) {
      guard case .truncatedKernel(_, _, let actual) = bootError(for: [UInt8](bytes.prefix(count))) else {
        Issue.record("\(count) bytes are not called truncated")
        continue
      }
      #expect(actual == UInt64(count))
    }
    #expect(bootError(for: bytes) == nil)
  }

  @Test(arguments: [0x203, 0x263, 0x291]) func headersThatEndAnywhereElseAreRefused(end: Int) {
    var image = SyntheticBzImage()
    image.headerEnd = end
    #expect(
      bootError(for: image.bytes)
        == .malformedKernel(format: "setup", reason: "it claims to end at offset \(end)"))
  }

  @Test(arguments: [0, 3, 0xFFFF_FFFF]) func alignmentsMustBePowersOfTwo(alignment: UInt32) throws {
    var image = SyntheticBzImage()
    image.alignment = alignment
    #expect(try #require(bootError(for: image.bytes)).description.contains("power of two"))
    image.relocatable = 0
    #expect(bootError(for: image.bytes) == nil)
  }

  @Test(arguments: [0, 0xF_FFFF, 0x1_0000_0000, UInt64.max])
  func addressesOutsideOfLowMemoryAreRefused(address: UInt64) throws {
    var image = SyntheticBzImage()
    image.preferredAddress = address
    image.relocatable = 0
    #expect(try #require(bootError(for: image.bytes)).description.contains("preferred address"))
  }

  @Test func headersOfRandomBytesDoNotTrap() throws {
    let memory = try #require(GuestMemory(size: 64 << 20))
    var generator = SplitMix64(seed: 1)
    for _ in 0..<2000 {
      var file = SyntheticBytes()
      file.put(SyntheticBzImage().bytes, at: 0)
      for _ in 0..<4 {
        file.put(
          UInt8.random(in: 0...255, using: &generator), at: Int.random(in: 0x1F1..<0x26C, using: &generator))
      }
      _ = bootError(loading: file.bytes, into: memory)
    }
  }
}
