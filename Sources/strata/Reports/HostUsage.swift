import Glibc

/// What a run cost the host.
struct HostUsage {
  /// Seconds since the machine was switched on for the first time.
  var seconds: Double
  /// The part of them in which the machine waited for the world outside.
  var idleSeconds: Double

  /// Millions of instructions in a second of work.
  func millionsOfInstructionsPerSecond(_ instructions: UInt64) -> Double {
    let busy = seconds - idleSeconds
    return busy > 0 ? Double(instructions) / busy / 1e6 : 0
  }

  /// The most memory that this process has had at one time, in bytes.
  static var peakResidentBytes: UInt64 {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    // Linux counts in KiB.
    return UInt64(max(0, usage.ru_maxrss)) << 10
  }
}

/// The host's clock that only goes forwards.
enum HostClock {
  /// Nanoseconds since some moment in the past.
  static var nanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
