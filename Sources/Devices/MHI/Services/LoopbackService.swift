import Bus

/// Sends everything back to the host.
final class LoopbackService: ModemService {
  private var port: (any ModemPort)?

  func open(_ port: any ModemPort) { self.port = port }
  func receive(_ transfer: UnsafeRawBufferPointer) { _ = port?.send(transfer) }
  func close() { port = nil }

  func save(to writer: inout StateWriter) {}
  func restore(from reader: inout StateReader) throws(StateError) {}
}
