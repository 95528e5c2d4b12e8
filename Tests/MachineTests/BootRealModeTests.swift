import Testing

@testable import Machine

/// Programs that go back to real mode find the interrupts as the firmware of a PC leaves them.
@Suite struct BootRealModeTests {
  /// Entered in 32-bit protected mode at 900Ch.
  private static let program: [UInt8] = [
    0x0F, 0x01, 0x1D, 0x50, 0x90, 0x00, 0x00,  // lidt [9050h]
    0x0F, 0x01, 0x15, 0x56, 0x90, 0x00, 0x00,  // lgdt [9056h]
    0xEA, 0x21, 0x90, 0x00, 0x00, 0x08, 0x00,  // jmp 8:9021h
    // 16 bits
    0xB8, 0x10, 0x00, 0x8E, 0xD0,  // mov ax, 10h; mov ss, ax
    0x0F, 0x20, 0xC0, 0x24, 0xFE, 0x0F, 0x22, 0xC0,  // clear CR0.PE
    0xEA, 0x33, 0x90, 0x00, 0x00,  // jmp 0:9033h
    0x31, 0xC0, 0x8E, 0xD0, 0xBC, 0x00, 0x70,  // xor ax, ax; mov ss, ax; mov sp, 7000h
    0xCD, 0x21,  // int 21h
    0xFB, 0xF4,  // sti; hlt
    0xFB, 0xF4,
    0xB0, 0x05, 0xE6, 0xF4,  // mov al, 5; out F4h, al
    0xEB, 0xFE,
  ]
  /// The limits and addresses of the interrupt vectors and of the segment descriptors that follow.
  private static let tables: [UInt8] = [
    0xFF, 0x03, 0x00, 0x00, 0x00, 0x00,
    0x17, 0x00, 0x60, 0x90, 0x00, 0x00, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,
    0xFF, 0xFF, 0, 0, 0, 0x9B, 0, 0,  // 16-bit code
    0xFF, 0xFF, 0, 0, 0, 0x93, 0, 0,  // data
  ]

  @Test("The timer interrupts HLT, is acknowledged, and does so again")
  func timerTicks() throws {
    var file = SyntheticELF()
    file.fileClass = .elf32
    file.machine = 3
    file.entry = 0x900C
    var content = SyntheticBytes()
    content.put(SyntheticMultibootHeader().bytes, at: 0)
    content.put(Self.program, at: 0xC)
    content.put(Self.tables, at: 0x50)
    file.segments[0] = SyntheticELF.Segment(
      content: content.bytes, virtualAddress: 0x9000, physicalAddress: 0x9000)

    var configuration = MachineConfiguration(memorySize: 16 << 20)
    configuration.devices = [.debugExit]
    let machine = try Machine(configuration)
    try machine.load(KernelImage.identify(file.bytes), commandLine: "", initialRamdisk: nil)
    #expect(machine.run(instructions: 10_000) == .debugExit(code: 11))
    // Two ticks of 1.193182 MHz / 65536.
    #expect((100_000_000...115_000_000).contains(machine.nanoseconds))
  }
}
