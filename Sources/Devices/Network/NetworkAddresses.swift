/// What a guest has to configure to reach a network.
public struct NetworkAddresses: Equatable, Sendable {
  /// The guest's own address.
  public let guest: IPv4Address
  /// How many leading bits of ``guest`` name the network; 0 to 32.
  public let prefixLength: Int
  /// Where packets to others go.
  public let gateway: IPv4Address
  /// Who knows names, if anybody does.
  public let nameServer: IPv4Address?

  /// The mask with ``prefixLength`` leading ones.
  public var mask: IPv4Address {
    IPv4Address(bits: UInt32(truncatingIfNeeded: UInt64(0xFFFF_FFFF) << UInt64(32 - prefixLength)))
  }

  /// A network of two: the guest and a peer.
  public static let pointToPoint = NetworkAddresses(
    guest: IPv4Address(10, 9, 0, 2), prefixLength: 30, gateway: IPv4Address(10, 9, 0, 1), nameServer: nil)
}

/// An address of the Internet Protocol, version 4.
public struct IPv4Address: Equatable, Sendable, CustomStringConvertible {
  /// The four bytes; the first is the most significant.
  public let bits: UInt32

  /// An address by its number.
  public init(bits: UInt32) { self.bits = bits }

  /// An address by its four bytes.
  public init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
    bits = UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
  }

  /// The four bytes in the order of the network.
  public var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: bits >> UInt32(24 - 8 * $0)) } }

  /// The four bytes as decimals between points.
  public var description: String { bytes.map { String($0) }.joined(separator: ".") }
}
