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
    typealias Field = SVM.ControlBlock
    func put<Value: FixedWidthInteger>(_ value: Value, _ field: Int) {
      machine.memory.store(value, at: Place.controlBlock + UInt64(field))
    }
    func put(segment field: Int, _ attributes: UInt16) {
      put(attributes, field + Field.Segment.attributes)
      put(0xFFFF_FFFF as UInt32, field + Field.Segment.limit)
    }
    for code in [SVM.ExitCode.run, .call] {
      let bit = Int(code.rawValue)
      let field = Field.intercepts + bit / 32 * 4
      let word: UInt32 = machine.memory.load(Place.controlBlock + UInt64(field), as: UInt32.self) ?? 0
      put(word | 1 << UInt32(bit % 32), field)
    }
    put(1 as UInt32, Field.addressSpaceIdentifier)
    put(SVM.NestedPagingControl.enable.rawValue, Field.nestedPagingControl)
    put(Place.nestedTables, Field.nestedRoot)
    put(Place.ports, Field.portPermissionMap)
    put(Place.registers, Field.registerPermissionMap)
    for segment in [Field.es, Field.ss, Field.ds, Field.fs, Field.gs] { put(segment: segment, 0xC93) }
    put(segment: Field.cs, 0xA9B)
    // SVME, LME and LMA; PAE; PE and PG.
    put(0x1500 as UInt64, Field.efer)
    put(0x20 as UInt64, Field.cr4)
    put(Place.tables, Field.cr3)
    put(0x8000_0011 as UInt64, Field.cr0)
    put(2 as UInt64, Field.flags)
    put(Place.guest, Field.instructionPointer)
    put(0x0007_0406_0007_0406 as UInt64, Field.pageAttributeTable)
  }
}
