import ArgumentParser
import Devices

/// `mhi[,model=NAME][,net=PLACE][,at=PLACE]`: a modem, where its packets go, and who answers its commands.
struct ModemOption: Equatable {
  /// The name of the model.
  private(set) var model = MHIPersonality.default.name
  /// Where packets go.
  private(set) var network = NetworkPlace.loopback
  /// Who answers AT commands.
  private(set) var terminal = ModemTerminalPlace.modem

  /// The name of the device, which comes first.
  static let name = "mhi"
  /// What the option takes.
  static let form =
    "\(name)[,model=name][,net=loopback|tap:name|user][,at=modem|unix:path|file:path|none]"

  /// The names of all models.
  static var models: String { MHIPersonality.all.map(\.name).joined(separator: ", ") }

  /// Reads the option from its name on. Each part can be given once.
  init(_ argument: String) throws(ValidationError) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.first.map(String.init) == Self.name else { throw ValidationError("write \(Self.form)") }
    var seen: [Substring] = []
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, !seen.contains(pair[0]) else {
        throw ValidationError(
          "\(Self.name): write model=NAME, net=PLACE or at=PLACE, each once, not '\(part)'")
      }
      seen.append(pair[0])
      do {
        try set(pair[0], to: String(pair[1]))
      } catch {
        throw ValidationError("\(Self.name),\(pair[0])=: \(error.message)")
      }
    }
  }

  private mutating func set(_ key: Substring, to value: String) throws(ValidationError) {
    switch key {
    case "model":
      guard MHIPersonality(named: value) != nil else {
        throw ValidationError("write \(Self.models)")
      }
      model = value
    case "net": network = try NetworkPlace(value)
    case "at": terminal = try ModemTerminalPlace(value)
    default: throw ValidationError("write model=, net= or at=")
    }
  }
}

extension ModemOption {
  /// How the modem shows itself.
  var personality: MHIPersonality { MHIPersonality(named: model) ?? .default }

  /// Opens what the modem is connected to; `line` is its AT port's if that leads to the host.
  func connect(line: ModemLine?) throws(CommandError) -> ModemConnections {
    ModemConnections(
      network: try network.open(maximumTransmissionUnit: Self.transmissionUnit(of: personality)),
      terminal: line.map { .line($0) } ?? .modem)
  }

  /// The longest packets that Linux lets through: its `mhi_wwan_mbim` and `mhi_net` differ.
  private static func transmissionUnit(of personality: MHIPersonality) -> Int {
    personality.channels.contains { $0.name == .ipHardware0MBIM } ? 1500 : 16_384
  }
}
