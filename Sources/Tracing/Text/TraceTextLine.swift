import Interfaces

/// The layout of a line in tracefs's file `trace` (Linux, kernel/trace/trace_output.c).
enum TraceTextLine {
  /// What stands before the text of an event.
  static func prefix(
    task: String, identifier: Int32, processor: Int, flags: UInt8, preemptionCount: UInt8, time: UInt64
  ) -> String {
    let number = String(identifier)
    let cpu = String(processor)
    let seconds = String(time / 1_000_000_000)
    let microseconds = String(time % 1_000_000_000 / 1_000)
    return leading(task, 16) + "-" + number + String(repeating: " ", count: max(7 - number.count, 0))
      + " [" + zeros(cpu, 3) + "] " + state(flags, preemptionCount) + " " + leading(seconds, 5) + "."
      + zeros(microseconds, 6) + ": "
  }

  private static func leading(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
  }

  private static func zeros(_ text: String, _ width: Int) -> String {
    String(repeating: "0", count: max(width - text.count, 0)) + text
  }

  /// Interrupts off, rescheduling asked for, in which interrupt, and how deep preemption and migration are disabled.
  private static func state(_ rawFlags: UInt8, _ preemptionCount: UInt8) -> String {
    let flags = TraceFlags(rawValue: rawFlags)
    let interrupts =
      switch (flags.contains(.interruptsDisabled), flags.contains(.softInterruptsDisabled)) {
      case (true, true): "D"
      case (true, false): "d"
      case (false, true): "b"
      case (false, false): "."
      }
    let rescheduling =
      switch (flags.contains(.rescheduleNeeded), flags.contains(.preemptionNeeded)) {
      case (true, true): "N"
      case (true, false): "n"
      case (false, true): "p"
      case (false, false): "."
      }
    let context: String
    if flags.contains(.nonMaskableInterrupt) {
      context = flags.contains(.interrupt) ? "Z" : "z"
    } else if flags.contains(.interrupt) {
      context = flags.contains(.softInterrupt) ? "H" : "h"
    } else {
      context = flags.contains(.softInterrupt) ? "s" : "."
    }
    func depth(_ value: UInt8) -> String { value == 0 ? "." : String(value, radix: 16) }
    return interrupts + rescheduling + context + depth(preemptionCount & 0xF) + depth(preemptionCount >> 4)
  }
}
