import Interfaces

/// What stands in a line before the event: the task, the processor, its state and the time.
struct TraceTextLine {
  let style: TraceTextStyle

  /// The bit of the flags with which older kernels said that they know nothing of interrupts.
  private static let interruptsUnknown: UInt8 = 0x02

  /// Writes it for a record.
  func put(_ record: FileRecord, task: String, to buffer: inout TextBuffer) {
    switch (style.layout, style.state) {
    case (.tracefs, _): putTracefs(record, task, to: &buffer)
    case (.traceCommand, .usual): putUsual(record, task, to: &buffer)
    case (.traceCommand, .letters): putLatency(record, task, to: &buffer)
    }
  }

  private func put(
    task: String, width: Int, _ identifier: Int32, identifierWidth: Int, to buffer: inout TextBuffer
  ) {
    let start = buffer.bytes.count
    buffer.put(foreign: task)
    buffer.pad(from: start, to: width)
    buffer.put("-")
    let identifierStart = buffer.bytes.count
    buffer.put(String(identifier))
    buffer.pad(from: identifierStart, to: identifierWidth, atEnd: true)
  }

  private func put(time: UInt64, to buffer: inout TextBuffer) {
    let (unit, places): (UInt64, Int) =
      style.timeUnit == .nanoseconds ? (1_000_000_000, 9) : (1_000_000, 6)
    let rounding: UInt64 = style.layout == .traceCommand ? 500 : 0
    let number = style.timeUnit == .nanoseconds ? time : (time &+ rounding) / 1_000
    let start = buffer.bytes.count
    buffer.put(number / unit)
    buffer.pad(from: start, to: 5)
    buffer.put(".")
    buffer.put(number % unit, width: places)
    buffer.put(": ")
  }

  // MARK: tracefs (Linux, kernel/trace/trace_output.c)

  private func putTracefs(_ record: FileRecord, _ task: String, to buffer: inout TextBuffer) {
    put(task: task, width: 16, record.task, identifierWidth: 7, to: &buffer)
    buffer.put(" [")
    buffer.put(UInt64(record.processor), width: 3)
    buffer.put("] ")
    putState(record, to: &buffer)
    buffer.put(" ")
    put(time: record.time, to: &buffer)
  }

  /// Interrupts off, rescheduling asked for, in which interrupt, and how deep preemption and migration are disabled.
  private func putState(_ record: FileRecord, to buffer: inout TextBuffer) {
    let flags = TraceFlags(rawValue: record.flags)
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
    buffer.put(interrupts)
    buffer.put(rescheduling)
    if flags.contains(.nonMaskableInterrupt) {
      buffer.put(flags.contains(.interrupt) ? "Z" : "z")
    } else {
      buffer.put(interruptLetter(flags))
    }
    putDepths(record.preemptionCount, to: &buffer)
  }

  private func interruptLetter(_ flags: TraceFlags) -> String {
    switch (flags.contains(.interrupt), flags.contains(.softInterrupt)) {
    case (true, true): "H"
    case (true, false): "h"
    case (false, true): "s"
    case (false, false): "."
    }
  }

  private func putDepths(_ count: UInt8, to buffer: inout TextBuffer) {
    for depth in [count & 0xF, count >> 4] {
      if depth == 0 { buffer.put(".") } else { buffer.put(UInt64(depth), radix: 16) }
    }
  }

  // MARK: trace-cmd

  private func putUsual(_ record: FileRecord, _ task: String, to buffer: inout TextBuffer) {
    put(task: task, width: 16, record.task, identifierWidth: 5, to: &buffer)
    buffer.put(" [")
    buffer.put(UInt64(record.processor), width: 3)
    buffer.put("] ")
    put(time: record.time, to: &buffer)
  }

  private func putLatency(_ record: FileRecord, _ task: String, to buffer: inout TextBuffer) {
    let short = String(decoding: task.utf8.prefix(8), as: UTF8.self)
    put(task: short, width: 8, record.task, identifierWidth: 5, to: &buffer)
    buffer.put(" ")
    let start = buffer.bytes.count
    buffer.put(UInt64(record.processor))
    buffer.pad(from: start, to: 3)
    switch style.content {
    case .fields:
      buffer.put("-0x")
      buffer.put(UInt64(record.flags), radix: 16)
    case .text:
      let flags = TraceFlags(rawValue: record.flags)
      buffer.put(
        flags.contains(.interruptsDisabled) ? "d" : record.flags & Self.interruptsUnknown != 0 ? "X" : ".")
      buffer.put(flags.contains(.rescheduleNeeded) ? "N" : ".")
      buffer.put(interruptLetter(flags))
      putDepths(record.preemptionCount, to: &buffer)
    }
    buffer.put(" ")
    put(time: record.time, to: &buffer)
  }
}
