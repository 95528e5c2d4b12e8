import Bus

@testable import Devices

/// The host's side of a channel: keeps what the modem sends.
final class CollectingPort: ModemPort {
  private(set) var transfers: [[UInt8]] = []
  /// How many more transfers there is room for.
  var room = Int.max

  func send(_ transfer: UnsafeRawBufferPointer) -> Bool {
    guard room > 0 else { return false }
    room -= 1
    transfers.append(Array(transfer))
    return true
  }

  /// Everything since the last time.
  func take() -> [[UInt8]] {
    defer { transfers = [] }
    return transfers
  }
}

extension ModemService {
  /// Hands a transfer over.
  func receive(_ bytes: [UInt8]) { bytes.withUnsafeBytes { receive($0) } }

  /// The whole state.
  var state: [UInt8] {
    var writer = StateWriter()
    save(to: &writer)
    return writer.bytes
  }
}

extension CellularModem {
  /// A modem as a test has it.
  convenience init() { self.init(identity: ModemIdentity(model: "test"), addresses: .pointToPoint) }
}

/// The host's end of an AT port.
final class ATTerminal {
  let modem: CellularModem
  let service: ATService
  private let port = CollectingPort()

  init(modem: CellularModem = CellularModem()) {
    self.modem = modem
    service = ATService(modem: modem)
    service.open(port)
  }

  /// What has arrived, with line ends as they came.
  func read() -> String { String(decoding: port.take().joined(), as: UTF8.self) }

  /// Sends characters as one transfer and gives what comes back.
  func send(_ text: String) -> String {
    service.receive(Array(text.utf8))
    return read()
  }

  /// Sends a command without echo and gives the lines that are not empty.
  func ask(_ command: String) -> [String] {
    _ = send("ATE0\r")
    return send(command + "\r").split { $0.isNewline }.map(String.init)
  }
}
