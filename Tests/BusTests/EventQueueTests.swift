import Testing

@testable import Bus

@Suite("Event queue")
struct EventQueueTests {
  final class Log { var rung: [String] = [] }

  let queue = EventQueue()
  let log = Log()

  private func makeAlarm(_ name: String) -> Alarm { queue.makeAlarm { [log] in log.rung.append(name) } }

  @Test func alarmsRingInOrderOfTheirDeadlines() {
    let first = makeAlarm("first")
    let second = makeAlarm("second")
    first.set(at: 20)
    second.set(at: 10)
    queue.now = 9
    queue.ringDueAlarms()
    #expect(log.rung.isEmpty)
    queue.now = 30
    queue.ringDueAlarms()
    #expect(log.rung == ["second", "first"])
    #expect(queue.nextDeadline == .max)
  }

  @Test func equalDeadlinesRingInOrderOfCreation() {
    let alarms = ["a", "b", "c"].map(makeAlarm)
    for alarm in alarms.reversed() { alarm.set(at: 5) }
    queue.now = 5
    queue.ringDueAlarms()
    #expect(log.rung == ["a", "b", "c"])
  }

  @Test func anAlarmRingsOnce() {
    let alarm = makeAlarm("a")
    alarm.set(at: 5)
    queue.now = 5
    queue.ringDueAlarms()
    queue.now = 6
    queue.ringDueAlarms()
    #expect(log.rung == ["a"])
    #expect(alarm.deadline == .max)
  }

  @Test func anAlarmCanBeMovedAndCancelled() {
    let moved = makeAlarm("moved")
    let cancelled = makeAlarm("cancelled")
    moved.set(at: 10)
    cancelled.set(at: 20)
    moved.set(at: 30)
    #expect(queue.nextDeadline == 20)
    cancelled.cancel()
    #expect(queue.nextDeadline == 30)
    queue.now = 100
    queue.ringDueAlarms()
    #expect(log.rung == ["moved"])
  }

  @Test func anAlarmMaySetItselfAndOthersWhileItRings() {
    var count = 0
    var other: Alarm?
    var alarm: Alarm?
    alarm = queue.makeAlarm { [queue] in
      count += 1
      if count < 3 { alarm?.set(at: queue.now + 1) }
      other?.set(at: queue.now)
    }
    other = makeAlarm("other")
    alarm?.set(at: 1)
    for time in 1...5 as ClosedRange<UInt64> {
      queue.now = time
      queue.ringDueAlarms()
    }
    #expect(count == 3)
    #expect(log.rung == ["other", "other", "other"])
    alarm = nil
  }

  @Test func theMachineIsToldWhenTheNextDeadlineComesCloserOnly() {
    var calls = 0
    queue.deadlineChanged = { calls += 1 }
    let a = makeAlarm("a")
    let b = makeAlarm("b")
    a.set(at: 100)
    b.set(at: 200)
    #expect(calls == 1)
    b.set(at: 50)
    #expect(calls == 2)
    b.cancel()
    a.set(at: 300)
    #expect(calls == 2)
  }

  @Test func aDeadlineAtTheEndOfTimeIsNone() {
    let alarm = makeAlarm("a")
    alarm.set(at: EventQueue.endOfTime)
    #expect(alarm.deadline == .max)
    #expect(queue.nextDeadline == .max)
    alarm.set(at: EventQueue.endOfTime - 1)
    #expect(queue.nextDeadline == EventQueue.endOfTime - 1)
  }
}
