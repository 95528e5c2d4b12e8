/// Packets that wait, in memory that is there from the beginning.
final class PacketQueue {
  private let ring: UnsafeMutableRawBufferPointer
  private var start = 0
  /// How many bytes are in use, the packets' lengths included.
  private(set) var usedBytes = 0
  private let packet: PacketBuffer

  private static let lengthSize = 4

  /// A queue for packets of up to `maximumLength` bytes and `capacity` bytes together, with 4 more for each.
  init(capacity: Int, maximumLength: Int) {
    ring = .allocate(byteCount: capacity, alignment: 16)
    packet = PacketBuffer(capacity: maximumLength)
  }

  deinit { ring.deallocate() }

  var isEmpty: Bool { usedBytes == 0 }
  var capacity: Int { ring.count }

  /// Puts a packet behind the others.
  ///
  /// - Returns: whether there was room.
  func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= packet.bytes.count, Self.lengthSize + bytes.count <= ring.count - usedBytes else {
      return false
    }
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: bytes.count).littleEndian) { copyIn($0) }
    copyIn(bytes)
    return true
  }

  /// Takes packets out as long as `take` accepts them; gives the number.
  func drain(_ take: (UnsafeRawBufferPointer) -> Bool) -> Int {
    var count = 0
    while !isEmpty {
      var length: UInt32 = 0
      withUnsafeMutableBytes(of: &length) { copyOut($0, from: start) }
      let bytes = packet.prefix(Int(UInt32(littleEndian: length)))
      copyOut(bytes, from: start + Self.lengthSize)
      guard take(UnsafeRawBufferPointer(bytes)) else { break }
      start = (start + Self.lengthSize + bytes.count) % ring.count
      usedBytes -= Self.lengthSize + bytes.count
      count += 1
    }
    return count
  }

  func removeAll() {
    start = 0
    usedBytes = 0
  }

  private func copyIn(_ bytes: UnsafeRawBufferPointer) {
    let place = (start + usedBytes) % ring.count
    let first = min(bytes.count, ring.count - place)
    UnsafeMutableRawBufferPointer(rebasing: ring[place...])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<first]))
    ring.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[first...]))
    usedBytes += bytes.count
  }

  private func copyOut(_ bytes: UnsafeMutableRawBufferPointer, from position: Int) {
    let place = position % ring.count
    let first = min(bytes.count, ring.count - place)
    bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: ring[place..<place + first]))
    UnsafeMutableRawBufferPointer(rebasing: bytes[first...])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: ring[..<(bytes.count - first)]))
  }
}
