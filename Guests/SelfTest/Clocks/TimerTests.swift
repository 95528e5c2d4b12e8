import Bedrock

/// Counters against each other. A host that takes the processor away between two reads makes any one
/// comparison wrong, so that each may be repeated.
enum TimerTests {
  private static let window: UInt64 = 2000
  private static let attempts = 64

  static func add(to list: inout SelfTestList, _ computer: Computer) {
    list.test("the time-stamp counter never goes back") { expectations in
      var last = TimeStampCounter.value
      for _ in 0..<1000 {
        let now = TimeStampCounter.value
        expectations.expect(now > last, "\(now) after \(last)")
        last = now
      }
    }
    guard let timer = computer.fixedDescription?.timer else {
      list.skip("timers against the ACPI PM timer", because: "there is none")
      return
    }
    if let eventTimer = computer.acpi.flatMap(EventTimerDescription.timer) {
      list.test("the HPET keeps the ACPI PM timer's time") { expectations in
        eventTimer.start()
        expectations.expect(
          agrees(eventTimer.frequency) { timer.measure(microseconds: window) { eventTimer.count } },
          "more than a tenth apart")
      }
    }
    list.test("the 8254 keeps the ACPI PM timer's time") { expectations in
      expectations.expect(
        agrees(window) { microseconds(timer) { ProgrammableIntervalTimer().spin(microseconds: window) } },
        "more than a tenth apart")
    }
  }

  private static func agrees(_ expected: UInt64, _ measure: () -> UInt64) -> Bool {
    let tolerance = expected / 10
    for _ in 0..<attempts where (expected - tolerance...expected + tolerance).contains(measure()) {
      return true
    }
    return false
  }

  private static func microseconds(_ timer: PowerManagementTimer, _ body: () -> Void) -> UInt64 {
    let start = timer.count
    body()
    return timer.microseconds(since: start)
  }
}
