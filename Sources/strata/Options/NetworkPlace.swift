import ArgumentParser
import Devices

/// Where the packets of a guest go.
enum NetworkPlace: Equatable {
  /// To a peer in the machine that answers pings.
  case loopback
  /// To a network interface of the host.
  case tunnel(interface: String)
  /// To a network of the guest's own, whose connections the host makes in its own name.
  case user
}

extension NetworkPlace: CustomStringConvertible {
  /// Reads `loopback`, `tap:NAME` or `user`.
  init(_ argument: String) throws(ValidationError) {
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    switch (parts[0], parts.count == 2 ? String(parts[1]) : nil) {
    case ("loopback", nil): self = .loopback
    case ("user", nil): self = .user
    case ("tap", .some(let interface)) where !interface.isEmpty: self = .tunnel(interface: interface)
    default: throw ValidationError("write loopback, tap:NAME or user")
    }
  }

  /// The place as the option takes it.
  var description: String {
    switch self {
    case .loopback: "loopback"
    case .tunnel(let interface): "tap:" + interface
    case .user: "user"
    }
  }
}

extension NetworkPlace {
  /// Opens what of the host is needed; packets have up to `maximumTransmissionUnit` bytes where that is a choice.
  func open(maximumTransmissionUnit: Int) throws(CommandError) -> any NetworkBackend {
    switch self {
    case .loopback: return LoopbackPeer()
    case .tunnel(let interface):
      do throws(TunnelNetworkError) {
        return try TunnelNetwork(interface: interface)
      } catch {
        throw CommandError(error.description, SystemExit.unavailable)
      }
    case .user:
      do throws(UserNetworkError) {
        return try UserNetwork(maximumTransmissionUnit: maximumTransmissionUnit)
      } catch {
        throw CommandError(error.description, SystemExit.unavailable)
      }
    }
  }
}
