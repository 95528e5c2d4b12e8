/// Draws what happens on processors: moments on their threads, and what lasts on tracks below them.
enum ProcessorEvents {
  /// An event that begins a slice, and the one that ends it (Linux, include/trace/events).
  private static let ends = [
    "irq_handler_exit": "irq_handler_entry", "softirq_exit": "softirq_entry", "sys_exit": "sys_enter",
  ]
  private static let begins = Set(ends.values)

  /// The state of a processor that waits no longer (Linux, PWR_EVENT_EXIT).
  private static let running: UInt64 = 0xFFFF_FFFF

  static func draw(_ event: ReadEvent, on picture: inout Picture) throws {
    let thread = try picture.processor(event.record.processor)
    let mark = picture.mark(event)
    switch event.name {
    case "cr3_write":
      try picture.instant(mark, on: thread)
      let name = "CR3 0x\(String(event.number("new"), radix: 16))"
      try picture.change(mark, to: name, on: picture.track("address space", of: thread))
    case "cpu_idle":
      let track = try picture.track("idle", of: thread)
      if event.number("state") == running {
        try picture.end(mark, on: track)
      } else {
        try picture.change(mark, to: "idle", on: track)
      }
    case "sched_switch":
      let name = "\(event.text("next_comm")) [\(event.text("next_pid"))]"
      try picture.change(mark, to: name, on: picture.track("running", of: thread))
    case let name where begins.contains(name):
      try picture.begin(mark, on: picture.track(name, of: thread))
    case let name:
      if let start = ends[name] {
        try picture.end(mark, on: picture.track(start, of: thread))
      } else {
        try picture.instant(mark, on: thread)
      }
    }
  }
}
