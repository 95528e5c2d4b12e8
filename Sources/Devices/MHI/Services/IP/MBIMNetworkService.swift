import Bus

/// A channel that carries blocks of IP packets.
final class MBIMNetworkService: ModemService {
  private let network: any NetworkBackend
  private var port: (any ModemPort)?
  private let block = PacketBuffer(capacity: NTB16.maximumLength)
  private var sequence: UInt16 = 0

  init(network: any NetworkBackend) { self.network = network }

  func open(_ port: any ModemPort) {
    self.port = port
    sequence = 0
    // The network outlives the machine: it must not keep what is behind the port.
    network.deliver = { [weak self] in self?.deliver($0) ?? false }
  }

  /// Takes a block; a wrong one is dropped.
  func receive(_ transfer: UnsafeRawBufferPointer) {
    guard port != nil else { return }
    _ = NTB16.forEachDatagram(in: transfer) { network.send($0) }
  }

  func close() {
    guard port != nil else { return }
    port = nil
    network.deliver = nil
  }

  private func deliver(_ packet: UnsafeRawBufferPointer) -> Bool {
    // What never fits will not fit later either.
    guard let length = NTB16.wrap(packet, sequence: sequence, in: block) else { return true }
    guard let port, port.send(UnsafeRawBufferPointer(block.prefix(length))) else { return false }
    sequence &+= 1
    return true
  }

  func save(to writer: inout StateWriter) { writer.write(sequence) }
  func restore(from reader: inout StateReader) throws(StateError) { sequence = try reader.read() }
}
