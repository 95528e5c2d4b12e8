import Glibc
import Interfaces
import Tracing

/// Records a million events of each form and prints what one takes, in nanoseconds of this thread: the best of some rounds.
@main
enum RecordingBenchmark {
  private static let count: UInt64 = 1_000_000
  private static let rounds = 5

  static func main() throws {
    print("| event | ns each |")
    print("|---|---|")
    try measure("off", InterruptTraceEvents.delivery, isEnabled: false, numbers)
    try measure("two numbers (`irq_deliver`)", InterruptTraceEvents.delivery, numbers)
    try measure(
      "the same, a filter of two comparisons lets it pass", InterruptTraceEvents.delivery,
      filter: "vector < 64 || ip > 0", numbers)
    try measure(
      "the same, a filter keeps it out", InterruptTraceEvents.delivery, filter: "vector == 1 && ip == 7",
      numbers)
    try measure("four numbers and a name (`mmio_read`)", AccessTraceEvents.memoryRead, names)
    try measure(
      "the same, a filter compares the name and a number", AccessTraceEvents.memoryRead,
      filter: "device == \"virtio-console0\" && width > 3", names)
    try measure(
      "the same, a filter matches the name with a pattern", AccessTraceEvents.memoryRead,
      filter: "device ~ \"virtio*\"", names)
  }

  @inline(never)
  private static func numbers(_ point: TracePoint) {
    for number in 0..<count {
      point.record(processor: 0, time: number &* 10) {
        $0.put(UInt8(truncatingIfNeeded: number))
        $0.put(number)
      }
    }
  }

  @inline(never)
  private static func names(_ point: TracePoint) {
    let name = "virtio-console0"
    for number in 0..<count {
      point.record(processor: 0, time: number &* 10) {
        $0.put(name)
        $0.put(number)
        $0.put(4 as UInt8)
        $0.put(number)
        $0.put(number)
      }
    }
  }

  private static func measure(
    _ title: String, _ event: TraceEvent, isEnabled: Bool = true, filter: String? = nil,
    _ record: (TracePoint) -> Void
  ) throws {
    let tracer = Tracer([event], processorCount: 1)
    tracer.setEnabled(0, isEnabled)
    try tracer.setFilter(filter, for: 0)
    let point = tracer.point(for: 0)
    record(point)
    var best = UInt64.max
    for _ in 0..<rounds {
      let start = nanoseconds
      record(point)
      best = min(best, nanoseconds - start)
    }
    let tenths = best * 10 / count
    print("| \(title) | \(tenths / 10).\(tenths % 10) |")
  }

  /// What this thread has used of a processor: others' work does not count.
  private static var nanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
