import Interfaces
import Synchronization

@_extern(c, "bedrock_level_start") private func levelStart() -> UInt64

/// A higher trust level of the first processor, and the code that runs there.
///
/// It has tables, handlers, a stack, a local APIC and a hypercall page of its own, and shares the page table
/// and the heap with the level below: what it does is given to it as closures. While it runs, the level below
/// stands still wherever it was; whoever lets it be interrupted holds no lock then, neither the heap's.
public final class UpperLevel: @unchecked Sendable {
  /// The interrupt by which the level hears of messages.
  public static let messageVector: UInt8 = 0x31

  /// The level.
  public let level: HyperV.VirtualTrustLevel
  /// The processor as the level has it.
  public let processor: Processor
  /// The level's own handlers.
  public let interrupts: InterruptDescriptorTable
  /// What the level below has in the shared registers while this one runs.
  public let lower = SharedRegisters()
  /// The partition as the level knows it; nil until the level has run.
  public private(set) var partition: Partition?
  /// The level's page for the hypervisor and the code that enters it.
  public let assistPage: UnsafeMutableRawPointer
  /// The page in which the level gets messages.
  public let messagePage: UnsafeMutableRawPointer
  /// Whether RAX and RCX of the level below come from the assist page when it runs on.
  public var restoresRegisters = true
  /// Why the level was entered last: the number in the assist page.
  public private(set) var lastEntryReason: UInt32 = 0
  /// How often the level was entered for an interrupt.
  public let interruptEntries = Counter()
  /// What the level does about a message in the first slot, before the slot is free again.
  public var onMessage: ((UnsafeMutableRawPointer) -> Void)?

  private let frames: PageFrameAllocator
  private let stack: UnsafeMutableRawPointer
  private var work: ((Partition) -> Void)?

  /// A level that has not been enabled yet. Nil if there is no memory.
  public init?(_ level: HyperV.VirtualTrustLevel, on computer: Computer) {
    guard let assistPage = computer.frames.allocate()?.pointer,
      let messagePage = computer.frames.allocate()?.pointer
    else { return nil }
    self.level = level
    self.assistPage = assistPage
    self.messagePage = messagePage
    frames = computer.frames
    interrupts = InterruptDescriptorTable()
    let first = computer.processors[0]
    processor = Processor(
      number: first.number, apicIdentifier: first.apicIdentifier, interrupts: interrupts,
      localAPIC: first.localAPIC, reportFatal: first.reportFatal)
    stack = .allocate(byteCount: Processor.stackSize, alignment: 16)
  }

  /// The context in which the level begins.
  public var context: HyperV.InitialContext {
    let words = stack + Processor.stackSize - 2 * MemoryLayout<UInt64>.size
    let object = Unmanaged.passUnretained(self).toOpaque()
    words.storeBytes(of: UInt64(UInt(bitPattern: lower.memory)), as: UInt64.self)
    words.storeBytes(of: UInt64(UInt(bitPattern: object)), toByteOffset: 8, as: UInt64.self)
    return processor.context(startingAt: levelStart(), stackPointer: UInt64(UInt(bitPattern: words)))
  }

  /// Calls the level from the one below, and has it do something there.
  ///
  /// - Parameters:
  ///   - caller: the partition as the level below knows it.
  ///   - registers: what that level has in the shared registers, and has there afterwards.
  ///   - work: gets the partition as this level knows it.
  public func perform(
    from caller: Partition, _ registers: SharedRegisters = SharedRegisters(),
    _ work: @escaping (Partition) -> Void
  ) {
    guard let offsets = try? caller.codePageOffsets() else { return }
    self.work = work
    registers[.rcx] = 0
    registers.enter(caller.hypercallPage + UInt64(offsets.call))
  }

  // MARK: - At the level

  /// The life of the level: it does what it was called or interrupted for, and returns to the level below.
  fileprivate func serve() -> Never {
    processor.takeOver()
    processor.localAPIC.enable()
    partition = Partition(frames)
    guard let partition, let offsets = try? partition.codePageOffsets() else {
      ProcessorControl.haltForever()
    }
    ModelSpecificRegister(.assistPage).write(overlay(assistPage))
    ModelSpecificRegister(.messagePage).write(overlay(messagePage))
    ModelSpecificRegister(.interruptControl).write(1)
    ModelSpecificRegister(index: HyperV.SyntheticRegister.interruptSources.lowerBound)
      .write(UInt64(Self.messageVector))
    interrupts.setHandler(Self.messageVector) { [self] _, processor in
      takeMessage()
      processor.localAPIC.endOfInterrupt()
    }

    let entry = partition.hypercallPage + UInt64(offsets.return)
    while true {
      lastEntryReason = assistPage.load(fromByteOffset: HyperV.AssistPage.entryReason, as: UInt32.self)
      if let work {
        self.work = nil
        work(partition)
      } else {
        interruptEntries.increment()
        InterruptFlag.set()
        ProcessorControl.spinHint()
        InterruptFlag.clear()
      }
      assistPage.storeBytes(of: lower[.rax], toByteOffset: HyperV.AssistPage.rax, as: UInt64.self)
      assistPage.storeBytes(of: lower[.rcx], toByteOffset: HyperV.AssistPage.rcx, as: UInt64.self)
      lower[.rcx] = restoresRegisters ? 0 : HyperV.ReturnFlags.fast
      lower.enter(entry)
    }
  }

  private func takeMessage() {
    onMessage?(messagePage)
    let flags = messagePage.load(fromByteOffset: HyperV.Message.flags, as: UInt8.self)
    messagePage.storeBytes(of: 0, toByteOffset: HyperV.Message.type, as: UInt32.self)
    if flags & HyperV.Message.pending != 0 { ModelSpecificRegister(.endOfMessage).write(0) }
  }

  private func overlay(_ page: UnsafeMutableRawPointer) -> UInt64 {
    HyperV.OverlayControl(at: UInt64(UInt(bitPattern: page))).rawValue
  }
}

extension Partition {
  /// Where the calls between levels are in the level's hypercall page.
  public func codePageOffsets() throws(HypercallFailure) -> HyperV.CodePageOffsets {
    HyperV.CodePageOffsets(rawValue: try register(.codePageOffsets).low)
  }
}

/// Where `LevelSwitch.S` enters Swift at a higher level.
@c(bedrock_level_main)
func levelMain(_ argument: UnsafeMutableRawPointer) {
  Unmanaged<UpperLevel>.fromOpaque(argument).takeUnretainedValue().serve()
}
