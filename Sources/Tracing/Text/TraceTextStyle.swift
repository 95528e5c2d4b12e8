/// How records become lines of text.
public struct TraceTextStyle: Equatable, Sendable {
  /// Whose lines they are.
  public enum Layout: Sendable {
    /// Those of `trace-cmd report`.
    case traceCommand
    /// Those of tracefs's file `trace`.
    case tracefs
  }

  /// How exact times are.
  public enum TimeUnit: Sendable {
    /// Six places, the last one rounded as the layout's program does.
    case microseconds
    /// Nine places.
    case nanoseconds
  }

  /// What is told of the processor's state: interrupts, rescheduling, preemption.
  public enum State: Sendable {
    /// What the layout tells unasked.
    case usual
    /// The letters of the latency format.
    case letters
  }

  /// What is told of an event.
  public enum Content: Sendable {
    /// The text of its format.
    case text
    /// The fields by name.
    case fields
  }

  /// Whose lines they are.
  public var layout: Layout
  /// How exact times are.
  public var timeUnit = TimeUnit.microseconds
  /// What is told of the processor's state.
  public var state = State.usual
  /// What is told of an event.
  public var content = Content.text

  /// The usual lines of a layout.
  public init(_ layout: Layout) { self.layout = layout }

  var dialect: TextDialect { layout == .traceCommand ? .traceCommand : .kernel }
}
