import Bus

/// Takes everything and says nothing.
final class SilentService: ModemService {
  func open(_ port: any ModemPort) {}
  func receive(_ transfer: UnsafeRawBufferPointer) {}
  func close() {}

  func save(to writer: inout StateWriter) {}
  func restore(from reader: inout StateReader) throws(StateError) {}
}
