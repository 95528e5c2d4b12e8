import Bus
import Tracing
import X86

/// One processor of the machine.
///
/// The properties that the run loop touches go without checks for overlapping accesses: each is read or written
/// as a whole.
public final class VirtualProcessor {
  /// The number of the processor on its board, from 0.
  public let index: Int
  /// The machine's RAM.
  public let memory: GuestMemory
  /// What the processor offers.
  public let model: ProcessorModel

  let core: Core
  let codeCache: CodeCache
  let translations = TranslationBuffer()
  @exclusivity(unchecked)
  var addressSpaces = AddressSpaces()
  /// The instructions that were granted to the current call of ``run(instructions:)``.
  @exclusivity(unchecked)
  var granted: Int64 = 0
  /// The instructions that were retired before it.
  @exclusivity(unchecked)
  var retiredBefore: UInt64 = 0
  /// The vector of a startup IPI that has arrived.
  @exclusivity(unchecked)
  var startupVector: UInt8 = 0
  /// NMIs are held off until IRET.
  @exclusivity(unchecked)
  var isNMIBlocked = false
  var diagnostics = Diagnostics()
  /// Called the first time that the guest executes an encoding that the processor does not have.
  public var undefinedEncodingSeen: ((_ bytes: [UInt8]) -> Void)?
  let builder: BlockBuilder

  unowned(unsafe) let platform: any ProcessorPlatform
  /// The hypervisor under the processor, which must outlive it; without one there is none, whatever CPUID says.
  public unowned(unsafe) var hypervisor: (any ProcessorHypervisor)?
  /// The access that ``Fault/interception`` is about.
  var interceptedAccess: InterceptedAccess?
  /// An event whose delivery was intercepted, to be delivered again.
  var undeliveredEvent: Event?

  /// Where the processor tells of events.
  let tracePoints: ProcessorTracePoints

  let virtualMachine: UnsafeMutablePointer<VirtualMachine>?
  private let statePointer: UnsafeMutablePointer<CoreState>

  /// A processor in the state after reset.
  ///
  /// - Parameters:
  ///   - index: its number on the board; 0 is the bootstrap processor.
  ///   - codeCache: the machine's decoded code, shared with the other processors.
  ///   - platform: the machine; it must outlive the processor.
  ///   - tracer: what records the processor's events; it must outlive the processor.
  public init(
    index: Int, model: ProcessorModel, memory: GuestMemory, codeCache: CodeCache,
    platform: any ProcessorPlatform, tracer: Tracer? = nil
  ) {
    self.index = index
    self.model = model
    self.memory = memory
    self.codeCache = codeCache
    self.platform = platform
    tracePoints = ProcessorTracePoints(tracer)
    builder = BlockBuilder(model: model)
    virtualMachine = model.has(.svm) ? .allocate(capacity: 1) : nil
    virtualMachine?.initialize(to: VirtualMachine())
    statePointer = .allocate(capacity: 1)
    core = Core(statePointer)
    statePointer.initialize(to: CoreState(owner: self, translations: translations))
    codeCache.register(self)
    reset()
  }

  deinit {
    codeCache.unregister(self)
    core.state.physicalView?.deallocate()
    statePointer.deinitialize(count: 1)
    statePointer.deallocate()
    virtualMachine?.deinitialize(count: 1)
    virtualMachine?.deallocate()
    translations.deallocate()
  }

  /// Blocks were dropped: no path may lead to them any more, and a running block has to be left.
  func codeWasDropped() {
    core.state.codeGeneration &+= 1
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

// MARK: - Signals from the board

extension VirtualProcessor {
  /// Tells whether the local APIC has an interrupt to deliver.
  public func setInterruptPending(_ isPending: Bool) {
    if isPending {
      core.state.pendingEvents.insert(.interrupt)
    } else {
      core.state.pendingEvents.remove(.interrupt)
    }
  }

  /// Raises an NMI.
  public func raiseNonMaskableInterrupt() { core.state.pendingEvents.insert(.nonMaskableInterrupt) }

  /// INIT. A startup IPI that came before it is forgotten.
  public func raiseInit() {
    core.state.pendingEvents.remove(.startup)
    core.state.pendingEvents.insert(.initialise)
  }

  /// A startup IPI; it counts only after INIT.
  public func raiseStartup(vector: UInt8) {
    startupVector = vector
    core.state.pendingEvents.insert(.startup)
  }

  /// Ends the current turn after the instruction that is being executed.
  public func endTurn() { core.state.pendingEvents.insert(.stop) }

  /// Whether an event would wake the processor from HLT, or has to be looked at while it waits.
  public var hasWork: Bool {
    if core.state.pendingEvents.contains(.hypervisor) { return true }
    return switch core.state.activity {
    case .running: true
    case .halted where core.state.isGuest: core.hasEventForGuest
    case .halted:
      core.state.globalInterruptFlag
        && (core.state.pendingEvents.contains(.interrupt) && core.state.systemFlags.contains(.interruptEnable)
          || core.state.pendingEvents.contains(.nonMaskableInterrupt) && !isNMIBlocked
          || core.state.pendingEvents.contains(.initialise))
    case .idle: !core.state.pendingEvents.isDisjoint(with: [.interrupt, .nonMaskableInterrupt, .initialise])
    case .waitingForStartup:
      !core.state.pendingEvents.isDisjoint(with: [.startup, .initialise])
    case .shutdown: core.state.pendingEvents.contains(.initialise)
    }
  }
}
