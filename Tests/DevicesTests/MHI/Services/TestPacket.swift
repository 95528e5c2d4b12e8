/// Packets as a guest makes them.
enum TestPacket {
  /// A message that asks for an echo (RFC 792).
  static func echoRequest(_ payload: [UInt8]) -> [UInt8] {
    var message: [UInt8] = [8, 0, 0, 0, 0x12, 0x34, 0, 7] + payload
    let checksum = ~sum(message[...])
    message[2] = UInt8(checksum >> 8)
    message[3] = UInt8(checksum & 0xFF)
    return message
  }

  /// An echo request from 10.9.0.2.
  static func ping(
    _ payload: [UInt8], to destination: [UInt8] = [10, 9, 0, 1], fragmentation: UInt16 = 0
  ) -> [UInt8] {
    version4(
      protocolNumber: 1, payload: echoRequest(payload), to: destination, fragmentation: fragmentation)
  }

  /// A packet from 10.9.0.2 (RFC 791).
  static func version4(
    protocolNumber: UInt8, payload: [UInt8], from source: [UInt8] = [10, 9, 0, 2],
    to destination: [UInt8] = [10, 9, 0, 1], fragmentation: UInt16 = 0
  ) -> [UInt8] {
    let length = 20 + payload.count
    var header: [UInt8] = [0x45, 0, UInt8(length >> 8), UInt8(length & 0xFF), 0, 1]
    header += [UInt8(fragmentation >> 8), UInt8(fragmentation & 0xFF), 64, protocolNumber, 0, 0]
    header += source + destination
    let checksum = ~sum(header[...])
    header[10] = UInt8(checksum >> 8)
    header[11] = UInt8(checksum & 0xFF)
    return header + payload
  }

  /// The sum of all words with the carries put back (RFC 1071); all ones if a right checksum is among them.
  static func sum(_ bytes: ArraySlice<UInt8>) -> UInt16 {
    var sum = 0
    for (index, byte) in bytes.enumerated() { sum += index.isMultiple(of: 2) ? Int(byte) << 8 : Int(byte) }
    while sum > 0xFFFF { sum = (sum & 0xFFFF) + (sum >> 16) }
    return UInt16(sum)
  }
}
