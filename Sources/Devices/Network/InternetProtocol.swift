/// Packets as they are on the wire: RFC 791 and RFC 8200, with what this module looks at of the protocols above.
enum InternetProtocol {
  /// Numbers of the protocols above (IANA, Protocol Numbers).
  enum Number {
    static let icmp: UInt8 = 1
    static let udp: UInt8 = 17
    static let icmpVersion6: UInt8 = 58
  }

  /// The version in a packet's first byte; zero for an empty packet.
  static func version(of packet: UnsafeRawBufferPointer) -> UInt8 { (packet.first ?? 0) >> 4 }

  /// The header of IPv4 (RFC 791, 3.1).
  enum Version4 {
    static let minimumHeaderLength = 20
    static let totalLength = 2
    static let fragmentation = 6
    static let timeToLive = 8
    static let protocolNumber = 9
    static let checksum = 10
    static let source = 12
    static let destination = 16
    /// Set while fragments follow.
    static let moreFragments: UInt16 = 0x2000
    /// Where a fragment belongs, in units of 8 bytes.
    static let fragmentOffset: UInt16 = 0x1FFF
  }

  /// The header of IPv6 (RFC 8200, 3).
  enum Version6 {
    static let headerLength = 40
    static let payloadLength = 4
    static let nextHeader = 6
    static let hopLimit = 7
    static let source = 8
    static let destination = 24
    static let addressLength = 16
  }

  /// Messages that ask for an echo, and the answers (RFC 792, RFC 4443 4.1).
  enum Echo {
    static let headerLength = 8
    static let checksum = 2
    static let request: UInt8 = 8
    static let reply: UInt8 = 0
    static let requestVersion6: UInt8 = 128
    static let replyVersion6: UInt8 = 129
  }

  /// The header of UDP (RFC 768).
  enum UDP {
    static let headerLength = 8
    static let sourcePort = 0
    static let destinationPort = 2
    static let length = 4
    static let checksum = 6
    /// Where everything that arrives is sent back (RFC 862).
    static let echoPort: UInt16 = 7
  }
}

extension UnsafeRawBufferPointer {
  /// The number of two bytes at `offset` in the order of the network; the bytes must be there.
  func networkWord(at offset: Int) -> UInt16 { UInt16(self[offset]) << 8 | UInt16(self[offset + 1]) }
}

extension UnsafeMutableRawBufferPointer {
  /// Puts a number of two bytes at `offset`, in the order of the network; there must be room.
  func setNetworkWord(_ value: UInt16, at offset: Int) {
    self[offset] = UInt8(truncatingIfNeeded: value >> 8)
    self[offset + 1] = UInt8(truncatingIfNeeded: value)
  }
}
