/// A packet that asks for an answer: IPv4 with an ICMP echo request (RFC 791, RFC 792).
struct EchoRequest {
  private static let headerSize = 20
  private static let messageSize = 8
  private static let echoRequest: UInt8 = 8
  private static let echoReply: UInt8 = 0

  let bytes: [UInt8]

  /// A request from 10.9.0.2 to 10.9.0.1.
  init(sequence: UInt16, payload: Int) {
    let length = Self.headerSize + Self.messageSize + payload
    var header: [UInt8] = [
      0x45, 0, UInt8(length >> 8), UInt8(length & 0xFF), 0, 0, 0x40, 0, 64, 1, 0, 0, 10, 9, 0, 2, 10, 9, 0, 1,
    ]
    Self.putChecksum(into: &header, at: 10)
    var message: [UInt8] = [
      Self.echoRequest, 0, 0, 0, 0x12, 0x34, UInt8(sequence >> 8), UInt8(sequence & 0xFF),
    ]
    for index in 0..<payload { message.append(UInt8(truncatingIfNeeded: index)) }
    Self.putChecksum(into: &message, at: 2)
    bytes = header + message
  }

  /// Whether a packet is the right answer.
  func isAnswered(by packet: [UInt8]) -> Bool {
    guard packet.count == bytes.count, packet[9] == 1, packet[Self.headerSize] == Self.echoReply else {
      return false
    }
    return Self.checksum(packet[..<Self.headerSize]) == 0 && Self.checksum(packet[Self.headerSize...]) == 0
      && packet[12..<16] == bytes[16..<20] && packet[16..<20] == bytes[12..<16]
      && packet[(Self.headerSize + 4)...] == bytes[(Self.headerSize + 4)...]
  }

  private static func putChecksum(into bytes: inout [UInt8], at offset: Int) {
    let sum = checksum(bytes[...])
    bytes[offset] = UInt8(sum >> 8)
    bytes[offset + 1] = UInt8(sum & 0xFF)
  }

  /// RFC 1071; 0 for what holds its own right checksum.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt16 {
    var sum: UInt32 = 0
    var isUpper = true
    for byte in bytes {
      sum += isUpper ? UInt32(byte) << 8 : UInt32(byte)
      isUpper.toggle()
    }
    while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
    return ~UInt16(truncatingIfNeeded: sum)
  }
}
