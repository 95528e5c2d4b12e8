import Bus

/// The port on which a host speaks MBIM with the modem (MBIM 1.0, 9).
final class MBIMService: ModemService, CellularObserver {
  /// A command of which some fragments are there.
  private struct Collection {
    let transaction: UInt32
    let total: UInt32
    var received: UInt32
    var bytes: [UInt8]
  }

  /// The longest messages to the host that a host may ask for, and the shortest (9.3.1).
  private static let transferLengths = 64...4096
  /// The longest command, all fragments together.
  private static let maximumCommandLength = 64 << 10

  private let modem: CellularModem
  private var port: (any ModemPort)?
  /// The longest message to the host; `nil` while the host has not opened the function.
  private var maximumTransfer: Int?
  private var collection: Collection?
  private var subscriptions = MBIMSubscriptions()
  /// What has changed while a command was being done, which is told after the answer.
  private var changes: CellularChanges = []
  private var isPerforming = false

  init(modem: CellularModem) {
    self.modem = modem
    modem.add(self)
  }

  func open(_ port: any ModemPort) { self.port = port }

  func close() {
    port = nil
    maximumTransfer = nil
    collection = nil
  }

  func receive(_ transfer: UnsafeRawBufferPointer) {
    var reader = MessageReader(transfer)
    guard let type = reader.read(UInt32.self), let length = reader.read(UInt32.self),
      let transaction = reader.read(UInt32.self)
    else { return fail(0, .lengthMismatch) }
    guard length == transfer.count else { return fail(transaction, .lengthMismatch) }
    switch type {
    case MBIM.MessageType.open: openFunction(transaction, &reader)
    case MBIM.MessageType.close:
      maximumTransfer = nil
      collection = nil
      send(MBIM.message(MBIM.MessageType.closeDone, transaction: transaction, 0))
    case MBIM.MessageType.command: takeFragment(transaction, &reader)
    // The host gives up on the transaction.
    case MBIM.MessageType.hostError: collection = nil
    default: fail(transaction, .unknown)
    }
  }

  private func send(_ message: [UInt8]) { _ = message.withUnsafeBytes { port?.send($0) } }

  private func fail(_ transaction: UInt32, _ error: MBIM.ProtocolError) {
    collection = nil
    send(MBIM.message(MBIM.MessageType.functionError, transaction: transaction, error.rawValue))
  }

  private func openFunction(_ transaction: UInt32, _ reader: inout MessageReader) {
    guard let length = reader.read(UInt32.self) else { return fail(transaction, .lengthMismatch) }
    collection = nil
    let isLongEnough = length >= Self.transferLengths.lowerBound
    subscriptions = MBIMSubscriptions()
    maximumTransfer = isLongEnough ? min(Int(length), Self.transferLengths.upperBound) : nil
    let status = isLongEnough ? MBIM.Status.success : .failure
    send(MBIM.message(MBIM.MessageType.openDone, transaction: transaction, status.rawValue))
  }

  // MARK: Commands

  private func takeFragment(_ transaction: UInt32, _ reader: inout MessageReader) {
    guard maximumTransfer != nil else { return fail(transaction, .notOpened) }
    guard let total = reader.read(UInt32.self), let index = reader.read(UInt32.self),
      let piece = reader.take(reader.remaining)
    else { return fail(transaction, .lengthMismatch) }
    // A new command begins, whatever became of the one before (9.5).
    if index == 0 { collection = Collection(transaction: transaction, total: total, received: 0, bytes: []) }
    guard var collection, collection.transaction == transaction, collection.total == total,
      collection.received == index, index < total
    else { return fail(transaction, .fragmentOutOfSequence) }
    guard collection.bytes.count + piece.count <= Self.maximumCommandLength else {
      return fail(transaction, .maximumTransfer)
    }
    collection.bytes += piece
    collection.received += 1
    self.collection = collection
    guard collection.received == total else { return }
    self.collection = nil
    guard let command = MBIM.Command(collection.bytes) else { return fail(transaction, .lengthMismatch) }
    perform(command, transaction)
  }

  private func perform(_ command: MBIM.Command, _ transaction: UInt32) {
    var status = MBIM.Status.success
    var information: [UInt8] = []
    isPerforming = true
    do throws(MBIM.Status) {
      guard command.service == MBIM.basicConnect else { throw .noDeviceSupport }
      if command.identifier == MBIMBasicConnect.subscribeList, command.isSet {
        try subscriptions.set(command.information)
        information = command.information.bytes
      } else {
        information = try MBIMBasicConnect(modem: modem).perform(command)
      }
    } catch {
      status = error
    }
    isPerforming = false
    let fragments = MBIM.commandDone(
      command, transaction: transaction, status: status, information: information,
      maximumLength: maximumTransfer ?? Self.transferLengths.lowerBound)
    for fragment in fragments { send(fragment) }
    tellChanges()
  }

  // MARK: Indications

  func modemChanged(_ changes: CellularChanges) {
    self.changes.formUnion(changes)
    if !isPerforming { tellChanges() }
  }

  private func tellChanges() {
    let changes = self.changes
    self.changes = []
    guard port != nil, let maximumTransfer else { return }
    for (identifier, information) in MBIMBasicConnect(modem: modem).indications(of: changes)
    where subscriptions.contains(identifier) {
      for fragment in MBIM.indication(identifier, information, maximumLength: maximumTransfer) {
        send(fragment)
      }
    }
  }

  // MARK: State

  func save(to writer: inout StateWriter) {
    writer.write(UInt32(truncatingIfNeeded: maximumTransfer ?? 0))
    subscriptions.save(to: &writer)
    writer.write(collection != nil)
    guard let collection else { return }
    writer.write(collection.transaction)
    writer.write(collection.total)
    writer.write(collection.received)
    writer.write(collection.bytes)
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    let length = Int(try reader.read(UInt32.self))
    guard length == 0 || Self.transferLengths.contains(length) else { throw .invalid }
    maximumTransfer = length == 0 ? nil : length
    try subscriptions.restore(from: &reader)
    collection = nil
    guard try reader.readBool() else { return }
    let restored = Collection(
      transaction: try reader.read(), total: try reader.read(), received: try reader.read(),
      bytes: try reader.readBytes())
    guard restored.received < restored.total, restored.bytes.count <= Self.maximumCommandLength else {
      throw .invalid
    }
    collection = restored
  }
}
