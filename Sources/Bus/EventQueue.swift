/// The machine's clock and the alarms that were set on it.
///
/// Time is counted in nanoseconds of the machine since power-on; it advances with retired instructions.
/// Alarms that are due at the same time ring in the order in which they were created.
public final class EventQueue {
  /// The first time that never comes, after 146 years: sums of two times that do come cannot overflow, even as
  /// signed numbers.
  public static let endOfTime: UInt64 = 1 << 62

  /// The current time, kept up to date by the machine before any device runs; below ``endOfTime``.
  public var now: UInt64 = 0

  /// When the first alarm is due; `UInt64.max` if none is set.
  public private(set) var nextDeadline = UInt64.max

  /// Called when ``nextDeadline`` moves closer, so that a running processor is stopped in time.
  public var deadlineChanged: (() -> Void)?

  private var alarms: [Alarm] = []

  /// A clock that stands at zero.
  public init() {}

  /// Makes an alarm that calls `action` when it rings. It is not set yet.
  public func makeAlarm(_ action: @escaping () -> Void) -> Alarm {
    let alarm = Alarm(queue: self, action: action)
    alarms.append(alarm)
    return alarm
  }

  /// Rings every alarm that is due at `now`, in order of deadlines.
  public func ringDueAlarms() {
    while nextDeadline <= now {
      guard let alarm = alarms.first(where: { $0.deadline == nextDeadline }) else { return }
      alarm.deadline = .max
      findNextDeadline()
      alarm.action()
    }
  }

  /// Takes note that an alarm was at `old` and is now at `new`.
  fileprivate func alarmMoved(from old: UInt64, to new: UInt64) {
    if new < nextDeadline {
      nextDeadline = new
      deadlineChanged?()
    } else if old == nextDeadline {
      findNextDeadline()
    }
  }

  private func findNextDeadline() {
    var earliest = UInt64.max
    for alarm in alarms where alarm.deadline < earliest { earliest = alarm.deadline }
    nextDeadline = earliest
  }
}

/// One alarm on the machine's clock.
public final class Alarm {
  /// When it rings, in nanoseconds; `UInt64.max` if it is not set.
  public fileprivate(set) var deadline = UInt64.max

  fileprivate let action: () -> Void
  private unowned let queue: EventQueue

  fileprivate init(queue: EventQueue, action: @escaping () -> Void) {
    self.queue = queue
    self.action = action
  }

  /// Sets the alarm to ring once at `deadline`.
  ///
  /// A time that has passed rings at the next opportunity; one at or after ``EventQueue/endOfTime`` is as good
  /// as none.
  public func set(at deadline: UInt64) {
    let new = deadline < EventQueue.endOfTime ? deadline : .max
    guard new != self.deadline else { return }
    let old = self.deadline
    self.deadline = new
    queue.alarmMoved(from: old, to: new)
  }

  /// Unsets the alarm.
  public func cancel() { set(at: .max) }
}
