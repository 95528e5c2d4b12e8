import FuzzSupport
import Hypervisors
import Interfaces
import Processor

@testable import Machine

/// Calls Microsoft's hypervisor from three processors, reads and writes its registers, moves between trust levels and
/// lets the machine run.
///
/// The first byte chooses the level in which the machine starts. Each operation is a byte for what is done and by whom.
@c(LLVMFuzzerTestOneInput)
public func hypercallsMain(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = FuzzInput(start, count: count)
  guard let session = HypercallSession(level: input.byte() & 1 == 0 ? .vtl0 : .vtl2) else { return 0 }
  while !input.isAtEnd { session.perform(&input) }
  session.finish()
  return 0
}

/// A machine whose processors are in 64-bit mode with the first GiB mapped, and have said who they are.
private struct HypercallSession {
  private let machine: Machine
  private let hypervisor: HyperVHypervisor

  private enum Place {
    static let tables: UInt64 = 0x2000
    static let code: UInt64 = 0x1000
    static let input: UInt64 = 0x1_0000
    static let output: UInt64 = 0x1_1000
  }

  private static let identity: UInt64 = 0x8100_0000_0000_0000
  private static let processorCount = 3

  init?(level: HyperV.VirtualTrustLevel) {
    let configuration = MachineConfiguration(
      memorySize: 4 << 20, processorCount: Self.processorCount, platform: .legacyFree(.acpi),
      hypervisor: HyperVConfiguration(level: level))
    guard let machine = try? Machine(configuration), let hypervisor = machine.hypervisor else { return nil }
    self.machine = machine
    self.hypervisor = hypervisor
    machine.memory.store(Place.tables + 0x1000 | 0b11, at: Place.tables)
    machine.memory.store(0b1000_0011 as UInt64, at: Place.tables + 0x1000)
    // JMP to itself.
    machine.memory.store(0xFEEB as UInt16, at: Place.code)
    let segments = ProcessorStart.FlatSegments(
      codeSelector: 8, dataSelector: 16, descriptorTableBase: 0, descriptorTableLimit: 0)
    machine.processors[0].apply(
      ProcessorStart(
        mode: .long(segments, pageTableRoot: Place.tables), instructionPointer: Place.code))
    _ = hypervisor.writeRegister(
      HyperV.SyntheticRegister.guestIdentity.rawValue, value: Self.identity, of: machine.processors[0])
  }

  func perform(_ input: inout FuzzInput) {
    let operation = input.byte()
    let processor = machine.processors[Int(operation >> 5) % Self.processorCount]
    switch operation & 7 {
    case 0, 1, 2: call(by: processor, &input)
    case 3: _ = hypervisor.readRegister(register(&input), of: processor)
    case 4: _ = hypervisor.writeRegister(register(&input), value: value(&input), of: processor)
    case 5: move(processor, &input)
    case 6: _ = machine.run(instructions: UInt64(input.byte()) + 1)
    default:
      machine.memory.store(input.number(UInt64.self), at: Place.input + UInt64(input.byte()) * 8)
    }
  }

  /// The state can be written, whatever it is.
  func finish() { precondition(!machine.stateHash().description.isEmpty) }

  private func register(_ input: inout FuzzInput) -> UInt32 {
    0x4000_0000 | UInt32(input.number(UInt16.self) & 0x1FF)
  }

  /// A number of any size, or the control word of an overlay in the first pages.
  private func value(_ input: inout FuzzInput) -> UInt64 {
    input.byte() & 1 == 0 ? input.number() : UInt64(input.byte() & 0x1F) << 12 | 1
  }

  /// VTL call or VTL return.
  private func move(_ processor: VirtualProcessor, _ input: inout FuzzInput) {
    processor[general: 1] = 0x11 + UInt64(input.byte() & 1)
    processor[general: 0] = UInt64(input.byte() & 3)
    _ = hypervisor.call(by: processor)
  }

  private static let codes: [UInt16] = [
    0x02, 0x03, 0x08, 0x0B, 0x0C, 0x0D, 0x0F, 0x13, 0x14, 0x15, 0x50, 0x51, 0x99, 0x9A,
  ]

  private func call(by processor: VirtualProcessor, _ input: inout FuzzInput) {
    fillInput(&input)
    let choice = Int(input.byte())
    let code = choice < 240 ? Self.codes[choice % Self.codes.count] : input.number()
    let shape = input.byte()
    var control = UInt64(code)
    if shape & 1 != 0 { control |= UInt64(input.byte() & 7) << 32 }
    if shape & 2 != 0 { control |= UInt64(input.byte() & 3) << 48 }
    if shape & 4 != 0 { control |= 1 << 16 }
    if shape & 8 != 0 { control |= UInt64(input.byte() & 3) << 17 }
    if shape & 16 != 0 { control ^= input.number() }
    processor[general: 1] = control
    processor[general: 2] = shape & 32 != 0 ? input.number() : Place.input
    processor[general: 8] = shape & 64 != 0 ? input.number() : Place.output
    guard hypervisor.call(by: processor), processor.isIn64BitMode else { return }
    // Only the status and the repetitions are told.
    precondition(processor[general: 0] & 0xFFFF_F000_FFFF_0000 == 0)
  }

  /// An input that many calls begin with, and a context that a processor could start from; then changes.
  private func fillInput(_ input: inout FuzzInput) {
    machine.memory.store(HyperV.partitionSelf, at: Place.input)
    machine.memory.store(UInt64(input.byte() & 3) | UInt64(input.byte() & 0x13) << 32, at: Place.input + 8)
    var context = HyperV.InitialContext()
    context.instructionPointer = Place.code
    context.cs = HyperV.SegmentRegister(limit: 0xFFFF_FFFF, selector: 8, attributes: 0xA09B)
    context.ss = HyperV.SegmentRegister(limit: 0xFFFF_FFFF, selector: 16, attributes: 0xC093)
    context.efer = 0x500
    context.cr0 = 0x8000_0011
    context.cr3 = Place.tables
    context.cr4 = 0x20
    withUnsafeTemporaryAllocation(byteCount: HyperV.InitialContext.size, alignment: 8) { bytes in
      guard let start = bytes.baseAddress else { return }
      context.store(to: start)
      _ = machine.memory.write(Place.input + 16, from: UnsafeRawBufferPointer(bytes))
    }
    for _ in 0..<Int(input.byte() & 7) {
      machine.memory.store(input.byte(), at: Place.input + UInt64(input.byte()))
    }
  }
}
