import Interfaces

@_extern(c, "bedrock_long_mode_start") private func longModeStart() -> UInt64
@_extern(c, "bedrock_halt_start") private func haltStart() -> UInt64

/// Starts application processors straight in 64-bit mode, all at once.
struct HypercallStarter {
  private static let patience: UInt64 = 500_000

  private let partition: Partition
  private let delay: Delay

  init(_ partition: Partition, _ computer: Computer) {
    self.partition = partition
    delay = computer.delay
  }

  /// Starts processors and then waits until they are idle. Returns those that answer.
  func start(_ processors: [Processor]) -> [Processor] {
    let called = processors.filter { (try? start($0)) != nil }
    _ = delay.wait(microseconds: Self.patience) { called.allSatisfy { $0.isIdle } }
    return called.filter { $0.isIdle }
  }

  /// Gives a processor the level that the guest runs at, and starts it there.
  ///
  /// A processor that ran before has the level already: the call that starts it resets it, and its context is
  /// the one that counts.
  private func start(_ processor: Processor) throws(HypercallFailure) {
    let index = try partition.processorIndex(ofAPIC: processor.apicIdentifier)
    let context = processor.startContext()
    do {
      try partition.enable(partition.level, of: index, in: context)
    } catch {
      guard error.result.status == .trustLevelAlreadyEnabled else { throw error }
    }
    try partition.start(index, at: partition.level, in: context)
  }
}

extension Processor {
  /// The context in which this processor is to begin: with its own tables, on a stack of its own, which is
  /// never given back, as nobody knows when a processor that does not answer begins after all.
  func startContext() -> HyperV.InitialContext {
    let stack = UnsafeMutableRawPointer.allocate(byteCount: Self.stackSize, alignment: 16)
    let argument = stack + Self.stackSize - MemoryLayout<UInt64>.size
    argument.storeBytes(
      of: UInt64(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())), as: UInt64.self)
    return context(startingAt: longModeStart(), stackPointer: UInt64(UInt(bitPattern: argument)))
  }
}

extension Processor {
  /// A context in which this processor does nothing for good, for whoever needs one that is right.
  public var idleContext: HyperV.InitialContext {
    context(startingAt: haltStart(), stackPointer: 0)
  }
}
