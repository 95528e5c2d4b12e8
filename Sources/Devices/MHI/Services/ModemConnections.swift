/// What a modem is connected to outside of the machine. It stays when the machine is built again.
public struct ModemConnections {
  /// Who answers the AT commands of the first port.
  public enum Terminal {
    /// The modem itself.
    case modem
    /// Whoever is on this line.
    case line(ModemLine)
  }

  /// Where the packets go.
  public let network: any NetworkBackend
  /// Who answers commands.
  public let terminal: Terminal

  /// A modem that leads to `network`.
  public init(network: any NetworkBackend, terminal: Terminal = .modem) {
    self.network = network
    self.terminal = terminal
  }
}
