import Devices

/// The other end of the modem's network: a peer that answers, and that asks by itself if it is told to.
final class ModemPeer: NetworkBackend {
  private let loopback = LoopbackPeer()
  /// The packets from the guest that are no requests.
  private(set) var answers: [[UInt8]] = []

  var addresses: NetworkAddresses { loopback.addresses }
  var deliver: ((UnsafeRawBufferPointer) -> Bool)? {
    get { loopback.deliver }
    set { loopback.deliver = newValue }
  }

  func send(_ packet: UnsafeRawBufferPointer) {
    // RFC 792: protocol 1 of IPv4, type 0 in the first fragment; later ones have an offset.
    let isAnswer =
      packet.count > 20 && packet[9] == 1 && (packet[20] == 0 || packet[6] & 0x1F != 0 || packet[7] != 0)
    if isAnswer { answers.append(Array(packet)) } else { loopback.send(packet) }
  }

  func poll() -> Bool { loopback.poll() }
  func prepareToWait(_ wait: inout NetworkWait) { loopback.prepareToWait(&wait) }

  // MARK: A packet that is longer than buffers

  /// The bytes of the long echo request behind its header.
  static let longPayload = (0..<2972).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }

  /// Sends 3000 bytes from 10.9.0.1 to 10.9.0.2 in one packet.
  func sendLongEchoRequest() {
    var packet: [UInt8] = [
      0x45, 0, 0x0B, 0xB8, 0x12, 0x34, 0, 0, 64, 1, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2,
      8, 0, 0, 0, 0x56, 0x78, 0, 1,
    ]
    packet += Self.longPayload
    Self.setChecksum(of: 0..<20, at: 10, in: &packet)
    Self.setChecksum(of: 20..<packet.count, at: 22, in: &packet)
    packet.withUnsafeBytes { _ = deliver?($0) }
  }

  /// What the guest sent back of it, put together from its fragments.
  var returnedPayload: [UInt8] {
    answers.sorted { Self.offset(of: $0) < Self.offset(of: $1) }.flatMap { $0.dropFirst(20) }.dropFirst(8)
      .map(\.self)
  }

  private static func offset(of packet: [UInt8]) -> Int {
    (Int(packet[6]) << 8 | Int(packet[7])) & 0x1FFF
  }

  /// RFC 1071.
  private static func setChecksum(of range: Range<Int>, at place: Int, in packet: inout [UInt8]) {
    var sum = 0
    for index in range { sum += Int(packet[index]) << (index & 1 == 0 ? 8 : 0) }
    while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
    packet[place] = UInt8(truncatingIfNeeded: ~sum >> 8)
    packet[place + 1] = UInt8(truncatingIfNeeded: ~sum)
  }
}
