import Bus

/// A source of random bytes (VIRTIO 1.2, 5.4). They come from the machine's seed, so that a run can be repeated.
public final class VirtioEntropy: VirtioDevice {
  /// The type of the device.
  public let type = VirtioDeviceType.entropy
  /// A device that fits no other class.
  public let classCode: UInt32 = 0xFF_00_00
  /// The device has no features of its own.
  public let offeredFeatures: VirtioFeatures = []
  /// One queue, for requests.
  public let queueSizes: [UInt16] = [64]
  /// The device has no configuration.
  public let configuration: [UInt8] = []
  /// What connects the device to its driver.
  public weak var transport: (any VirtioTransport)?

  /// The device may give less than was asked for; it gives at most this much to one chain.
  private static let maximumGrant = 64 << 10

  private let seed: UInt64
  private var generator: SeededGenerator

  /// A source that repeats itself with the same `seed`.
  public init(seed: UInt64) {
    self.seed = seed
    generator = SeededGenerator(seed: seed)
  }

  /// Fills the buffers that the driver made available.
  public func service(_ queue: Virtqueue, index: Int) throws(VirtqueueError) {
    while let chain = try queue.next() {
      let count = Int(min(chain.writableLength, UInt64(Self.maximumGrant)))
      guard count > 0 else { throw .malformedRequest }
      let written = try chain.write(generator.bytes(count), at: 0)
      try queue.complete(chain, written: UInt32(written))
    }
  }

  /// Starts again from the seed.
  public func reset() { generator = SeededGenerator(seed: seed) }

  /// Writes where the generator stands.
  public func save(to writer: inout StateWriter) { generator.save(to: &writer) }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    try generator.restore(from: &reader)
  }
}

/// The generator xoshiro256** by Blackman and Vigna, its state spread from one seed by SplitMix64.
struct SeededGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  init(seed: UInt64) {
    var splitMix = seed
    func next() -> UInt64 {
      splitMix &+= 0x9E37_79B9_7F4A_7C15
      var mixed = splitMix
      mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
      return mixed ^ mixed >> 31
    }
    state = (next(), next(), next(), next())
  }

  mutating func next() -> UInt64 {
    let result = Self.rotateLeft(state.1 &* 5, by: 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = Self.rotateLeft(state.3, by: 45)
    return result
  }

  /// The next `count` bytes; what is left of the last word is dropped.
  mutating func bytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 7)
    while bytes.count < count {
      withUnsafeBytes(of: next().littleEndian) { bytes.append(contentsOf: $0) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  func save(to writer: inout StateWriter) {
    writer.write(state.0)
    writer.write(state.1)
    writer.write(state.2)
    writer.write(state.3)
  }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    state = (try reader.read(), try reader.read(), try reader.read(), try reader.read())
  }

  private static func rotateLeft(_ value: UInt64, by count: UInt64) -> UInt64 {
    value << count | value >> (64 - count)
  }
}
