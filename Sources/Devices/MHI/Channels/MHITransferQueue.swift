import Bus

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Transfers for the host that wait for its buffers, in order. The room for them is taken when the queue is made.
final class MHITransferQueue {
  /// How many bytes fit, with four for each transfer.
  let capacity: Int

  private let bytes: UnsafeMutableRawPointer
  /// Where the first transfer's length is, and where the next goes.
  private var start = 0
  private var end = 0

  private static let headerSize = MemoryLayout<UInt32>.size

  init(capacity: Int) {
    self.capacity = capacity
    bytes = .allocate(byteCount: capacity, alignment: 8)
  }

  deinit { bytes.deallocate() }

  var isEmpty: Bool { start == end }

  /// Whether a transfer of so many bytes fits.
  func hasRoom(for count: Int) -> Bool { end - start + Self.headerSize + count <= capacity }

  /// Lets a transfer wait; it must fit.
  func append(_ transfer: UnsafeRawBufferPointer) {
    guard let source = transfer.baseAddress, hasRoom(for: transfer.count) else { return }
    if end + Self.headerSize + transfer.count > capacity { moveToFront() }
    bytes.storeBytes(of: UInt32(truncatingIfNeeded: transfer.count), toByteOffset: end, as: UInt32.self)
    (bytes + end + Self.headerSize).copyMemory(from: source, byteCount: transfer.count)
    end += Self.headerSize + transfer.count
  }

  private func moveToFront() {
    memmove(bytes, bytes + start, end - start)
    end -= start
    start = 0
  }

  /// What is left of the transfer that has waited longest; `nil` if none waits.
  var first: UnsafeRawBufferPointer? {
    guard !isEmpty else { return nil }
    let count = Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
    return UnsafeRawBufferPointer(start: bytes + start + Self.headerSize, count: count)
  }

  /// Takes bytes from the front of the first transfer; one of which nothing is left waits no more.
  func consume(_ count: Int) {
    guard let first, count > 0 else { return }
    let left = first.count - min(count, first.count)
    if left == 0 {
      start += Self.headerSize + first.count
      if isEmpty { removeAll() }
    } else {
      // The length moves up to stand before what is left.
      start += first.count - left
      bytes.storeBytes(of: UInt32(truncatingIfNeeded: left), toByteOffset: start, as: UInt32.self)
    }
  }

  func removeAll() {
    start = 0
    end = 0
  }

  // MARK: State

  func save(to writer: inout StateWriter) {
    writer.write([UInt8](UnsafeRawBufferPointer(start: bytes + start, count: end - start)))
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    let saved = try reader.readBytes()
    removeAll()
    var position = 0
    while position < saved.count {
      guard position + Self.headerSize <= saved.count else { throw .invalid }
      let count = saved.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: UInt32.self) }
      let next = position + Self.headerSize + Int(count)
      guard count > 0, next <= saved.count, hasRoom(for: Int(count)) else { throw .invalid }
      saved.withUnsafeBytes {
        append(UnsafeRawBufferPointer(rebasing: $0[position + Self.headerSize..<next]))
      }
      position = next
    }
  }
}
