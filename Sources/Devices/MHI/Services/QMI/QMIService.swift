import Bus

/// The port on which a host speaks QMI with the services of the modem.
final class QMIService: ModemService {
  private let modem: CellularModem
  private var port: (any ModemPort)?
  private var clients = QMIClients()

  init(modem: CellularModem) { self.modem = modem }

  func open(_ port: any ModemPort) { self.port = port }
  func close() { port = nil }

  /// Answers every frame of a transfer; what is no frame is answered with an error of the control service.
  func receive(_ transfer: UnsafeRawBufferPointer) {
    var reader = MessageReader(transfer)
    while reader.remaining > 0 {
      var isWrong = false
      guard reader.read(UInt8.self) == QMI.Frame.marker, let length = reader.read(UInt16.self),
        let rest = reader.take(Int(length) - 2), rest.count >= QMI.Frame.headerLength - 3,
        let request = QMI.request(
          UnsafeRawBufferPointer(rebasing: rest[3...]), service: rest[1], client: rest[2], isWrong: &isWrong)
      else {
        let nobody = QMI.Request(service: 0, client: 0, transaction: 0, message: 0, arguments: [])
        send(QMI.response(to: nobody, .failure(.malformedMessage)))
        return
      }
      do throws(QMI.Failure) {
        guard !isWrong else { throw .malformedMessage }
        send(QMI.response(to: request, .success(try perform(request))))
      } catch {
        send(QMI.response(to: request, .failure(error)))
      }
    }
  }

  private func send(_ frame: [UInt8]) { _ = frame.withUnsafeBytes { port?.send($0) } }

  private func perform(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    guard let service = QMI.Service(rawValue: request.service) else { throw .notSupported }
    guard service == .control || clients.contains(service: request.service, client: request.client) else {
      throw .invalidClientIdentifier
    }
    switch service {
    case .control: return try clients.perform(request)
    case .deviceManagement: return try QMIDeviceManagement(modem: modem).perform(request)
    case .networkAccess: return try QMINetworkAccess(modem: modem).perform(request)
    case .wirelessData: return try QMIWirelessData(modem: modem).perform(request)
    case .wirelessDataAdministration: return try QMIDataFormat.perform(request)
    }
  }

  func save(to writer: inout StateWriter) { clients.save(to: &writer) }
  func restore(from reader: inout StateReader) throws(StateError) { try clients.restore(from: &reader) }
}
