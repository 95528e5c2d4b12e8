import Interfaces
import Processor

/// A call between trust levels (TLFS 15.6).
enum LevelTransition {
  /// To the next higher enabled level; `input` is the caller's word.
  case call(input: UInt64)
  /// To the next lower enabled level; `input` has ``HyperV/ReturnFlags``.
  case `return`(input: UInt64)

  /// The numbers of these calls.
  static let codes = [HyperV.HypercallCode.callLevel.rawValue, HyperV.HypercallCode.returnLevel.rawValue]
}

/// How processors change between trust levels (TLFS 15.6 to 15.9).
extension HyperVHypervisor {
  /// - Returns: `false` if there is no such way, which is #UD.
  func move(_ processor: PartitionProcessor, by transition: LevelTransition) -> Bool {
    switch transition {
    case .call(let input):
      guard input == 0, let next = processor.nextLevel(above: processor.active) else { return false }
      statistics.note(.callLevel)
      enter(next, of: processor, because: .call)
    case .return(let input):
      guard input & ~HyperV.ReturnFlags.fast == 0,
        let next = processor.nextLevel(below: processor.active)
      else { return false }
      statistics.note(.returnLevel)
      leave(to: next, of: processor, isFast: input & HyperV.ReturnFlags.fast != 0)
    }
    return true
  }

  private func enter(
    _ level: HyperV.VirtualTrustLevel, of processor: PartitionProcessor, because reason: HyperV.EntryReason
  ) {
    statistics.levelEntries += 1
    exchange(processor, with: processor[level])
    assistPage(processor[level], of: processor)?.storeBytes(
      of: reason.rawValue, toByteOffset: HyperV.AssistPage.entryReason, as: UInt32.self)
    notifyOfLowerInterrupts(processor)
  }

  private func leave(to level: HyperV.VirtualTrustLevel, of processor: PartitionProcessor, isFast: Bool) {
    let left = processor.activeLevel
    let page = assistPage(left, of: processor)
    if left.interruptNotification.resetsAutomatically {
      page?.storeBytes(of: 0, toByteOffset: HyperV.AssistPage.interruptNotified, as: UInt8.self)
    }
    exchange(processor, with: processor[level])
    if !isFast, let page {
      for (register, offset) in [(0, HyperV.AssistPage.rax), (1, HyperV.AssistPage.rcx)] {
        processor.processor[general: register] = page.load(fromByteOffset: offset, as: UInt64.self)
      }
    }
    // What came for a higher level meanwhile is served at once, whatever the lower one's interrupt flag says.
    processor.processor.requestHypervisor()
  }

  /// Puts the private registers of another level into the processor.
  private func exchange(_ processor: PartitionProcessor, with target: ProcessorLevel) {
    tracePoints.changesLevel(processor, to: target.level)
    processor.activeLevel.context = processor.processor.context
    load(target, of: processor)
  }

  /// Lets a processor run a level from its private registers.
  func load(_ target: ProcessorLevel, of processor: PartitionProcessor) {
    processor.active = target.level
    processor.processor.context = target.context
    updateView(of: processor)
    machine.activateLocalAPIC(target.level, of: processor.number)
  }

  // MARK: Interrupts

  /// See ``ProcessorHypervisor``. An interrupt of a higher level preempts the one that runs.
  public func serve(_ processor: VirtualProcessor) {
    let processor = partitionProcessor(processor)
    guard processor.isStarted else { return }
    let waiting = processor.levels.last {
      $0.level > processor.active && $0.isEnabled && hasInterrupt($0, of: processor)
    }
    if let waiting { enter(waiting.level, of: processor, because: .interrupt) }
  }

  private func hasInterrupt(_ level: ProcessorLevel, of processor: PartitionProcessor) -> Bool {
    machine.hasDeliverableInterrupt(level.level, of: processor.number)
      || level.context.hasPendingNonMaskableInterrupt
  }

  /// The local APIC of a level got an interrupt that its priorities let through, or lost the last one.
  public func interruptRequestChanged(_ level: HyperV.VirtualTrustLevel, of number: Int) {
    let processor = processors[number]
    if level > processor.active {
      processor.processor.requestHypervisor()
    } else if level < processor.active {
      notifyOfLowerInterrupts(processor)
    }
  }

  /// An NMI arrived at the local APIC of a level that does not run.
  public func raiseNonMaskableInterrupt(_ level: HyperV.VirtualTrustLevel, of number: Int) {
    let processor = processors[number]
    processor[level].context.hasPendingNonMaskableInterrupt = true
    if level > processor.active { processor.processor.requestHypervisor() }
  }

  /// Tells the level that runs, once, that a lower one has an interrupt waiting (TLFS 15.9.6).
  private func notifyOfLowerInterrupts(_ processor: PartitionProcessor) {
    let running = processor.activeLevel
    guard running.interruptNotification.isEnabled, let page = assistPage(running, of: processor),
      page.load(fromByteOffset: HyperV.AssistPage.interruptNotified, as: UInt8.self) == 0
    else { return }
    let isWaiting = processor.levels.contains {
      $0.level < processor.active && $0.isEnabled
        && machine.hasDeliverableInterrupt($0.level, of: processor.number)
    }
    guard isWaiting else { return }
    page.storeBytes(of: 1, toByteOffset: HyperV.AssistPage.interruptNotified, as: UInt8.self)
    machine.raiseInterrupt(running.interruptNotification.vector, running.level, of: processor.number)
  }

  // MARK: INIT and startup IPIs

  /// Whether INIT that reached the local APIC of a level may have its effect: not above VTL0, where there is no real
  /// mode, and not below a level that owns the processor.
  public func acceptsInit(_ level: HyperV.VirtualTrustLevel, of number: Int) -> Bool {
    statistics.initSignals += 1
    return level == .vtl0 && processors[number].nextLevel(above: level) == nil
  }

  /// Likewise for a startup IPI.
  public func acceptsStartup(_ level: HyperV.VirtualTrustLevel, of number: Int) -> Bool {
    statistics.startupSignals += 1
    guard level == .vtl0, processors[number].nextLevel(above: level) == nil else { return false }
    processors[number].isStarted = true
    return true
  }
}
