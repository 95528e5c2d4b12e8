import Bus

/// One request of a driver: buffers that the device may read, and after them buffers that it may write.
public struct DescriptorChain {
  /// A run of guest memory.
  struct Buffer: Equatable {
    let address: UInt64
    let length: UInt32
  }

  /// The descriptor that the chain starts with, by which the driver knows it.
  let head: UInt16
  private(set) var readable: [Buffer] = []
  private(set) var writable: [Buffer] = []
  /// The number of bytes that the device may read.
  public private(set) var readableLength: UInt64 = 0
  /// The number of bytes that the device may write.
  public private(set) var writableLength: UInt64 = 0
  private let memory: BusMaster

  /// No chain may have more bytes than this (VIRTIO 1.2, 2.7.5.2).
  private static let maximumLength: UInt64 = 1 << 32

  init(head: UInt16, memory: BusMaster) {
    self.head = head
    self.memory = memory
  }

  mutating func appendReadable(_ buffer: Buffer) throws(VirtqueueError) {
    guard writable.isEmpty else { throw .readableAfterWritable }
    readable.append(buffer)
    readableLength += UInt64(buffer.length)
    try checkLength()
  }

  mutating func appendWritable(_ buffer: Buffer) throws(VirtqueueError) {
    writable.append(buffer)
    writableLength += UInt64(buffer.length)
    try checkLength()
  }

  private func checkLength() throws(VirtqueueError) {
    guard readableLength + writableLength <= Self.maximumLength else { throw .chainTooLarge }
  }

  /// Copies bytes of the readable part, from `offset` on, into `destination`; returns how many there were.
  public func read(
    at offset: UInt64, into destination: UnsafeMutableRawBufferPointer
  ) throws(VirtqueueError) -> Int {
    try Self.forEachPiece(of: readable, at: offset, count: destination.count) {
      (address, range) throws(VirtqueueError) in
      guard memory.read(address, into: UnsafeMutableRawBufferPointer(rebasing: destination[range])) else {
        throw .unreachable(address: address)
      }
    }
  }

  /// Copies `source` into the writable part, from `offset` on; returns how many bytes there was room for.
  public func write(
    _ source: UnsafeRawBufferPointer, at offset: UInt64
  ) throws(VirtqueueError) -> Int {
    try Self.forEachPiece(of: writable, at: offset, count: source.count) {
      (address, range) throws(VirtqueueError) in
      guard memory.write(address, from: UnsafeRawBufferPointer(rebasing: source[range])) else {
        throw .unreachable(address: address)
      }
    }
  }

  /// The bytes of the readable part from `offset` on, at most `count`.
  public func readBytes(at offset: UInt64, count: Int) throws(VirtqueueError) -> [UInt8] {
    let available = readableLength - min(offset, readableLength)
    var bytes = [UInt8](repeating: 0, count: Int(min(available, UInt64(count))))
    _ = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(VirtqueueError) in
      try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return bytes
  }

  /// Copies `bytes` into the writable part, from `offset` on; returns how many there was room for.
  public func write(_ bytes: [UInt8], at offset: UInt64) throws(VirtqueueError) -> Int {
    try bytes.withUnsafeBufferPointer { (buffer) throws(VirtqueueError) in
      try write(UnsafeRawBufferPointer(buffer), at: offset)
    }
  }

  /// Reads a little-endian number of the readable part; the chain is malformed if it ends before that.
  public func load<Number: FixedWidthInteger>(
    _ offset: UInt64, as type: Number.Type = Number.self
  ) throws(VirtqueueError) -> Number {
    var value: Number = 0
    let count = try withUnsafeMutableBytes(of: &value) { (buffer) throws(VirtqueueError) in
      try read(at: offset, into: buffer)
    }
    guard count == MemoryLayout<Number>.size else { throw .malformedRequest }
    return Number(littleEndian: value)
  }

  /// Goes over the pieces of `buffers` that the bytes `offset` to `offset + count` fall in; `body` gets the guest's
  /// address and the place in those bytes. Returns how many bytes there were.
  private static func forEachPiece(
    of buffers: [Buffer], at offset: UInt64, count: Int,
    _ body: (_ address: UInt64, _ range: Range<Int>) throws(VirtqueueError) -> Void
  ) throws(VirtqueueError) -> Int {
    var skip = offset
    var done = 0
    for buffer in buffers {
      let length = UInt64(buffer.length)
      guard skip < length else {
        skip -= length
        continue
      }
      guard done < count else { break }
      let piece = Int(min(length - skip, UInt64(count - done)))
      try body(buffer.address &+ skip, done..<done + piece)
      done += piece
      skip = 0
    }
    return done
  }
}
