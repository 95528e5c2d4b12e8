import Bus
import X86

/// One processor of the machine.
public final class VirtualProcessor {
  /// The number of the processor on its board, from 0.
  public let index: Int
  /// The machine's RAM.
  public let memory: GuestMemory
  /// What the processor offers.
  public let model: ProcessorModel

  let core: Core
  let codeCache: CodeCache
  var translations = TranslationBuffer()
  var addressSpaces = AddressSpaces()
  var largePages = LargePageRange()
  /// Counts up when entries of the jump cache may lead to blocks that are gone.
  var codeGeneration: UInt64 = 1
  /// The instructions that were granted to the current call of ``run(instructions:)``.
  var granted: Int64 = 0
  /// The instructions that were retired before it.
  var retiredBefore: UInt64 = 0
  /// The vector of a startup IPI that has arrived.
  var startupVector: UInt8 = 0
  /// NMIs are held off until IRET.
  var isNMIBlocked = false
  var diagnostics = Diagnostics()
  let builder: BlockBuilder

  unowned(unsafe) var platform: any ProcessorPlatform

  private let statePointer: UnsafeMutablePointer<CoreState>

  /// A processor in the state after reset.
  ///
  /// - Parameters:
  ///   - index: its number on the board; 0 is the bootstrap processor.
  ///   - codeCache: the machine's decoded code, shared with the other processors.
  ///   - platform: the machine; it must outlive the processor.
  public init(
    index: Int, model: ProcessorModel, memory: GuestMemory, codeCache: CodeCache, platform: any ProcessorPlatform
  ) {
    self.index = index
    self.model = model
    self.memory = memory
    self.codeCache = codeCache
    self.platform = platform
    builder = BlockBuilder(model: model)
    statePointer = .allocate(capacity: 1)
    core = Core(statePointer)
    statePointer.initialize(to: CoreState(owner: self, dataTLB: translations.data))
    codeCache.register(self)
    reset()
  }

  deinit {
    statePointer.deinitialize(count: 1)
    statePointer.deallocate()
    translations.deallocate()
  }

  /// Blocks were dropped: no path may lead to them any more, and a running block has to be left.
  func codeWasDropped() {
    codeGeneration &+= 1
    core.state.codeChanged = true
    core.updateContext()
  }

  /// The instructions that this processor has retired since power-on.
  public var instructionsRetired: UInt64 {
    retiredBefore &+ UInt64(bitPattern: granted - core.state.budget - core.state.uncounted)
  }

  /// What the processor is doing.
  public var activity: Activity { core.state.activity }

  /// The instruction pointer, for people.
  public var instructionPointer: UInt64 { core.state.rip }
}
