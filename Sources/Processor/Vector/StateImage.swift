import X86

/// The bytes of a state area while they are composed or examined: FXSAVE's, XSAVE's or the x87 environment.
struct StateImage {
  /// The largest area: the legacy region, the header and the upper halves of YMM.
  static let capacity = 832

  private var words = InlineArray<104, UInt64>(repeating: 0)

  func load<Value: FixedWidthInteger>(_ type: Value.Type = Value.self, at offset: Int) -> Value {
    withUnsafeBytes(of: words) { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
  }

  mutating func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    withUnsafeMutableBytes(of: &words) { $0.storeBytes(of: value, toByteOffset: offset, as: Value.self) }
  }

  /// The 16 bytes at an offset.
  func lane(at offset: Int) -> Lane {
    Lane(load(UInt64.self, at: offset), load(UInt64.self, at: offset + 8))
  }

  mutating func store(_ lane: Lane, at offset: Int) {
    store(lane.low, at: offset)
    store(lane.high, at: offset + 8)
  }

  /// Copies bytes out of the image.
  func copy(_ range: Range<Int>, to destination: UnsafeMutableRawPointer) {
    withUnsafeBytes(of: words) {
      UnsafeMutableRawBufferPointer(start: destination, count: range.count).copyMemory(
        from: .init(rebasing: $0[range]))
    }
  }

  /// Copies bytes into the image.
  mutating func copy(from source: UnsafeRawPointer, to range: Range<Int>) {
    withUnsafeMutableBytes(of: &words) {
      UnsafeMutableRawBufferPointer(rebasing: $0[range])
        .copyMemory(from: UnsafeRawBufferPointer(start: source, count: range.count))
    }
  }
}

extension Core {
  /// The most that ``readable(_:size:_:)`` and ``writeScratch(to:size:_:)`` take at once.
  private static let chunk = 64

  /// Reads a part of an area that begins at a linear address.
  func loadImage(_ range: Range<Int>, at address: UInt64) throws(Fault) -> StateImage {
    var image = StateImage()
    try load(range, at: address, into: &image)
    return image
  }

  /// Reads another part of an area.
  func load(_ range: Range<Int>, at address: UInt64, into image: inout StateImage) throws(Fault) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = min(Self.chunk, range.upperBound - offset)
      let place = address &+ UInt64(offset)
      image.copy(from: try readable(place, size: count, operandPrivilege), to: offset..<offset + count)
      offset += count
    }
  }

  /// Writes a part of an area that begins at a linear address: all of the part or nothing.
  func store(_ image: StateImage, _ range: Range<Int>, at address: UInt64) throws(Fault) {
    try checkWritable(address &+ UInt64(range.lowerBound), size: range.count, operandPrivilege)
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = min(Self.chunk, range.upperBound - offset)
      let place = address &+ UInt64(offset)
      image.copy(offset..<offset + count, to: scratchBytes)
      try writeScratch(to: place, size: count, operandPrivilege)
      offset += count
    }
  }
}
