import Bus
import FuzzSupport

@testable import Machine
@testable import Processor

/// Code of the input, with what a processor needs around it: descriptor tables, page tables, a task state segment
/// and a stack. A few instructions before it load the tables and enter user mode.
struct CodeUnderTest {
  enum Mode: UInt8 {
    case real, protected, protectedUser, long, longUser, compatibilityUser
  }

  private enum Place {
    static let tablePointers: UInt64 = 0x2000
    static let globalDescriptors: UInt64 = 0x2100
    static let longInterrupts: UInt64 = 0x3000
    static let protectedInterrupts: UInt64 = 0x4000
    static let taskState: UInt64 = 0x5000
    static let realCode: UInt64 = 0x6000
    static let prelude: UInt64 = 0x10_0000
    static let code: UInt64 = 0x10_1000
    static let userStack: UInt64 = 0x20_0000
    static let data: UInt64 = 0x21_0000
  }

  private enum Selector {
    static let longTask: UInt16 = 0x38
    static let protectedTask: UInt16 = 0x48
    static let userData: UInt8 = 0x23
    static let userCode64: UInt8 = 0x2B
    static let userCode32: UInt8 = 0x33
  }

  private let mode: Mode
  private let registers: [UInt64]
  private let code: [UInt8]

  init?(_ mode: Mode, _ input: inout FuzzInput) {
    self.mode = mode
    let choices = (0..<8).map { _ in input.byte() }
    registers = (0..<16).map { number in
      let choice = UInt64(choices[number & 7]) &+ UInt64(number & 8)
      return switch choice & 3 {
      case 0: choice
      case 1: Place.data &+ choice << 4
      case 2: Place.code &+ choice
      default: choice << 57 | choice
      }
    }
    code = input.rest()
    guard !code.isEmpty else { return nil }
  }

  /// Puts everything into RAM and the first processor at its start.
  func load(into machine: Machine) -> Bool {
    let memory = machine.memory
    writeDescriptors(memory)
    writeInterrupts(memory)
    memory.put(mode == .real ? [] : prelude, at: Place.prelude)
    memory.put(code, at: mode == .real ? Place.realCode : Place.code)
    var general = registers
    general[4] = BootLayout.stack.upperBound
    guard let start = start(memory) else { return false }
    machine.processors[0].apply(
      ProcessorStart(
        mode: start.mode, instructionPointer: start.instructionPointer, generalRegisters: general))
    return true
  }

  private func start(_ memory: GuestMemory) -> ProcessorStart? {
    switch mode {
    case .real:
      return ProcessorStart(mode: .real(codeSegment: UInt16(Place.realCode >> 4)), instructionPointer: 0)
    case .protected, .protectedUser:
      guard let segments = try? FlatDescriptorTable.protected.write(to: memory) else { return nil }
      return ProcessorStart(
        mode: .protected(ProcessorStart.FlatSegments(segments)), instructionPointer: Place.prelude)
    case .long, .longUser, .compatibilityUser:
      let root = BootLayout.pageTables.lowerBound
      let tables = IdentityPageTables(covering: GuestMemory.holeEnd)
      guard let segments = try? FlatDescriptorTable.long.write(to: memory),
        (try? tables.write(to: memory, at: root)) != nil
      else { return nil }
      openToUser(memory, root..<root + tables.size)
      return ProcessorStart(
        mode: .long(ProcessorStart.FlatSegments(segments), pageTableRoot: root),
        instructionPointer: Place.prelude)
    }
  }

  /// Sets the bit U/S of every entry.
  private func openToUser(_ memory: GuestMemory, _ tables: Range<UInt64>) {
    for place in stride(from: tables.lowerBound, to: tables.upperBound, by: 8) {
      let entry = memory.load(place, as: UInt64.self) ?? 0
      if entry & 1 != 0 { memory.store(entry | 4, at: place) }
    }
  }

  // MARK: Tables

  /// Flat segments of both privileges, a 64-bit and a 32-bit TSS (APM volume 2, 4.7 and 4.8).
  private func writeDescriptors(_ memory: GuestMemory) {
    let task = Place.taskState << 16 | 0x0000_8900_0000_0067
    let descriptors: [UInt64] = [
      0, 0x00CF_9B00_0000_FFFF, 0x00AF_9B00_0000_FFFF, 0x00CF_9300_0000_FFFF, 0x00CF_F300_0000_FFFF,
      0x00AF_FB00_0000_FFFF, 0x00CF_FB00_0000_FFFF, task, 0, task,
    ]
    for (index, descriptor) in descriptors.enumerated() {
      memory.store(descriptor, at: Place.globalDescriptors + UInt64(index) * 8)
    }
    memory.store(UInt16(descriptors.count * 8 - 1), at: Place.tablePointers)
    memory.store(Place.globalDescriptors, at: Place.tablePointers + 2)
    let isLong = mode.rawValue >= Mode.long.rawValue
    memory.store(UInt16(isLong ? 0x3FF : 0x1FF), at: Place.tablePointers + 16)
    memory.store(
      isLong ? Place.longInterrupts : Place.protectedInterrupts, at: Place.tablePointers + 18)
    // The stack for privilege level 0: RSP0, or ESP0 and SS0.
    let stack = BootLayout.stack.upperBound - 0x1000
    memory.store(stack, at: Place.taskState + 4)
    if !isLong { memory.store(UInt32(0x18), at: Place.taskState + 8) }
  }

  /// Every exception and 32 interrupts go on somewhere in the code.
  private func writeInterrupts(_ memory: GuestMemory) {
    for vector in 0..<64 as Range<UInt64> {
      let target = Place.code + vector * 8 % 256
      let attributes: UInt64 = vector < 32 && vector != 3 ? 0x8E : vector & 1 == 0 ? 0xEE : 0xEF
      let low = target & 0xFFFF | attributes << 40 | (target >> 16) << 48
      memory.store(low | 0x10 << 16, at: Place.longInterrupts + vector * 16)
      memory.store(low | 0x08 << 16, at: Place.protectedInterrupts + vector * 8)
      memory.store(UInt32(Place.realCode << 12 | vector * 8), at: vector * 4)
    }
  }

  // MARK: Instructions before the code

  private var prelude: [UInt8] {
    let isLong = mode.rawValue >= Mode.long.rawValue
    let absolute: [UInt8] = isLong ? [0x25] : []
    let field: UInt8 = isLong ? 0x04 : 0x05
    var bytes: [UInt8] = [0x0F, 0x01, 0x10 | field] + absolute + word(Place.tablePointers)  // LGDT
    bytes += [0x0F, 0x01, 0x18 | field] + absolute + word(Place.tablePointers + 16)  // LIDT
    // MOV EDI, selector; LTR DI.
    bytes += [0xBF] + word(UInt64(isLong ? Selector.longTask : Selector.protectedTask)) + [0x0F, 0x00, 0xDF]
    switch mode {
    case .real, .protected, .long:
      // JMP rel32.
      bytes += [0xE9] + word(Place.code &- (Place.prelude + UInt64(bytes.count) + 5))
    case .protectedUser, .longUser, .compatibilityUser:
      let code = mode == .longUser ? Selector.userCode64 : Selector.userCode32
      // PUSH SS, RSP, RFLAGS, CS and RIP; IRET.
      bytes += [0x6A, Selector.userData, 0x68] + word(Place.userStack) + [0x68] + word(0x202)
      bytes += [0x6A, code, 0x68] + word(Place.code) + (isLong ? [0x48, 0xCF] : [0xCF])
    }
    return bytes
  }

  private func word(_ value: UInt64) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}

extension GuestMemory {
  fileprivate func put(_ bytes: [UInt8], at address: UInt64) {
    _ = bytes.withUnsafeBytes { write(address, from: $0) }
  }
}
