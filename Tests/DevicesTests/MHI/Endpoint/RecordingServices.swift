import Bus
import Devices
import Interfaces

/// What is behind the channels of a modem in tests: it remembers what came, and answers when it is told to.
final class RecordingServices: ModemServiceSource {
  var injectFault: ((_ fault: MHIFault, _ delay: UInt64) -> Void)?
  var machineTime: (() -> UInt64)?
  private(set) var services: [MHIChannelName: RecordingService] = [:]
  private(set) var resets = 0

  func makeService(for channel: MHIChannelName) -> any ModemService {
    let service = RecordingService()
    services[channel] = service
    return service
  }

  func reset() { resets += 1 }
  func save(to writer: inout StateWriter) { writer.write(UInt32(resets)) }
  func restore(from reader: inout StateReader) throws(StateError) {
    resets = Int(try reader.read(UInt32.self))
  }
}

final class RecordingService: ModemService {
  private(set) var port: (any ModemPort)?
  private(set) var received: [[UInt8]] = []
  private(set) var opens = 0
  private(set) var closes = 0
  /// Every transfer is sent back.
  var echoes = false
  /// Called within each transfer.
  var whileReceiving: (() -> Void)?

  func open(_ port: any ModemPort) {
    self.port = port
    opens += 1
  }

  func receive(_ transfer: UnsafeRawBufferPointer) {
    received.append(Array(transfer))
    whileReceiving?()
    if echoes { _ = port?.send(transfer) }
  }

  func close() {
    port = nil
    closes += 1
  }

  /// Sends bytes to the host; `false` if they were refused.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { port?.send($0) ?? false } }

  func save(to writer: inout StateWriter) { writer.write(UInt32(received.count)) }
  func restore(from reader: inout StateReader) throws(StateError) { _ = try reader.read(UInt32.self) }
}
