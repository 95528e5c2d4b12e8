import Bus

/// What the host loaded.
public struct MHILoadedImage: Equatable, Sendable {
  /// The bytes.
  public internal(set) var size: UInt64 = 0
  /// Their FNV-1a hash of 64 bits, by which a test sees that every byte arrived.
  public internal(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  private static let prime: UInt64 = 0x100_0000_01B3

  /// Nothing yet.
  public init() {}

  /// Adds bytes that follow.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    var hash = hash
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* Self.prime }
    self.hash = hash
    size &+= UInt64(bytes.count)
  }

  func save(to writer: inout StateWriter) {
    writer.write(size)
    writer.write(hash)
  }

  init(from reader: inout StateReader) throws(StateError) {
    size = try reader.read()
    hash = try reader.read()
  }
}
