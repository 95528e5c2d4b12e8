import Bus
import Interfaces

/// What tells one modem from another: how it shows itself on the bus, where it starts and what its channels are for.
public struct MHIPersonality: Sendable {
  /// A pair of channels.
  public struct Channel: Sendable {
    /// What it is for.
    public let name: MHIChannelName
    /// Where it can be used.
    public let environment: MHIExecutionEnvironment
  }

  /// How a host can let the device load a flash programmer.
  public enum EmergencyDownload: Sendable {
    /// It cannot.
    case none
    /// By a doorbell and a reset.
    case byDoorbell
  }

  /// The name that Linux gives it.
  public let name: String
  /// The identifiers of the function.
  public let identity: PCIIdentity
  /// What runs after power-on.
  public var startEnvironment: MHIExecutionEnvironment
  /// How a host can let it load a flash programmer.
  public let emergencyDownload: EmergencyDownload
  /// The channels, by their numbers.
  public let channels: [Channel]

  /// The modem that Linux knows by this name; `nil` if there is none here.
  public init?(named name: String) {
    guard let personality = Self.all.first(where: { $0.name == name }) else { return nil }
    self = personality
  }

  init(
    _ name: String, vendor: UInt16, device: UInt16, card: (vendor: UInt16, device: UInt16),
    starts environment: MHIExecutionEnvironment, _ emergencyDownload: EmergencyDownload,
    channels: [MHIChannelName]
  ) {
    self.name = name
    identity = PCIIdentity(
      vendor: vendor, device: device, revision: 0, classCode: Self.unassignedClass,
      subsystemVendor: card.vendor, subsystem: card.device)
    startEnvironment = environment
    self.emergencyDownload = emergencyDownload
    self.channels = channels.map { Channel(name: $0, environment: Self.environment(of: $0)) }
  }

  /// Modems say that they are of no class.
  private static let unassignedClass: UInt32 = 0xFF_0000

  private static func environment(of channel: MHIChannelName) -> MHIExecutionEnvironment {
    switch channel {
    case .sahara: .secondaryBootLoader
    case .firehose: .flashProgrammer
    default: .missionMode
    }
  }
}
