import Bus
import Processor

/// A number that stands for everything in a machine that a guest could notice.
///
/// Two runs that were given the same end with the same hash. It tells runs apart that differ by accident, not
/// those that somebody made alike on purpose: it is no cryptographic hash.
public struct StateHash: Equatable, Sendable, CustomStringConvertible {
  /// The number.
  public private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The number in sixteen hexadecimal digits.
  public var description: String { Hexadecimal.padded(value, digits: 16) }

  /// Takes a number into account. Multiplication by an odd constant and folding the product let every bit of
  /// the input reach every bit of the hash after two steps.
  @inline(__always)
  mutating func combine(_ number: UInt64) {
    let product = (value ^ number).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    value = product.low ^ product.high &+ number
  }

  mutating func combine(_ bytes: [UInt8]) {
    combine(UInt64(bytes.count))
    bytes.withUnsafeBytes { combine($0) }
  }

  /// Takes bytes into account, eight at a time; zeros follow those at the end.
  mutating func combine(_ bytes: UnsafeRawBufferPointer) {
    let wordCount = bytes.count / 8
    for word in 0..<wordCount {
      combine(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)))
    }
    guard wordCount * 8 < bytes.count else { return }
    var rest: UInt64 = 0
    for byte in bytes[(wordCount * 8)...].reversed() { rest = rest << 8 | UInt64(byte) }
    combine(rest)
  }
}

extension Machine {
  /// The hash of RAM, of every device and of every processor, between two rounds of turns.
  ///
  /// The contents of disks are not a part of it.
  public func stateHash() -> StateHash {
    var hash = StateHash()
    hash.combine(clock.nanoseconds)
    var writer = StateWriter()
    for processor in processors { processor.save(to: &writer) }
    board.save(to: &writer)
    hyperV?.save(to: &writer)
    hash.combine(writer.bytes)
    combineMemory(into: &hash)
    return hash
  }

  /// Pages of zeros count for nothing, whether the guest wrote the zeros or never touched the page.
  private func combineMemory(into hash: inout StateHash) {
    hash.combine(memory.size)
    let touched = TouchedPages(of: memory)
    let pageSize = GuestMemory.pageSize
    for page in 0..<Int(memory.size) / pageSize where touched.mayContain(page) {
      let bytes = UnsafeRawBufferPointer(start: memory.base + page * pageSize, count: pageSize)
      guard !Self.isZero(bytes) else { continue }
      hash.combine(UInt64(page))
      hash.combine(bytes)
    }
  }

  private static func isZero(_ page: UnsafeRawBufferPointer) -> Bool {
    for offset in stride(from: 0, to: page.count, by: 64) {
      var bits: UInt64 = 0
      for word in 0..<8 { bits |= page.load(fromByteOffset: offset + word * 8, as: UInt64.self) }
      if bits != 0 { return false }
    }
    return true
  }
}
