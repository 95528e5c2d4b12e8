import Bus
import Interfaces

/// The interrupts that the device sends.
final class MHIInterrupts {
  /// How many were sent or became pending.
  private(set) var count: UInt64 = 0

  private let endpoint: PCIEndpoint
  private let trace: MHITrace

  init(_ endpoint: PCIEndpoint, _ trace: MHITrace) {
    self.endpoint = endpoint
    self.trace = trace
  }

  /// Sends the message of a vector, for something that happened at `start`.
  func send(vector: Int, _ cause: MHIEndpointTraceEvents.InterruptCause, since start: UInt64) {
    guard endpoint.busMaster.isEnabled else { return }
    count &+= 1
    let isSent = endpoint.signal(vector: vector)
    trace.interrupt(vector: vector, cause, since: start, isSent: isSent)
  }

  func save(to writer: inout StateWriter) {
    writer.write(count)
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    count = try reader.read()
  }
}
