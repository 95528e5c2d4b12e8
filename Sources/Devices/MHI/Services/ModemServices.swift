import Bus
import Interfaces

/// Everything behind the channels of one modem.
public final class ModemServices: ModemServiceSource {
  private let modem: CellularModem
  private let connections: ModemConnections

  /// See ``ModemServiceSource``.
  public var injectFault: ((_ fault: MHIFault, _ delay: UInt64) -> Void)? {
    get { modem.injectFault }
    set { modem.injectFault = newValue }
  }

  /// See ``ModemServiceSource``.
  public var machineTime: (() -> UInt64)? {
    get { modem.machineTime }
    set { modem.machineTime = newValue }
  }

  /// What is behind a modem of `identity`.
  public init(identity: ModemIdentity, connections: ModemConnections) {
    modem = CellularModem(identity: identity, addresses: connections.network.addresses)
    self.connections = connections
  }

  /// What answers behind a pair of channels; to be asked once for each.
  public func makeService(for channel: MHIChannelName) -> any ModemService {
    switch channel {
    case .dun:
      switch connections.terminal {
      case .modem: ATService(modem: modem)
      case .line(let line): ModemLineService(line)
      }
    case .dun2: ATService(modem: modem)
    case .ipHardware0: RawIPService(network: connections.network)
    // The network has one guest, and that is the interface of the hardware's path.
    case .ipSoftware0: RawIPService(network: LoopbackPeer())
    case .loopback: LoopbackService()
    case .ipHardware0MBIM: MBIMNetworkService(network: connections.network)
    case .qmi: QMIService(modem: modem)
    case .mbim: MBIMService(modem: modem)
    case .diag: DiagnosticService(identity: modem.identity)
    case .ipcr, .sahara, .firehose: SilentService()
    }
  }

  /// Switches the modem off and on.
  public func reset() { modem.restart() }

  /// Writes what the services share. Each has state of its own besides.
  public func save(to writer: inout StateWriter) { modem.save(to: &writer) }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) { try modem.restore(from: &reader) }
}
