import Glibc

/// Runs the workloads in a guest. Guests have clocks of their own, so the host takes the time between the lines.
@main
enum Main {
  static func main() {
    if CommandLine.arguments.dropFirst().first == Echo.argument { return Echo.serve() }
    for workload in Workload.allCases {
      say("begin \(workload.rawValue)")
      say("end \(workload.rawValue) \(workload.run())")
    }
  }

  /// Prints a line at once.
  private static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
  }
}
