import Testing

@testable import Machine

/// Files that are no kernels for this machine are named for what they are.
@Suite struct BootIdentificationTests {
  struct Foreign: CustomTestStringConvertible {
    let offset: Int
    let signature: [UInt8]
    let name: String
    var testDescription: String { name }

    init(_ offset: Int, _ signature: String, _ name: String) {
      self.init(offset, [UInt8](signature.utf8), name)
    }

    init(_ offset: Int, _ signature: [UInt8], _ name: String) {
      self.offset = offset
      self.signature = signature
      self.name = name
    }
  }

  static let foreign = [
    Foreign(0x38, "ARMd", "an arm64 Image"),
    Foreign(0x38, "RSC\u{5}", "a RISC-V Image"),
    Foreign(0, [0x27, 0x05, 0x19, 0x56], "a U-Boot uImage"),
    Foreign(0, [0x1F, 0x8B, 8], "a gzip file"),
    Foreign(0, [0x28, 0xB5, 0x2F, 0xFD], "a Zstandard file"),
    Foreign(0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "an xz file"),
    Foreign(0, "070701", "a cpio archive"),
    Foreign(0, "!<arch>\ndebian-binary", "a Debian package"),
    Foreign(0, "#!/bin/sh\n", "a script"),
    Foreign(0, [0x51, 0x46, 0x49, 0xFB], "a qcow2 disk"),
    Foreign(0x1FE, [0x55, 0xAA], "a boot sector or a disk"),
    Foreign(0, "MZ", "an EFI or Windows program"),
  ]

  @Test(arguments: foreign) func foreignFilesAreNamed(_ file: Foreign) throws {
    var bytes = SyntheticBytes()
    bytes.grow(to: 4096)
    bytes.put(file.signature, at: file.offset)
    guard case .foreignKernel(let format) = bootError(for: bytes.bytes) else {
      Issue.record("\(file.name) is not recognized")
      return
    }
    #expect(format.name == file.name)
  }

  @Test func signaturesThatAreCutOffAreNotRead() {
    #expect(bootError(for: [0x1F]) == .unrecognizedKernel)
    #expect(bootError(for: [UInt8](repeating: 0, count: 0x3A)) == .unrecognizedKernel)
  }

  @Test func anEmptyFileIsCalledEmpty() {
    #expect(bootError(for: []) == .emptyKernel)
  }

  @Test func zeroesAreNoKernel() {
    #expect(bootError(for: [UInt8](repeating: 0, count: 1 << 20)) == .unrecognizedKernel)
  }

  @Test(arguments: [(183, "arm64"), (243, "RISC-V"), (21, "64-bit PowerPC"), (999, "ELF number 999")])
  func elfFilesForOtherProcessorsAreNamed(machine: UInt16, name: String) throws {
    var file = SyntheticELF()
    file.machine = machine
    let error = try #require(bootError(for: file.bytes))
    #expect(error.description.contains(name))
  }

  @Test func whatLooksLikeAKernelIsNot() {
    var file = SyntheticELF()
    file.type = 1
    #expect(bootError(for: file.bytes) == .foreignKernel(.relocatableELF))
    file.type = 3
    #expect(bootError(for: file.bytes) == .foreignKernel(.positionIndependentELF))
    file.type = 4
    #expect(bootError(for: file.bytes) == .foreignKernel(.coreDump))
    file = SyntheticELF()
    file.dataEncoding = 2
    #expect(bootError(for: file.bytes) == .foreignKernel(.bigEndianELF))
  }

  @Test func linuxProgramsAreToldFromKernels() {
    var dynamic = SyntheticELF()
    dynamic.segments.append(SyntheticELF.Segment(type: 3, content: [UInt8]("/lib64/ld.so".utf8)))
    #expect(bootError(for: dynamic.bytes) == .foreignKernel(.linuxProgram))

    var fixed = SyntheticELF()
    fixed.segments.append(SyntheticELF.note("GNU", type: 1, [UInt8](repeating: 0, count: 16)))
    #expect(bootError(for: fixed.bytes) == .foreignKernel(.linuxProgram))
  }

  @Test func errorsAreOneLineEach() throws {
    let errors: [BootError] = [
      .unreadableFile(path: "vmlinuz", reason: "No such file or directory"), .emptyKernel,
      .truncatedKernel(format: "ELF", needed: 2, actual: 1), .foreignKernel(.linuxProgram),
      .unrecognizedKernel, .malformedKernel(format: "ELF", reason: "of this"),
      .unsuitableKernel(reason: "of that"), .segmentOutsideMemory(start: 0, end: 1),
      .kernelTooLarge(neededMemory: 2, memory: 1), .memoryTooSmall(neededMemory: 2, memory: 1),
      .emptyRamdisk, .ramdiskTooLarge(size: 3, neededMemory: 4, memory: 1),
      .ramdiskTooLarge(size: 3, neededMemory: nil, memory: 1), .commandLineTooLong(length: 2, limit: 1),
      .commandLineContainsNUL, .tablesTooLarge(size: 2, limit: 1), .emptyFile(path: "vmlinuz"),
    ]
    for error in errors {
      #expect(!error.description.contains("\n"))
      #expect(error.description.contains(":") || error.description.contains(";"), "says what to do")
    }
  }
}
