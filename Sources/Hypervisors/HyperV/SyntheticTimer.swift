import Bus
import Interfaces

/// A synthetic timer (TLFS 12.1).
final class SyntheticTimer {
  /// How many a level of a processor has.
  static let count = 4

  var configuration = HyperV.TimerConfiguration(rawValue: 0)
  var expiration: UInt64 = 0
  /// When the timer expires next, in units of reference time.
  var due: UInt64 = 0
  var alarm: Alarm?

  func reset() {
    configuration = HyperV.TimerConfiguration(rawValue: 0)
    expiration = 0
    due = 0
    alarm?.cancel()
  }
}

extension HyperVHypervisor {
  /// Writes a timer's configuration; `false` for a value that is not valid.
  func setTimerConfiguration(
    _ number: Int, _ value: UInt64, of level: ProcessorLevel, _ processor: PartitionProcessor
  ) -> Bool {
    var new = HyperV.TimerConfiguration(rawValue: value)
    guard new.isDefined, !new.isDirect || configuration.features.contains(.directTimers) else { return false }
    // A message to source 0 would be taken for the hypervisor's own.
    if !new.isDirect, new.source == 0 { new.isEnabled = false }
    let timer = level.timers[number]
    let wasEnabled = timer.configuration.isEnabled
    timer.configuration = new
    makeAlarm(number, of: level, processor)
    if new.isEnabled, !wasEnabled { start(timer, processor) } else { arm(timer) }
    return true
  }

  /// Writes a timer's count: the time at which it expires, or its period.
  func setTimerCount(
    _ number: Int, _ value: UInt64, of level: ProcessorLevel, _ processor: PartitionProcessor
  ) {
    let timer = level.timers[number]
    timer.expiration = value
    makeAlarm(number, of: level, processor)
    if value == 0 {
      timer.configuration.isEnabled = false
    } else if timer.configuration.isEnabledByCount {
      timer.configuration.isEnabled = true
    }
    start(timer, processor)
  }

  /// Gives a timer its alarm when it is first used: most never are.
  private func makeAlarm(_ number: Int, of level: ProcessorLevel, _ processor: PartitionProcessor) {
    guard level.timers[number].alarm == nil else { return }
    level.timers[number].alarm = machine.makeAlarm { [unowned self, unowned processor, unowned level] in
      expire(number, of: level, processor)
    }
  }

  private func start(_ timer: SyntheticTimer, _ processor: PartitionProcessor) {
    if timer.configuration.isPeriodic {
      let (sum, overflow) = referenceTime(of: processor).addingReportingOverflow(timer.expiration)
      timer.due = overflow ? .max : sum
    } else {
      timer.due = timer.expiration
    }
    arm(timer)
  }

  private func arm(_ timer: SyntheticTimer) {
    // An enabled timer without a time does not run.
    guard timer.configuration.isEnabled, timer.expiration != 0 else {
      timer.alarm?.cancel()
      return
    }
    timer.alarm?.set(at: ReferenceTime.nanoseconds(atUnits: timer.due))
  }

  private func expire(_ number: Int, of level: ProcessorLevel, _ processor: PartitionProcessor) {
    let timer = level.timers[number]
    let (scheduled, now) = (timer.due, referenceTime(of: processor))
    if timer.configuration.isPeriodic {
      // Periods that passed while nobody looked are lost.
      let next = scheduled &+ timer.expiration
      timer.due = next > now ? next : now &+ max(timer.expiration, 1)
      arm(timer)
    } else {
      timer.configuration.isEnabled = false
    }
    if timer.configuration.isDirect {
      machine.raiseInterrupt(timer.configuration.vector, level.level, of: processor.number)
    } else {
      sendExpiration(of: number, scheduled: scheduled, now: now, to: level, processor)
    }
  }

  private func sendExpiration(
    of number: Int, scheduled: UInt64, now: UInt64, to level: ProcessorLevel, _ processor: PartitionProcessor
  ) {
    typealias Layout = HyperV.TimerMessage
    var payload = [UInt8](repeating: 0, count: Layout.size)
    payload.withUnsafeMutableBytes {
      $0.storeBytes(of: UInt32(number), toByteOffset: Layout.timer, as: UInt32.self)
      $0.storeBytes(of: scheduled, toByteOffset: Layout.expiration, as: UInt64.self)
      $0.storeBytes(of: now, toByteOffset: Layout.delivery, as: UInt64.self)
    }
    let source = level.timers[number].configuration.source
    send(SyntheticMessage(source: source, type: .timerExpired, payload: payload), to: level, of: processor)
  }

  /// The reference time, now.
  func referenceTime(of processor: PartitionProcessor) -> UInt64 {
    ReferenceTime.units(atNanoseconds: machine.currentTime(of: processor.processor))
  }
}
