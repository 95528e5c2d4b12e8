/// The machine's clock and the alarms that were set on it.
///
/// Time is counted in nanoseconds of the machine since power-on; it advances with retired instructions.
/// Alarms that are due at the same time ring in the order in which they were created.
///
/// What is read at every turn is not checked for overlapping accesses: none lasts longer than an expression.
public final class EventQueue {
  /// The first time that never comes, after 146 years: sums of two times that do come cannot overflow, even as
  /// signed numbers.
  public static let endOfTime: UInt64 = 1 << 62

  /// The current time, kept up to date by the machine before any device runs; below ``endOfTime``.
  @exclusivity(unchecked)
  public var now: UInt64 = 0

  /// When the first alarm is due; `UInt64.max` if none is set.
  @exclusivity(unchecked)
  public private(set) var nextDeadline = UInt64.max

  /// Called when ``nextDeadline`` moves closer, so that a running processor is stopped in time.
  public var deadlineChanged: (() -> Void)?

  /// The deadlines of all alarms, in the order in which they were created: looking for the earliest is frequent.
  @exclusivity(unchecked)
  private var deadlines: [UInt64] = []
  private var actions: [() -> Void] = []

  /// A clock that stands at zero.
  public init() {}

  /// Makes an alarm that calls `action` when it rings. It is not set yet.
  public func makeAlarm(_ action: @escaping () -> Void) -> Alarm {
    deadlines.append(.max)
    actions.append(action)
    return Alarm(queue: self, index: deadlines.count - 1)
  }

  /// Rings every alarm that is due at `now`, in order of deadlines.
  public func ringDueAlarms() {
    while nextDeadline <= now {
      guard let index = deadlines.firstIndex(of: nextDeadline) else { return }
      deadlines[index] = .max
      findNextDeadline()
      actions[index]()
    }
  }

  fileprivate func deadline(of index: Int) -> UInt64 { deadlines[index] }

  fileprivate func setDeadline(of index: Int, to requested: UInt64) {
    let new = requested < Self.endOfTime ? requested : .max
    let old = deadlines[index]
    guard new != old else { return }
    deadlines[index] = new
    if new < nextDeadline {
      nextDeadline = new
      deadlineChanged?()
    } else if old == nextDeadline {
      findNextDeadline()
    }
  }

  private func findNextDeadline() {
    var earliest = UInt64.max
    for deadline in deadlines { earliest = min(earliest, deadline) }
    nextDeadline = earliest
  }
}

/// One alarm on the machine's clock.
public final class Alarm {
  private unowned let queue: EventQueue
  private let index: Int

  fileprivate init(queue: EventQueue, index: Int) {
    self.queue = queue
    self.index = index
  }

  /// When it rings, in nanoseconds; `UInt64.max` if it is not set.
  public var deadline: UInt64 { queue.deadline(of: index) }

  /// Sets the alarm to ring once at `deadline`.
  ///
  /// A time that has passed rings at the next opportunity; one at or after ``EventQueue/endOfTime`` is as good
  /// as none.
  public func set(at deadline: UInt64) { queue.setDeadline(of: index, to: deadline) }

  /// Unsets the alarm.
  public func cancel() { set(at: .max) }
}
