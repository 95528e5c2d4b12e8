/// A peer at the other end of the wire, for whom all addresses are its own: it answers echo requests of ICMP,
/// of IPv4 and IPv6, and sends back what comes to UDP's echo port. It is part of the machine and needs no host.
public final class LoopbackPeer: NetworkBackend {
  private typealias Version4 = InternetProtocol.Version4
  private typealias Version6 = InternetProtocol.Version6
  private typealias Echo = InternetProtocol.Echo
  private typealias UDP = InternetProtocol.UDP

  /// The largest packet that there can be.
  private static let capacity = 65_535 + Version6.headerLength

  /// A network of two.
  public let addresses = NetworkAddresses.pointToPoint
  /// See ``NetworkBackend``.
  public var deliver: ((UnsafeRawBufferPointer) -> Bool)?

  private let answer = PacketBuffer(capacity: LoopbackPeer.capacity)

  /// A peer that answers by ``deliver``.
  public init() {}

  /// Answers a packet at once, or drops it.
  public func send(_ packet: UnsafeRawBufferPointer) {
    let length =
      switch InternetProtocol.version(of: packet) {
      case 4: answerVersion4(packet)
      case 6: answerVersion6(packet)
      default: 0
      }
    guard length > 0 else { return }
    _ = deliver?(UnsafeRawBufferPointer(answer.prefix(length)))
  }

  /// There is no host to look at.
  public func poll() -> Bool { false }

  /// There is no host to wait for.
  public func prepareToWait(_ wait: inout NetworkWait) {}

  // MARK: Answers

  /// - Returns: the length of the answer; zero if there is none.
  private func answerVersion4(_ packet: UnsafeRawBufferPointer) -> Int {
    guard packet.count >= Version4.minimumHeaderLength else { return 0 }
    let headerLength = Int(packet[0] & 0xF) * 4
    let length = Int(packet.networkWord(at: Version4.totalLength))
    guard headerLength >= Version4.minimumHeaderLength, length >= headerLength, length <= packet.count,
      Self.checksum(UnsafeRawBufferPointer(rebasing: packet[..<headerLength])) == 0
    else { return 0 }
    // Fragments are not put together: the guest's interface takes the largest packets whole.
    let fragment = packet.networkWord(at: Version4.fragmentation)
    guard fragment & (Version4.moreFragments | Version4.fragmentOffset) == 0 else { return 0 }
    let destination = packet[Version4.destination..<Version4.destination + 4]
    // Multicasts and broadcasts are for nobody here.
    guard destination[Version4.destination] < 224 else { return 0 }

    let reply = answer.prefix(length)
    reply.copyMemory(from: UnsafeRawBufferPointer(rebasing: packet[..<length]))
    Self.exchange(reply, Version4.source, Version4.destination, count: 4)
    reply[Version4.timeToLive] = 64
    reply.setNetworkWord(0, at: Version4.checksum)
    reply.setNetworkWord(
      Self.checksum(UnsafeRawBufferPointer(rebasing: reply[..<headerLength])), at: Version4.checksum)
    let payload = UnsafeMutableRawBufferPointer(rebasing: reply[headerLength...])
    switch packet[Version4.protocolNumber] {
    case InternetProtocol.Number.icmp:
      guard Self.checksum(UnsafeRawBufferPointer(payload)) == 0 else { return 0 }
      return Self.turnEcho(payload, from: Echo.request, to: Echo.reply) ? length : 0
    case InternetProtocol.Number.udp:
      return Self.turnDatagram(payload) ? length : 0
    default: return 0
    }
  }

  /// - Returns: the length of the answer; zero if there is none.
  private func answerVersion6(_ packet: UnsafeRawBufferPointer) -> Int {
    guard packet.count >= Version6.headerLength else { return 0 }
    let length = Version6.headerLength + Int(packet.networkWord(at: Version6.payloadLength))
    guard length <= packet.count, packet[Version6.destination] != 0xFF else { return 0 }
    let reply = answer.prefix(length)
    reply.copyMemory(from: UnsafeRawBufferPointer(rebasing: packet[..<length]))
    Self.exchange(reply, Version6.source, Version6.destination, count: Version6.addressLength)
    reply[Version6.hopLimit] = 64
    let payload = UnsafeMutableRawBufferPointer(rebasing: reply[Version6.headerLength...])
    switch packet[Version6.nextHeader] {
    case InternetProtocol.Number.icmpVersion6:
      // The checksum covers the addresses and the length, too (RFC 8200, 8.1).
      var sum = InternetChecksum()
      sum.add(UnsafeRawBufferPointer(rebasing: reply[Version6.source..<Version6.headerLength]))
      sum.add(UInt16(truncatingIfNeeded: payload.count))
      sum.add(UInt16(InternetProtocol.Number.icmpVersion6))
      sum.add(UnsafeRawBufferPointer(payload))
      guard sum.value == 0 else { return 0 }
      return Self.turnEcho(payload, from: Echo.requestVersion6, to: Echo.replyVersion6) ? length : 0
    case InternetProtocol.Number.udp: return Self.turnDatagram(payload) ? length : 0
    default: return 0
    }
  }

  /// Makes a request its answer; the change of the type changes the checksum by as much (RFC 1624).
  private static func turnEcho(
    _ message: UnsafeMutableRawBufferPointer, from request: UInt8, to reply: UInt8
  ) -> Bool {
    guard message.count >= Echo.headerLength, message[0] == request, message[1] == 0 else { return false }
    let old = UnsafeRawBufferPointer(message).networkWord(at: Echo.checksum)
    message[0] = reply
    var sum = InternetChecksum()
    sum.add(~old)
    sum.add(~(UInt16(request) << 8))
    sum.add(UInt16(reply) << 8)
    message.setNetworkWord(sum.value, at: Echo.checksum)
    return true
  }

  /// Exchanges the ports, which leaves the checksum as it is.
  private static func turnDatagram(_ datagram: UnsafeMutableRawBufferPointer) -> Bool {
    let bytes = UnsafeRawBufferPointer(datagram)
    guard datagram.count >= UDP.headerLength, Int(bytes.networkWord(at: UDP.length)) <= datagram.count,
      bytes.networkWord(at: UDP.destinationPort) == UDP.echoPort,
      // Two that send everything back would never end.
      bytes.networkWord(at: UDP.sourcePort) != UDP.echoPort
    else { return false }
    exchange(datagram, UDP.sourcePort, UDP.destinationPort, count: 2)
    return true
  }

  private static func exchange(
    _ bytes: UnsafeMutableRawBufferPointer, _ first: Int, _ second: Int, count: Int
  ) {
    for index in 0..<count { bytes.swapAt(first + index, second + index) }
  }

  private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt16 {
    var sum = InternetChecksum()
    sum.add(bytes)
    return sum.value
  }
}
