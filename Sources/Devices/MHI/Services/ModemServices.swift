import Bus
import Interfaces

/// Everything behind the channels of one modem.
public final class ModemServices {
  /// Where the AT commands of the host go.
  public enum Terminal {
    /// The modem itself answers.
    case modem
    /// A line of the host takes the characters, and somebody there may answer.
    case line(ModemLine)
  }

  private let modem: CellularModem
  private let network: any NetworkBackend
  private let terminal: Terminal

  /// What is behind a modem of `identity` whose packets go to `network`.
  public init(identity: ModemIdentity, network: any NetworkBackend, terminal: Terminal = .modem) {
    modem = CellularModem(identity: identity, addresses: network.addresses)
    self.network = network
    self.terminal = terminal
  }

  /// What answers behind a pair of channels; to be asked once for each.
  public func makeService(for channel: MHIChannelName) -> any ModemService {
    switch channel {
    case .dun:
      switch terminal {
      case .modem: ATService(modem: modem)
      case .line(let line): ModemLineService(line)
      }
    case .dun2: ATService(modem: modem)
    case .ipHardware0: RawIPService(network: network)
    // The network has one guest, and that is the interface of the hardware's path.
    case .ipSoftware0: RawIPService(network: LoopbackPeer())
    case .loopback: LoopbackService()
    case .ipHardware0MBIM, .qmi, .mbim, .diag, .ipcr, .sahara, .firehose: SilentService()
    }
  }

  /// Switches the modem off and on.
  public func reset() { modem.restart() }

  /// Writes what the services share. Each has state of its own besides.
  public func save(to writer: inout StateWriter) { modem.save(to: &writer) }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) { try modem.restore(from: &reader) }
}
