import Bus

/// A channel that carries one raw IP packet per transfer.
final class RawIPService: ModemService {
  private let network: any NetworkBackend
  private var port: (any ModemPort)?

  init(network: any NetworkBackend) { self.network = network }

  func open(_ port: any ModemPort) {
    self.port = port
    // The network outlives the machine: it must not keep what is behind the port.
    network.deliver = { [weak port] in port?.send($0) ?? false }
  }

  func receive(_ transfer: UnsafeRawBufferPointer) {
    guard port != nil else { return }
    network.send(transfer)
  }

  func close() {
    guard port != nil else { return }
    port = nil
    network.deliver = nil
  }

  // What is on its way belongs to the network, not to the machine.
  func save(to writer: inout StateWriter) {}
  func restore(from reader: inout StateReader) throws(StateError) {}
}
