import Bus
import Interfaces
import Machine
import Processor

/// A machine with one processor whose host can enter a guest in 64-bit mode, with 1 GiB pages mapping addresses to
/// themselves on both levels of paging.
struct VirtualComputer {
  private let machine: Machine

  private enum Place {
    static let host: UInt64 = 0x1000
    static let tables: UInt64 = 0x2000
    static let nestedTables: UInt64 = 0x4000
    static let controlBlock: UInt64 = 0x6000
    static let guest: UInt64 = 0x7000
    static let ports: UInt64 = 0x8000
    static let registers: UInt64 = 0xB000
  }

  init(host: [UInt8], guest: [UInt8]) throws {
    machine = try Machine(
      MachineConfiguration(
        memorySize: 32 << 20, platform: .legacyFree(.acpi), model: try ProcessorModel.parse("default,+svm")))
    for tables in [Place.tables, Place.nestedTables] {
      machine.memory.store(tables + 0x1000 | 0b111, at: tables)
      machine.memory.store(0b1110_0111 as UInt64, at: tables + 0x1000)
    }
    write(host, at: Place.host)
    write(guest, at: Place.guest)
    makeControlBlock()
    let processor = machine.processors[0]
    let segments = ProcessorStart.FlatSegments(
      codeSelector: 8, dataSelector: 16, descriptorTableBase: 0, descriptorTableLimit: 0)
    processor.apply(
      ProcessorStart(
        mode: .long(segments, pageTableRoot: Place.tables), instructionPointer: Place.host,
        generalRegisters: [Place.controlBlock]))
    var context = processor.context
    context.efer.insert(.svme)
    processor.context = context
  }

  /// Lets it execute that many instructions.
  func run(_ count: UInt64) { _ = machine.run(instructions: count) }

  private func write(_ bytes: [UInt8], at place: UInt64) {
    for (index, byte) in bytes.enumerated() { machine.memory.store(byte, at: place + UInt64(index)) }
  }

  private func makeControlBlock() {
    let block = ControlBlock(memory: machine.memory, address: Place.controlBlock)
    block.intercept(.run)
    block.intercept(.call)
    block.addressSpace = 1
    block.setNestedPaging(root: Place.nestedTables)
    block[SVM.ControlBlock.portPermissionMap] = Place.ports
    block[SVM.ControlBlock.registerPermissionMap] = Place.registers
    block.startIn64BitMode(at: Place.guest, pageTableRoot: Place.tables)
  }
}

/// A control block in a machine's RAM.
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
