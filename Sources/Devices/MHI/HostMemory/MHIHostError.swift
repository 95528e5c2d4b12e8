import Interfaces

/// A rule that the host broke so badly that the device cannot go on.
struct MHIHostError: Error, Equatable {
  /// The rule.
  let violation: MHIEndpointTraceEvents.Violation
  /// The ring or the channel that it happened with.
  let ring: UInt8
  /// The address or the number that was wrong.
  let value: UInt64
}
