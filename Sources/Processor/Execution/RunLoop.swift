import Bus
import X86

/// Why ``VirtualProcessor/run(instructions:)`` came back.
public enum RunResult: Sendable {
  /// The instructions that were granted are used up.
  case finished
  /// The guest executed PAUSE, or the machine asked for the turn to end.
  case yielded
  /// The processor waits: see ``VirtualProcessor/activity``.
  case idle
}

extension VirtualProcessor {
  /// Executes at most `count` instructions, exactly as many unless the processor stops or yields.
  public func run(instructions count: Int64) -> RunResult {
    granted = count
    core.state.budget = count
    defer {
      retiredBefore &+= UInt64(bitPattern: granted - core.state.budget)
      granted = 0
      core.state.budget = 0
    }
    while true {
      if !core.state.pendingEvents.isEmpty {
        if let result = takeEvents() { return result }
        if core.state.pendingEvents.contains(.redelivery), core.state.budget > 0 { continue }
      }
      guard core.state.activity == .running else { return .idle }
      guard core.state.budget > 0 else { return .finished }
      executeBlock()
      if let fault = core.state.pendingFault {
        core.state.pendingFault = nil
        core.deliver(fault)
      }
    }
  }

  /// Executes from the current instruction pointer until a handler leaves.
  private func executeBlock() {
    let isStepped = core.state.interruptShadow != .none || core.state.systemFlags.contains(.trap)
    if isStepped || core.hasInstructionBreakpoints || core.recordsBranches {
      executeOneInstruction()
      return
    }
    core.state.codeChanged = false
    let address = core.state.rip &+ core.register(RegisterOffset.codeBase, as: UInt64.self)
    guard core.is64Bit || codeSegmentCoversPage(of: address) else {
      if let block = findBlock(at: address, limit: 1) { execute(block, at: address) }
      return
    }
    let entry = core.state.jumpCache + JumpCacheEntry.index(of: address)
    let block: UnsafeMutablePointer<Block>
    if entry.pointee.address == address, entry.pointee.context == core.state.codeContext {
      block = entry.pointee.block
    } else {
      guard let found = findBlock(at: address, limit: Block.maximumCount) else { return }
      block = found
    }
    if block.pointee.count > core.state.budget {
      guard let short = findBlock(at: address, limit: Int(core.state.budget)) else { return }
      execute(short, at: address)
    } else {
      execute(block, at: address)
    }
  }

  private func execute(_ block: UnsafeMutablePointer<Block>, at address: UInt64) {
    core.setRegister(RegisterOffset.codePage, address & ~0xFFF)
    core.state.budget &-= block.pointee.count
    var next = block.firstRecord.continuation
    while let record = UnsafeMutableRawPointer(bitPattern: next) {
      next = record.load(as: Handler.self)(core.raw, record)
    }
  }

  /// Executes one instruction: in the shadow of STI or MOV SS, with RFLAGS.TF, or among breakpoints.
  private func executeOneInstruction() {
    let shadow = core.state.interruptShadow
    core.state.codeChanged = false
    do throws(Fault) {
      try core.checkInstructionBreakpoints()
    } catch {
      core.state.budget &-= 1
      core.state.pendingFault = error
      return
    }
    let traps = core.state.systemFlags.contains(.trap)
    if traps { core.beginSingleStep() }
    core.state.interruptShadow = .none
    let start = core.state.rip
    let recordsBranch = core.recordsBranches
    let isGuest = core.state.isGuest
    let address = start &+ core.register(RegisterOffset.codeBase, as: UInt64.self)
    if let block = findBlock(at: address, limit: 1) {
      let length = block.firstRecord.fields.length
      // A branch must not go on into the next block: that is for when the rest of the grant is back.
      let rest = core.state.budget - 1
      core.state.budget = 1
      granted -= rest
      execute(block, at: address)
      core.state.budget += rest
      granted += rest
      if recordsBranch, core.state.pendingFault == nil, core.state.isGuest == isGuest {
        core.recordBranch(from: start, length: length)
      }
    }
    // After VMRUN the shadow and the flags are the guest's.
    guard core.state.isGuest == isGuest else { return }
    if core.state.pendingFault != nil {
      // The instruction was not executed: whoever looks at the state finds it in the shadow still.
      core.state.interruptShadow = shadow
      return
    }
    // A shadow does not renew itself: of two STI in a row only the first holds interrupts off.
    if shadow == core.state.interruptShadow { core.state.interruptShadow = .none }
    if traps { core.finishSingleStep() }
  }

  // MARK: Finding blocks

  /// The block at a linear address, decoded if it must be. With a limit below ``Block/maximumCount`` it is
  /// not remembered.
  ///
  /// - Returns: `nil` if the fetch faults; the fault is then pending.
  private func findBlock(at address: UInt64, limit: Int) -> UnsafeMutablePointer<Block>? {
    do throws(Fault) {
      try checkFetch(core.state.rip)
      let offset = try core.fetchOffset(address)
      return try block(at: address, memoryOffset: offset, limit: limit)
    } catch {
      core.state.budget &-= 1
      core.state.pendingFault = error
      return nil
    }
  }

  private func checkFetch(_ pointer: UInt64) throws(Fault) {
    if core.is64Bit {
      guard Core.isCanonical(pointer) else { throw .generalProtection }
    } else {
      guard pointer <= codeLimit else { throw .generalProtection }
    }
  }

  /// The offset of the last byte of the code segment.
  private var codeLimit: UInt64 { UInt64(core.state.segments[Int(SegmentRegister.cs.rawValue)].limit) }

  /// Whether the code segment contains every byte of a page. Only then blocks are what they are for every other
  /// segment, too; elsewhere instructions are executed one by one.
  private func codeSegmentCoversPage(of address: UInt64) -> Bool {
    let base = core.register(RegisterOffset.codeBase, as: UInt64.self)
    let last = core.state.codeMode == .bits16 ? min(codeLimit, 0xFFFF) : codeLimit
    return address & ~0xFFF >= base && (address | 0xFFF) &- base <= last
  }

  private func block(
    at address: UInt64, memoryOffset: UInt64, limit: Int
  ) throws(Fault) -> UnsafeMutablePointer<Block> {
    let key = Block.Key(memoryOffset: memoryOffset, mode: core.blockMode)
    let isWhole = limit >= Block.maximumCount
    if isWhole, let known = codeCache.block(key) {
      remember(known, at: address)
      return known
    }
    let code = UnsafePointer(
      (memory.base + Int(memoryOffset)).assumingMemoryBound(to: UInt8.self))
    let pageOffset = Int(address & 0xFFF)
    let untilPageEnd = 0x1000 - pageOffset
    let untilLimit = core.is64Bit ? Int.max : Int(codeLimit &- core.state.rip) + 1
    let outcome = builder.build(
      code: code, available: min(untilPageEnd, untilLimit), pageOffset: pageOffset,
      mode: core.state.codeMode, isGuest: core.state.isGuest, limit: min(limit, Block.maximumCount), key: key,
      in: isWhole ? codeCache : nil)
    switch outcome {
    case .built(let block):
      if isWhole {
        codeCache.insert(block, pageOffset: memoryOffset & ~0xFFF)
        remember(block, at: address)
      }
      return block
    case .tooLong: throw .generalProtection
    case .straddlesPage:
      guard untilLimit > untilPageEnd else { throw .generalProtection }
      return try straddlingBlock(at: address, code, untilPageEnd: untilPageEnd, untilLimit: untilLimit)
    }
  }

  private func remember(_ block: UnsafeMutablePointer<Block>, at address: UInt64) {
    core.state.jumpCache[JumpCacheEntry.index(of: address)] = JumpCacheEntry(
      address: address, context: core.state.codeContext, block: block)
  }

  /// The block of one instruction that begins in one page and ends in the next, which may lie anywhere.
  private func straddlingBlock(
    at address: UInt64, _ code: UnsafePointer<UInt8>, untilPageEnd: Int, untilLimit: Int
  ) throws(Fault) -> UnsafeMutablePointer<Block> {
    let second = try core.fetchOffset((address | 0xFFF) &+ 1)
    let rest = (memory.base + Int(second)).assumingMemoryBound(to: UInt8.self)
    var bytes = InlineArray<16, UInt8>(repeating: 0)
    for index in 0..<15 { bytes[index] = index < untilPageEnd ? code[index] : rest[index - untilPageEnd] }
    var outcome = BlockBuilder.Outcome.tooLong
    withUnsafeBytes(of: &bytes) { buffer in
      guard let start = buffer.baseAddress else { return }
      outcome = builder.build(
        code: start.assumingMemoryBound(to: UInt8.self), available: min(15, untilLimit),
        pageOffset: Int(address & 0xFFF), mode: core.state.codeMode, isGuest: core.state.isGuest,
        limit: 1, key: Block.Key(memoryOffset: 0, mode: 0), in: nil)
    }
    guard case .built(let block) = outcome else { throw .generalProtection }
    return block
  }

  /// The block that a branch within the current page leads to, for its link, if the page is still the one in RAM
  /// that the branch was decoded from.
  func linkTarget(_ address: UInt64, inPage page: UInt64) -> UnsafeMutablePointer<Block>? {
    guard let offset = try? core.fetchOffset(address), offset & ~0xFFF == page else { return nil }
    let key = Block.Key(memoryOffset: offset, mode: core.blockMode)
    return codeCache.block(key)
  }

  // MARK: Events

  /// Acts on what arrived between instructions.
  ///
  /// - Returns: a reason to leave the run loop.
  private func takeEvents() -> RunResult? {
    // Most of the time that something waits, it is an interrupt that the program holds off.
    if core.state.pendingEvents == .interrupt, !core.state.systemFlags.contains(.interruptEnable),
      core.state.activity == .running, !core.state.isGuest
    {
      return nil
    }
    if core.state.pendingEvents.contains(.guestExit) { core.leaveGuestAfterInstruction() }
    if core.state.pendingEvents.contains(.hypervisor) {
      core.state.pendingEvents.remove(.hypervisor)
      hypervisor?.serve(self)
    }
    if core.state.pendingEvents.contains(.initialise), core.state.globalInterruptFlag,
      !core.leavesGuest(on: .initialisation)
    {
      takeInitialisation()
    }
    if core.state.pendingEvents.contains(.startup) {
      core.state.pendingEvents.remove(.startup)
      if core.state.activity == .waitingForStartup { startup(vector: startupVector) }
    }
    if core.state.pendingEvents.contains(.stop) || core.state.pendingEvents.contains(.yield) {
      core.state.pendingEvents.remove([.stop, .yield])
      return .yielded
    }
    if core.state.pendingEvents.contains(.redelivery) {
      core.state.pendingEvents.remove(.redelivery)
      // It counts as an instruction, so that no run of interceptions is endless.
      core.state.budget &-= 1
      if let event = undeliveredEvent {
        undeliveredEvent = nil
        core.redeliver(event)
      }
      return nil
    }
    if core.state.pendingEvents.contains(.debugTrap) { core.deliverDebugTrap() }
    if core.state.activity == .idle, hasWork { wake() }
    guard core.state.activity == .running || core.state.activity == .halted else { return nil }
    guard core.state.globalInterruptFlag else { return nil }
    if core.state.isGuest {
      takeEventsInGuest()
      return nil
    }
    guard core.state.interruptShadow == .none else { return nil }
    takeInterrupts()
    return nil
  }

  /// INIT, or #SX where a hypervisor asked for that.
  private func takeInitialisation() {
    if core.redirectsInitialisation {
      core.state.pendingEvents.remove(.initialise)
      wake()
      core.deliver(.redirectedInitialisation)
      return
    }
    // A startup IPI that came after INIT stays.
    let startup = core.state.pendingEvents.intersection(.startup)
    initialise()
    core.state.pendingEvents.formUnion(startup)
    platform.initialiseAPIC(of: self)
  }

  /// Delivers an NMI or an interrupt that waits and is let through.
  func takeInterrupts() {
    if core.state.pendingEvents.contains(.nonMaskableInterrupt), !isNMIBlocked {
      core.state.pendingEvents.remove(.nonMaskableInterrupt)
      wake()
      core.deliverNonMaskableInterrupt()
      return
    }
    if core.state.pendingEvents.contains(.interrupt), core.state.systemFlags.contains(.interruptEnable) {
      if let vector = platform.acknowledgeInterrupt(of: self) {
        wake()
        core.deliverInterrupt(vector)
      }
    }
  }

  /// Waits no longer.
  func wake() {
    guard core.state.activity != .running else { return }
    core.state.activity = .running
    traceIdle(false)
  }
}
