/// The wire between raw IP and a peer that talks Ethernet (RFC 894) and asks for addresses by ARP (RFC 826).
struct EthernetShim {
  /// Bytes before the packet: two stations and the type.
  static let headerLength = 14

  private enum FrameType {
    static let version4: UInt16 = 0x0800
    static let addressResolution: UInt16 = 0x0806
    static let version6: UInt16 = 0x86DD
  }

  /// Where what is in a message of ARP is, from the frame's start.
  private enum AddressResolution {
    static let operation = 20
    static let senderStation = 22
    static let senderAddress = 28
    static let targetStation = 32
    static let targetAddress = 38
    static let end = 42
    static let request: UInt16 = 1
    static let reply: UInt16 = 2
    /// Ethernet and IPv4 with addresses of 6 and 4 bytes.
    static let kinds: [UInt8] = [0, 1, 0x08, 0, 6, 4]
  }

  /// Addresses that nobody else has: locally administered.
  private static let guest: [UInt8] = [0x52, 0x55, 0x0A, 0, 2, 15]
  private static let gateway: [UInt8] = [0x52, 0x55, 0x0A, 0, 2, 2]

  /// The address that the peer has asked for and the peer's own, as they were in memory.
  struct Question {
    fileprivate let wanted: UInt32
    fileprivate let asker: UInt32
  }

  private var question: Question?

  /// Puts a packet into a frame; what is no IP packet is dropped.
  static func wrap(
    _ packet: UnsafeRawBufferPointer, in buffer: PacketBuffer, _ use: (UnsafeRawBufferPointer) -> Void
  ) {
    guard headerLength + packet.count <= buffer.bytes.count else { return }
    let type: UInt16
    switch InternetProtocol.version(of: packet) {
    case 4: type = FrameType.version4
    case 6: type = FrameType.version6
    default: return
    }
    let frame = buffer.prefix(headerLength + packet.count)
    setHeader(of: frame, type: type)
    UnsafeMutableRawBufferPointer(rebasing: frame[headerLength...]).copyMemory(from: packet)
    use(UnsafeRawBufferPointer(frame))
  }

  /// The IP packet in a frame, if there is one. A question is kept, to be answered later.
  mutating func unwrap(_ frame: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard frame.count > Self.headerLength else { return nil }
    switch frame.networkWord(at: Self.headerLength - 2) {
    case FrameType.version4, FrameType.version6:
      return UnsafeRawBufferPointer(rebasing: frame[Self.headerLength...])
    case FrameType.addressResolution:
      guard frame.count >= AddressResolution.end,
        frame.networkWord(at: AddressResolution.operation) == AddressResolution.request
      else { return nil }
      question = Question(
        wanted: frame.loadUnaligned(fromByteOffset: AddressResolution.targetAddress, as: UInt32.self),
        asker: frame.loadUnaligned(fromByteOffset: AddressResolution.senderAddress, as: UInt32.self))
      return nil
    default: return nil
    }
  }

  /// The last question, once.
  mutating func takeQuestion() -> Question? {
    defer { question = nil }
    return question
  }

  /// Tells the peer the guest's station before it asks.
  static func announce(
    _ address: IPv4Address, in buffer: PacketBuffer, _ use: (UnsafeRawBufferPointer) -> Void
  ) {
    let bits = address.bits.bigEndian
    resolve(AddressResolution.request, sender: bits, target: bits, in: buffer, use)
  }

  /// Answers a question: whatever address it is for, the guest has it.
  static func answer(
    _ question: Question, in buffer: PacketBuffer, _ use: (UnsafeRawBufferPointer) -> Void
  ) {
    resolve(AddressResolution.reply, sender: question.wanted, target: question.asker, in: buffer, use)
  }

  /// Makes a message of ARP; the addresses are as they are in memory.
  private static func resolve(
    _ operation: UInt16, sender: UInt32, target: UInt32, in buffer: PacketBuffer,
    _ use: (UnsafeRawBufferPointer) -> Void
  ) {
    let frame = buffer.prefix(AddressResolution.end)
    setHeader(of: frame, type: FrameType.addressResolution)
    frame.set(AddressResolution.kinds, at: headerLength)
    frame.setNetworkWord(operation, at: AddressResolution.operation)
    frame.set(guest, at: AddressResolution.senderStation)
    frame.storeBytes(of: sender, toByteOffset: AddressResolution.senderAddress, as: UInt32.self)
    frame.set(gateway, at: AddressResolution.targetStation)
    frame.storeBytes(of: target, toByteOffset: AddressResolution.targetAddress, as: UInt32.self)
    use(UnsafeRawBufferPointer(frame))
  }

  private static func setHeader(of frame: UnsafeMutableRawBufferPointer, type: UInt16) {
    frame.set(gateway, at: 0)
    frame.set(guest, at: gateway.count)
    frame.setNetworkWord(type, at: headerLength - 2)
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Puts bytes at `offset`; there must be room.
  fileprivate func set(_ bytes: [UInt8], at offset: Int) {
    for (index, byte) in bytes.enumerated() { self[offset + index] = byte }
  }
}
