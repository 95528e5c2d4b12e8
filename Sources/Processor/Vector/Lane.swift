/// 128 bits: an XMM register, half of a YMM register, or an MMX register below eight bytes without meaning.
///
/// Almost all packed instructions treat each 128 bits alike, so they are written once, on this.
struct Lane: Equatable {
  /// The lower half in element 0.
  var halves: SIMD2<UInt64>

  @inline(__always)
  init(_ low: UInt64 = 0, _ high: UInt64 = 0) { halves = SIMD2(low, high) }

  /// The bits of 16 bytes of elements, or of the result of a comparison: all ones where it holds.
  @inline(__always)
  init<Elements: SIMD>(_ elements: Elements) { halves = unsafeBitCast(elements, to: SIMD2<UInt64>.self) }

  /// Loads 16 bytes, which need no alignment.
  @inline(__always)
  init(at address: UnsafeRawPointer) { halves = address.loadUnaligned(as: SIMD2<UInt64>.self) }

  @inline(__always)
  var low: UInt64 {
    get { halves.x }
    set { halves.x = newValue }
  }

  @inline(__always)
  var high: UInt64 {
    get { halves.y }
    set { halves.y = newValue }
  }

  @inline(__always)
  var bytes: SIMD16<UInt8> {
    get { unsafeBitCast(halves, to: SIMD16<UInt8>.self) }
    set { self = Lane(newValue) }
  }

  @inline(__always)
  var words: SIMD8<UInt16> {
    get { unsafeBitCast(halves, to: SIMD8<UInt16>.self) }
    set { self = Lane(newValue) }
  }

  @inline(__always)
  var doublewords: SIMD4<UInt32> {
    get { unsafeBitCast(halves, to: SIMD4<UInt32>.self) }
    set { self = Lane(newValue) }
  }

  @inline(__always)
  var signedBytes: SIMD16<Int8> { unsafeBitCast(halves, to: SIMD16<Int8>.self) }
  @inline(__always)
  var signedWords: SIMD8<Int16> { unsafeBitCast(halves, to: SIMD8<Int16>.self) }
  @inline(__always)
  var signedDoublewords: SIMD4<Int32> { unsafeBitCast(halves, to: SIMD4<Int32>.self) }
  @inline(__always)
  var signedHalves: SIMD2<Int64> { unsafeBitCast(halves, to: SIMD2<Int64>.self) }

  /// Stores 16 bytes, which need no alignment.
  @inline(__always)
  func store(at address: UnsafeMutableRawPointer) {
    address.storeBytes(of: halves, as: SIMD2<UInt64>.self)
  }

  /// Element by element.
  @inline(__always)
  static func map<Elements: SIMD, Results: SIMD>(
    _ left: Elements, _ right: Elements, _ body: (Elements.Scalar, Elements.Scalar) -> Results.Scalar
  ) -> Results {
    var results = Results()
    for index in 0..<min(Elements.scalarCount, Results.scalarCount) {
      results[index] = body(left[index], right[index])
    }
    return results
  }

  // MARK: Bits

  @inline(__always)
  static func & (left: Lane, right: Lane) -> Lane { Lane(left.halves & right.halves) }
  @inline(__always)
  static func | (left: Lane, right: Lane) -> Lane { Lane(left.halves | right.halves) }
  @inline(__always)
  static func ^ (left: Lane, right: Lane) -> Lane { Lane(left.halves ^ right.halves) }
  @inline(__always)
  static prefix func ~ (lane: Lane) -> Lane { Lane(~lane.halves) }

  /// Bits of `first` where `mask` has ones, and of `second` where it has zeros.
  @inline(__always)
  static func select(_ mask: Lane, _ first: Lane, _ second: Lane) -> Lane { second ^ (first ^ second) & mask }
}
