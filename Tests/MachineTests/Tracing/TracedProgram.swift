import Tracing

@testable import Machine

/// A program of a few instructions that starts in long mode with interrupts disabled, and what is recorded of it.
struct TracedProgram {
  /// Where the program lies.
  static let start: UInt64 = 0x20_0000

  var code: [UInt8]
  /// What else lies in memory.
  var data: [(address: UInt64, bytes: [UInt8])] = []
  var processors = 1
  var instructionLimit: UInt64 = 100_000

  /// How the machine ended, and the text of each record without its time.
  struct Run {
    let event: MachineEvent
    let machine: Machine
    /// `EVENT: TEXT`.
    let records: [String]
  }

  /// Runs the program with events recorded, and others that are not.
  func run(_ events: String) throws -> Run {
    let machine = try machine()
    for index in try EventSelection(events).indices(in: machine.tracer.events) {
      machine.tracer.setEnabled(index, true)
    }
    let event = machine.run(instructions: instructionLimit)
    return Run(event: event, machine: machine, records: try Self.records(of: machine))
  }

  /// A machine that is about to execute the program, in the place of another one.
  func machine(after predecessor: Machine? = nil) throws -> Machine {
    var file = SyntheticELF()
    file.segments = ([(Self.start, code)] + data).map { address, bytes in
      SyntheticELF.Segment(content: bytes, virtualAddress: address, physicalAddress: address)
    }
    let machine = try Machine(
      MachineConfiguration(memorySize: 16 << 20, processorCount: processors), after: predecessor)
    try machine.load(try KernelImage.identify(file.bytes), commandLine: "", initialRamdisk: nil)
    // A PC's timers tick for ever.
    machine.whileIdle = { [unowned machine] _ in !machine.endIfHaltedForGood() }
    return machine
  }

  /// The records that a machine's tracer has kept, in the order of time.
  static func records(of machine: Machine) throws -> [String] {
    var bytes: [UInt8] = []
    try TraceFile(machine.tracer.contents, TraceFileDescription())
      .write(.text(TraceTextStyle(.traceCommand))) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().map { line in
      let words = line.split(separator: " ").drop { !$0.hasPrefix("[") }.dropFirst(2)
      return words.joined(separator: " ")
    }
  }
}

/// Pieces of such programs.
enum Code {
  /// Where ``enterUserMode(at:)`` has its descriptors.
  private static let descriptors: UInt32 = 0x30_0000

  /// Null, code of 64 bits and data for CPL 3; behind them what LGDT takes.
  static let userDescriptors: (address: UInt64, bytes: [UInt8]) = (
    UInt64(descriptors),
    [0, 0x00AF_FA00_0000_FFFF, 0x00CF_F200_0000_FFFF].flatMap { bytes($0 as UInt64) } + bytes(23 as UInt16)
      + bytes(UInt64(descriptors))
  )

  /// MOV ESP, below the descriptors; LGDT; PUSH for SS, RSP, RFLAGS, CS and RIP; IRETQ.
  static func enterUserMode(at address: UInt32) -> [UInt8] {
    [0xBC] + bytes(descriptors) + [0x0F, 0x01, 0x14, 0x25] + bytes(descriptors + 24) + [0x6A, 0x13, 0x68]
      + bytes(descriptors) + [0x6A, 0x02, 0x6A, 0x0B, 0x68] + bytes(address) + [0x48, 0xCF]
  }

  /// CLI; HLT.
  static let halt: [UInt8] = [0xFA, 0xF4]

  /// MOV ECX, index; RDMSR.
  static func readRegister(_ index: UInt32) -> [UInt8] { [0xB9] + bytes(index) + [0x0F, 0x32] }

  /// MOV ECX, index; MOV EAX, value; XOR EDX, EDX; WRMSR.
  static func writeRegister(_ index: UInt32, _ value: UInt32) -> [UInt8] {
    [0xB9] + bytes(index) + [0xB8] + bytes(value) + [0x31, 0xD2, 0x0F, 0x30]
  }

  /// MOV EBX, address; MOV DWORD [RBX], value.
  static func store(_ value: UInt32, at address: UInt32) -> [UInt8] {
    [0xBB] + bytes(address) + [0xC7, 0x03] + bytes(value)
  }

  /// MOV EBX, address; MOV EAX, [RBX].
  static func load(at address: UInt32) -> [UInt8] { [0xBB] + bytes(address) + [0x8B, 0x03] }

  /// MOV EDX, port; MOV AL, value; OUT DX, AL.
  static func out(_ value: UInt8, to port: UInt16) -> [UInt8] {
    [0xBA] + bytes(UInt32(port)) + [0xB0, value, 0xEE]
  }

  /// A number in the order of memory.
  static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
