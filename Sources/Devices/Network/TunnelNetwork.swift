import HostNetwork

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why an interface of the host cannot be the guest's network.
public enum TunnelNetworkError: Error, Equatable, CustomStringConvertible {
  /// The host does not let this user open or make the interface.
  case notPermitted(interface: String)
  /// No interface can have this name.
  case badName(String)
  /// Another program has the interface, or it is one of another kind.
  case notAvailable(interface: String)
  /// The host has no such interfaces.
  case notSupported
  /// Anything else; the number is the host's `errno`.
  case host(interface: String, errno: Int32)

  /// One line that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .notPermitted(let interface):
      "this user must not open the network interface \(interface): make it with"
        + " 'ip tuntap add dev \(interface) mode tun user $USER' as root"
    case .badName(let name): "\(name) is no name of a network interface: names have 1 to 15 characters"
    case .notAvailable(let interface):
      "the network interface \(interface) is in use, or is no tunnel: make one with"
        + " 'ip tuntap add dev \(interface) mode tun'"
    case .notSupported: "this host has no tunnels: load its module tun, or use net=user"
    case .host(let interface, let errno):
      "cannot open the network interface \(interface): \(String(cString: strerror(errno)))"
    }
  }
}

/// A network interface of the host, which sends and receives what the guest receives and sends.
///
/// The host's side has whatever addresses its owner gave it; ``addresses`` is what the guest is told, so that side
/// should be 10.9.0.1/30.
public final class TunnelNetwork: NetworkBackend {
  /// A network of two.
  public let addresses = NetworkAddresses.pointToPoint
  /// See ``NetworkBackend``.
  public var deliver: ((UnsafeRawBufferPointer) -> Bool)?

  private let descriptor: Int32
  private let packet = PacketBuffer(capacity: 65_535)
  /// The length of the packet that was read and that the guest has not taken; zero if there is none. Others wait
  /// in the host's queue.
  private var waitingLength = 0

  /// Between two rounds of the machine the host is asked for so many packets.
  private static let packetsPerPoll = 64

  /// Opens the interface called `interface`, or makes it.
  public init(interface: String) throws(TunnelNetworkError) {
    let result = host_tunnel_open(interface)
    guard result < 0 else {
      descriptor = result
      return
    }
    throw switch -result {
    case EPERM, EACCES: .notPermitted(interface: interface)
    case ENAMETOOLONG: .badName(interface)
    case EBUSY, EINVAL: .notAvailable(interface: interface)
    case ENOENT, ENODEV, ENXIO, ENOSYS: .notSupported
    default: .host(interface: interface, errno: -result)
    }
  }

  deinit { close(descriptor) }

  /// Sends a packet; what the host does not take at once is lost, as on any link.
  public func send(_ packet: UnsafeRawBufferPointer) {
    guard !packet.isEmpty else { return }
    _ = write(descriptor, packet.baseAddress, packet.count)
  }

  /// Hands the guest what has arrived, as long as it has room.
  public func poll() -> Bool {
    var hasDelivered = false
    for _ in 0..<Self.packetsPerPoll {
      if waitingLength == 0 {
        let count = read(descriptor, packet.bytes.baseAddress, packet.bytes.count)
        guard count > 0 else { break }
        waitingLength = count
      }
      guard let deliver, deliver(UnsafeRawBufferPointer(packet.prefix(waitingLength))) else { break }
      waitingLength = 0
      hasDelivered = true
    }
    return hasDelivered
  }

  /// Anything may arrive at any time, unless the guest has to take something first.
  public func prepareToWait(_ wait: inout NetworkWait) {
    wait.watch(descriptor, for: waitingLength == 0 ? Int16(POLLIN) : 0)
  }
}
