/// What a `trace.dat` file says besides its records.
public struct TraceFileDescription: Sendable {
  /// The clock of the records, as in `trace_clock`.
  public var clock = "[local] global counter"
  /// What was traced, as `uname` tells it.
  public var system: String?
  /// The texts that fields of type `const char *` point to.
  public var constantTexts: [(address: UInt64, text: String)] = []
  /// The names of tasks.
  public var tasks: [(identifier: Int32, name: String)] = [(0, "<idle>")]

  /// The usual description.
  public init() {}
}
