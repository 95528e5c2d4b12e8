import Bus
import Processor

extension Machine {
  /// Runs until something ends the run, at most `limit` instructions of all processors together.
  public func run(instructions limit: UInt64 = .max) -> MachineEvent {
    let start = instructionsRetired
    event = nil
    while true {
      if let event { return event }
      let used = instructionsRetired &- start
      guard used < limit else { return .instructionLimit }
      runRound(limit: limit - used)
      betweenRounds?()
    }
  }

  /// Gives every processor that has work a turn; jumps to the next alarm if none has.
  private func runRound(limit: UInt64) {
    var working = 0
    for processor in processors where processor.hasWork { working += 1 }
    guard working > 0 else {
      idle()
      return
    }
    clock.share(among: working)
    var remaining = limit
    for processor in processors where processor.hasWork {
      guard event == nil, remaining > 0 else { return }
      let length = min(turns.next(), Int64(clamping: remaining))
      remaining -= runTurn(of: processor, length: length)
    }
  }

  /// - Returns: the instructions that were retired.
  private func runTurn(of processor: VirtualProcessor, length: Int64) -> UInt64 {
    let start = processor.instructionsRetired
    while event == nil {
      let used = Int64(processor.instructionsRetired &- start)
      guard used < length else { break }
      let untilAlarm = Int64(clamping: clock.instructions(until: board.clock.nextDeadline))
      let result = runSlice(of: processor, length: min(length - used, untilAlarm))
      if processor.activity == .shutdown {
        end(event(ofTripleFault: processor))
        break
      }
      switch result {
      case .finished: continue
      case .yielded where needsNewSlice: continue
      case .yielded: break
      case .idle where processor.hasWork: continue
      case .idle: break
      }
      break
    }
    return processor.instructionsRetired &- start
  }

  /// Without the chips of a PC a triple fault is how a guest resets the machine.
  private func event(ofTripleFault processor: VirtualProcessor) -> MachineEvent {
    switch configuration.platform {
    case .pc: .tripleFault(processor: processor.index)
    case .legacyFree: .reset
    }
  }

  private func runSlice(of processor: VirtualProcessor, length: Int64) -> RunResult {
    let retired = processor.instructionsRetired
    current = (processor, retired)
    tracer.currentProcessor = processor.index
    needsNewSlice = false
    let result = processor.run(instructions: length)
    current = nil
    clock.advance(instructions: processor.instructionsRetired &- retired)
    ringAlarms()
    return result
  }

  private func ringAlarms() {
    board.clock.now = clock.nanoseconds
    board.clock.ringDueAlarms()
  }

  /// Every processor waits.
  private func idle() {
    let deadline = board.clock.nextDeadline
    let wait = deadline == .max ? nil : deadline &- min(deadline, clock.nanoseconds)
    if let whileIdle {
      guard whileIdle(wait) else { return }
    } else if wait == nil {
      end(.deadlock)
    }
    guard wait != nil else { return }
    clock.skip(to: deadline)
    ringAlarms()
  }
}

extension Machine: ProcessorPlatform {
  /// Brings the devices' clock up to the instruction that the processor is at.
  private func synchroniseClock(_ processor: VirtualProcessor) {
    guard let current else { return }
    board.clock.now = clock.nanoseconds(after: processor.instructionsRetired &- current.retired)
  }

  /// See ``ProcessorPlatform``.
  public func currentTime(of processor: VirtualProcessor) -> UInt64 {
    synchroniseClock(processor)
    return board.clock.now
  }

  /// See ``ProcessorPlatform``.
  public func readPhysical(_ address: UInt64, width: AccessWidth, by processor: VirtualProcessor) -> UInt64 {
    synchroniseClock(processor)
    let value = board.readMemory(address, width: width, processor: processor.index)
    trace(accessPoints.memoryRead, address: address, width: width, value: value, by: processor)
    return value
  }

  /// See ``ProcessorPlatform``.
  public func writePhysical(
    _ address: UInt64, width: AccessWidth, value: UInt64, by processor: VirtualProcessor
  ) {
    synchroniseClock(processor)
    trace(accessPoints.memoryWrite, address: address, width: width, value: value, by: processor)
    board.writeMemory(address, width: width, value: value, processor: processor.index)
  }

  /// See ``ProcessorPlatform``.
  public func readPort(_ port: UInt16, width: AccessWidth, by processor: VirtualProcessor) -> UInt32 {
    synchroniseClock(processor)
    let value = board.readPort(port, width: width)
    trace(accessPoints.portRead, port: port, width: width, value: value, by: processor)
    return value
  }

  /// See ``ProcessorPlatform``.
  public func writePort(_ port: UInt16, width: AccessWidth, value: UInt32, by processor: VirtualProcessor) {
    synchroniseClock(processor)
    trace(accessPoints.portWrite, port: port, width: width, value: value, by: processor)
    board.writePort(port, width: width, value: value)
  }

  /// See ``ProcessorPlatform``.
  public func acknowledgeInterrupt(of processor: VirtualProcessor) -> UInt8? {
    synchroniseClock(processor)
    return board.localAPICs[processor.index].acknowledge()
  }

  /// See ``ProcessorPlatform``.
  public func taskPriority(of processor: VirtualProcessor) -> UInt8 {
    board.localAPICs[processor.index].taskPriority
  }

  /// See ``ProcessorPlatform``.
  public func setTaskPriority(_ priority: UInt8, of processor: VirtualProcessor) {
    synchroniseClock(processor)
    board.localAPICs[processor.index].taskPriority = priority
  }

  /// See ``ProcessorPlatform``.
  public func readAPICRegister(_ index: UInt32, of processor: VirtualProcessor) -> UInt64? {
    synchroniseClock(processor)
    return board.localAPICs[processor.index].readMSR(index)
  }

  /// See ``ProcessorPlatform``.
  public func writeAPICRegister(_ index: UInt32, value: UInt64, of processor: VirtualProcessor) -> Bool {
    synchroniseClock(processor)
    return board.localAPICs[processor.index].writeMSR(index, value)
  }

  /// See ``ProcessorPlatform``.
  public func initialiseAPIC(of processor: VirtualProcessor) {
    board.localAPICs[processor.index].initialise()
  }

  /// See ``ProcessorPlatform``.
  public func ringDoorbell(atProcessor identifier: UInt32, by processor: VirtualProcessor) {
    guard let index = board.localAPICs.firstIndex(where: { $0.identifier == identifier }) else { return }
    processors[index].answerDoorbell()
  }

  /// See ``ProcessorPlatform``.
  public func nextRandom() -> UInt64 { nextRandomNumber() }
}
