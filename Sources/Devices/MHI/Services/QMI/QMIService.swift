import Bus

/// The port on which a host speaks QMI with the services of the modem.
final class QMIService: ModemService, CellularObserver {
  private let modem: CellularModem
  private var port: (any ModemPort)?
  private var clients = QMIClients()
  private var subscriptions = QMISubscriptions()
  /// What has changed while a request was being done, which is told after the answer.
  private var changes: CellularChanges = []
  private var isPerforming = false

  init(modem: CellularModem) {
    self.modem = modem
    modem.add(self)
  }

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
      isPerforming = true
      do throws(QMI.Failure) {
        guard !isWrong else { throw .malformedMessage }
        send(QMI.response(to: request, .success(try perform(request))))
      } catch {
        send(QMI.response(to: request, .failure(error)))
      }
      isPerforming = false
      tellChanges()
    }
  }

  func modemChanged(_ changes: CellularChanges) {
    self.changes.formUnion(changes)
    if !isPerforming { tellChanges() }
  }

  private func tellChanges() {
    let changes = self.changes
    self.changes = []
    guard port != nil else { return }
    let access = QMINetworkAccess(modem: modem)
    if changes.contains(.registration) {
      for client in subscriptions.servingSystem { send(access.servingSystemIndication(to: client)) }
    }
    if changes.contains(.radio) {
      for client in subscriptions.signal { send(access.signalIndication(to: client)) }
    }
    if changes.contains(.connection) {
      let data = QMIWirelessData(modem: modem)
      for client in clients.all(of: .wirelessData) { send(data.packetServiceIndication(to: client)) }
    }
  }

  private func send(_ frame: [UInt8]) { _ = frame.withUnsafeBytes { port?.send($0) } }

  private func perform(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    guard let service = QMI.Service(rawValue: request.service) else { throw .notSupported }
    guard service == .control || clients.contains(service: request.service, client: request.client) else {
      throw .invalidClientIdentifier
    }
    switch service {
    case .control: return try performControl(request)
    case .deviceManagement: return try QMIDeviceManagement(modem: modem).perform(request)
    case .networkAccess where request.message == QMISubscriptions.registration:
      subscriptions.register(request)
      return []
    case .networkAccess: return try QMINetworkAccess(modem: modem).perform(request)
    case .wirelessData: return try QMIWirelessData(modem: modem).perform(request)
    case .wirelessDataAdministration: return try QMIDataFormat.perform(request)
    }
  }

  private func performControl(_ request: QMI.Request) throws(QMI.Failure) -> [QMI.Value] {
    let before = clients.all(of: .networkAccess)
    defer {
      let now = clients.all(of: .networkAccess)
      for client in before where !now.contains(client) { subscriptions.forget(client) }
    }
    return try clients.perform(request)
  }

  func save(to writer: inout StateWriter) {
    clients.save(to: &writer)
    subscriptions.save(to: &writer)
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    try clients.restore(from: &reader)
    try subscriptions.restore(from: &reader)
  }
}
