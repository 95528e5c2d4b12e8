import Bus
import FuzzSupport
import Interfaces
import Processor
import X86

@testable import Machine

/// Two processors run guests from control blocks, nested tables, permission maps and tables of AVIC that change between
/// turns, while interrupts and doorbells arrive.
@c(LLVMFuzzerTestOneInput)
public func guestsMain(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = FuzzInput(start, count: count)
  guard let session = GuestSession() else { return 0 }
  while !input.isAtEnd { session.perform(&input) }
  session.finish()
  return 0
}

private struct GuestSession {
  private let machine: Machine

  private enum Place {
    static let host: UInt64 = 0x1000
    static let tables: UInt64 = 0x2000
    static let controlBlocks: UInt64 = 0x1_0000
    static let guest: UInt64 = 0x2_0000
    static let nestedTables: UInt64 = 0x3_0000
    static let backingPages: UInt64 = 0x4_0000
    static let physicalTable: UInt64 = 0x4_2000
    static let logicalTable: UInt64 = 0x4_3000
    static let portMap: UInt64 = 0x5_0000
    static let registerMap: UInt64 = 0x5_4000
    static let stack: UInt64 = 0x6_0000
  }

  private static let processorCount = 2
  /// VMLOAD, VMRUN, VMSAVE, STGI and back.
  private static let loop: [UInt8] = [
    0x0F, 0x01, 0xDA, 0x0F, 0x01, 0xD8, 0x0F, 0x01, 0xDB, 0x0F, 0x01, 0xDC, 0xEB, 0xF2,
  ]

  init?() {
    guard let model = try? ProcessorModel.parse("default,+svm,+avic,+x2avic"),
      let machine = try? Machine(
        MachineConfiguration(
          memorySize: 4 << 20, processorCount: Self.processorCount, platform: .legacyFree(.acpi),
          model: model))
    else { return nil }
    self.machine = machine
    write(Self.loop, at: Place.host)
    // The first and the fourth GiB, which has the APIC, for the hosts, the guests and their hypervisors.
    for tables in [Place.tables, Place.nestedTables] {
      machine.memory.store(tables + 0x1000 | 0b111, at: tables)
      machine.memory.store(0b1000_0111 as UInt64, at: tables + 0x1000)
      machine.memory.store(0xC000_0000 | 0b1000_0111 as UInt64, at: tables + 0x1018)
    }
    for number in 0..<Self.processorCount { start(number) }
  }

  private func write(_ bytes: [UInt8], at place: UInt64) {
    for (index, byte) in bytes.enumerated() { machine.memory.store(byte, at: place + UInt64(index)) }
  }

  private func start(_ number: Int) {
    let processor = machine.processors[number]
    let segments = ProcessorStart.FlatSegments(
      codeSelector: 8, dataSelector: 16, descriptorTableBase: 0, descriptorTableLimit: 0)
    processor.apply(
      ProcessorStart(
        mode: .long(segments, pageTableRoot: Place.tables), instructionPointer: Place.host,
        generalRegisters: [controlBlock(number)]))
    var context = processor.context
    context.efer.insert(.svme)
    processor.context = context
    makeGuest(number)
  }

  private func controlBlock(_ number: Int) -> UInt64 { Place.controlBlocks + UInt64(number) << 12 }

  /// A guest in 64-bit mode that can use AVIC.
  private func makeGuest(_ number: Int) {
    typealias Field = SVM.ControlBlock
    let block = ControlBlock(memory: machine.memory, address: controlBlock(number))
    for code in [.interrupt, .taskSwitch, .run, .call] as [SVM.ExitCode] { block.intercept(code) }
    block.addressSpace = UInt32(number + 1)
    block.interruptControl = SVM.InterruptControl(isMaskingVirtual: true, isAVICEnabled: true)
    block.setNestedPaging(root: Place.nestedTables)
    block[Field.portPermissionMap] = Place.portMap
    block[Field.registerPermissionMap] = Place.registerMap
    block[Field.apicBar] = APICBase.defaultAddress
    block[Field.apicBackingPage] = backingPage(number)
    block[Field.logicalIdentifierTable] = Place.logicalTable
    block[Field.physicalIdentifierTable] =
      SVM.PhysicalIdentifierTable(address: Place.physicalTable, lastIndex: 3).rawValue
    block.startIn64BitMode(at: Place.guest, pageTableRoot: Place.tables)
    block.stackPointer = Place.stack
    // Interrupts are accepted.
    block.flags |= 1 << 9
    let entry = SVM.PhysicalIdentifierEntry(backingPage: backingPage(number), runsOn: UInt32(number))
    machine.memory.store(entry.rawValue, at: Place.physicalTable + UInt64(number) * 8)
    machine.memory.store(
      UInt32(number) << 24, at: backingPage(number) + UInt64(LocalAPICRegister.identifier.offset))
    machine.memory.store(
      UInt32.max, at: backingPage(number) + UInt64(LocalAPICRegister.destinationFormat.offset))
  }

  private func backingPage(_ number: Int) -> UInt64 { Place.backingPages + UInt64(number) << 12 }

  // MARK: Operations

  func perform(_ input: inout FuzzInput) {
    let operation = input.byte()
    let number = Int(operation >> 7)
    switch operation & 15 {
    case 0, 1:
      machine.memory.store(input.byte(), at: controlBlock(number) + UInt64(input.number(UInt16.self) & 0xFFF))
    case 2: machine.memory.store(word(&input), at: controlBlock(number) + UInt64(input.byte()) * 8)
    case 3:
      machine.memory.store(
        word(&input), at: Place.nestedTables + UInt64(input.number(UInt16.self) & 0x1FF) * 8)
    case 4:
      machine.memory.store(word(&input), at: Place.tables + UInt64(input.number(UInt16.self) & 0x3FF) * 8)
    case 5: machine.memory.store(word(&input), at: Place.physicalTable + UInt64(input.byte()) * 8)
    case 6:
      machine.memory.store(input.number(UInt32.self), at: Place.logicalTable + UInt64(input.byte() & 63) * 4)
    case 7:
      machine.memory.store(input.number(UInt32.self), at: backingPage(number) + UInt64(input.byte()) * 16)
    case 8:
      machine.memory.store(input.byte(), at: Place.registerMap + UInt64(input.number(UInt16.self) & 0x1FFF))
    case 9, 10: write(input.bytes(Int(input.byte() & 31)), at: Place.guest + UInt64(input.byte()))
    case 11: machine.processors[number].raiseNonMaskableInterrupt()
    case 12: machine.processors[number].answerDoorbell()
    case 13: touchAPIC(&input)
    default: _ = machine.run(instructions: UInt64(input.byte()) + 1)
    }
  }

  /// A number of any size, or an address in the places above with low bits that mean something.
  private func word(_ input: inout FuzzInput) -> UInt64 {
    switch input.byte() & 3 {
    case 0: input.number()
    case 1: UInt64(input.byte() & 0x7F) << 12 | UInt64(input.number(UInt16.self) & 0xFFF)
    case 2: UInt64(input.byte() & 0x7F) << 12 | UInt64(input.byte() & 3) << 62
    default: UInt64(input.byte()) << UInt64(input.byte() & 63)
    }
  }

  /// Has a guest write a register of its APIC: MOV EAX, n; MOV [FEE0_0nn0h], EAX.
  private func touchAPIC(_ input: inout FuzzInput) {
    let value = input.number(UInt32.self)
    let offset = UInt32(input.byte()) << 4
    var code: [UInt8] = [0xB8]
    code += (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) }
    code += [0x89, 0x04, 0x25]
    let address = UInt32(APICBase.defaultAddress) | offset
    code += (0..<4).map { UInt8(truncatingIfNeeded: address >> UInt32($0 * 8)) }
    write(code, at: Place.guest + UInt64(input.byte()))
  }

  /// The state can be written, whatever it is.
  func finish() { precondition(!machine.stateHash().description.isEmpty) }
}

/// A control block in the machine's RAM.
private struct ControlBlock: SVM.ControlBlockMemory {
  let memory: GuestMemory
  let address: UInt64

  func load<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type) -> Value {
    memory.load(address + UInt64(offset), as: type) ?? 0
  }

  func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    memory.store(value, at: address + UInt64(offset))
  }
}
