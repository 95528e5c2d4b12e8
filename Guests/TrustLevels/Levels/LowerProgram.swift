import Bedrock
import Interfaces

@_extern(c, "trustlevels_lower_start") private func lowerStart() -> UInt64
@_extern(c, "trustlevels_lower_loop_start") private func lowerLoopStart() -> UInt64
@_extern(c, "trustlevels_lower_read_address") private func lowerReadAddress() -> UInt64

/// A program at VTL0 of this processor, below the guest.
final class LowerProgram {
  /// How often it came by.
  private static let counter = SharedRegisters.Number(rawValue: 13)
  private static let address = SharedRegisters.Number(rawValue: 14)
  private static let value = SharedRegisters.Number(rawValue: 15)

  /// What the levels share, while this one runs.
  let registers = SharedRegisters()
  let hypercallPage: PhysicalAddress
  private let partition: Partition
  private let returnCode: PhysicalAddress

  static let below = HyperV.InputLevel(.vtl0)

  /// Nil if there is no memory.
  init?(_ bench: Bench) {
    guard let page = bench.computer.frames.allocate(), let offsets = try? bench.partition.codePageOffsets()
    else { return nil }
    hypercallPage = page
    partition = bench.partition
    returnCode = partition.hypercallPage + UInt64(offsets.return)
    registers[.init(rawValue: 3)] = page.rawValue
    // The offsets are the same for all levels.
    registers[.init(rawValue: 12)] = (page + UInt64(offsets.call)).rawValue
  }

  /// How often the program came by.
  var count: UInt64 { registers[Self.counter] }
  /// What the program read.
  var value: UInt64 { registers[Self.value] }

  /// The address that the program reads.
  func setAddress(_ address: UInt64) { registers[Self.address] = address }

  /// The instruction that reads it.
  var readInstruction: UInt64 { lowerReadAddress() }

  /// Gives VTL0 the state in which the program begins.
  func load() throws(HypercallFailure) {
    let context = Processor.current.idleContext
    let stack = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 16) + 4096
    try set(.rip, lowerStart())
    try set(.rsp, UInt64(UInt(bitPattern: stack)))
    try set(.rflags, context.flags)
    try set(.cr0, context.cr0)
    try set(.cr3, context.cr3)
    try set(.cr4, context.cr4)
    try set(.efer, context.efer)
    try set(.cs, context.cs)
    try set(.ss, context.ss)
    try set(.ds, context.ds)
    try set(.es, context.es)
    try set(.tr, context.tr)
    try set(.gdtr, context.gdtr)
    try set(.idtr, context.idtr)
  }

  /// Has the program go on in a loop without calls.
  func loadLoop() throws(HypercallFailure) { try set(.rip, lowerLoopStart()) }

  /// Lets VTL0 run until this level is entered again.
  func run() {
    registers[.rcx] = 0
    registers.enter(returnCode)
  }

  private func set(_ name: HyperV.RegisterName, _ value: UInt64, high: UInt64 = 0) throws(HypercallFailure) {
    try partition.setRegister(name, to: value, high: high, of: HyperV.processorSelf, Self.below)
  }

  private func set(_ name: HyperV.RegisterName, _ segment: HyperV.SegmentRegister) throws(HypercallFailure) {
    let high = UInt64(segment.limit) | UInt64(segment.selector) << 32 | UInt64(segment.attributes) << 48
    try set(name, segment.base, high: high)
  }

  private func set(_ name: HyperV.RegisterName, _ table: HyperV.TableRegister) throws(HypercallFailure) {
    try set(name, UInt64(table.limit) << 48, high: table.base)
  }
}
