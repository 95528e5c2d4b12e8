import Machine

/// Programs of a few bytes that start in long mode with interrupts disabled.
enum TinyGuest {
  /// MOV DX, 604h; MOV AX, SLP_EN and the sleep type of S5; OUT DX, AX.
  static let powerOff: [UInt8] = [0x66, 0xBA, 0x04, 0x06, 0x66, 0xB8, 0x00, 0x34, 0x66, 0xEF]
  /// PUSH 0; PUSH 0; LIDT [RSP]; UD2: there is no gate for #UD, nor for what follows from that.
  static let tripleFault: [UInt8] = [0x6A, 0x00, 0x6A, 0x00, 0x0F, 0x01, 0x1C, 0x24, 0x0F, 0x0B]
  /// CLI; HLT.
  static let halt: [UInt8] = [0xFA, 0xF4]
  /// STI; HLT; JMP to HLT.
  static let idle: [UInt8] = [0xFB, 0xF4, 0xEB, 0xFD]
  /// JMP to itself.
  static let loop: [UInt8] = [0xEB, 0xFE]
  /// RDRAND RAX; the bits of RAX decide the hash.
  static let random: [UInt8] = [0x48, 0x0F, 0xC7, 0xF0]

  /// Sends text on the serial port: eight bits (MOV DX, 3FBh; MOV AL, 3; OUT DX, AL; MOV DX, 3F8h), then MOV AL and
  /// OUT DX, AL for each character.
  static func say(_ text: String) -> [UInt8] {
    [0x66, 0xBA, 0xFB, 0x03, 0xB0, 0x03, 0xEE, 0x66, 0xBA, 0xF8, 0x03]
      + text.utf8.flatMap { [0xB0, $0, 0xEE] }
  }

  /// Sends back what it receives, by polling: eight bits; then MOV DX, 3FDh; IN AL, DX; TEST AL, 1; JZ to IN;
  /// MOV DX, 3F8h; IN AL, DX; OUT DX, AL; CMP AL, '!'; JNE to MOV.
  static let echoUntilExclamationMark: [UInt8] =
    say("") + [
      0x66, 0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01, 0x74, 0xFB, 0x66, 0xBA, 0xF8, 0x03, 0xEC, 0xEE, 0x3C, 0x21,
      0x75, 0xED,
    ]

  private static let loadAddress: UInt64 = 0x20_0000

  /// An ELF64 file with the program as its only segment (ELF-64 Object File Format, 1.5).
  static func file(_ program: [UInt8]) -> [UInt8] {
    let headerSize = 64
    let programHeaderSize = 56
    let offset = UInt64(headerSize + programHeaderSize)
    var file: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    func put<Number: FixedWidthInteger>(_ number: Number) {
      withUnsafeBytes(of: number.littleEndian) { file += $0 }
    }
    put(UInt16(2))
    put(UInt16(62))
    put(UInt32(1))
    put(loadAddress)
    put(UInt64(headerSize))
    put(UInt64(0))
    put(UInt32(0))
    for size in [headerSize, programHeaderSize, 1, 64, 0, 0] { put(UInt16(size)) }
    put(UInt32(1))
    put(UInt32(7))
    put(offset)
    put(loadAddress)
    put(loadAddress)
    put(UInt64(program.count))
    put(UInt64(program.count))
    put(UInt64(1))
    return file + program
  }

  /// A machine that is about to execute the program.
  static func machine(_ program: [UInt8], seed: UInt64 = 0, processorCount: Int = 1) throws -> Machine {
    let machine = try Machine(
      MachineConfiguration(memorySize: 16 << 20, processorCount: processorCount, seed: seed))
    try machine.load(try KernelImage.identify(file(program)), commandLine: "", initialRamdisk: nil)
    return machine
  }
}
