/// Which elements of 128 bits an instruction computes: the last two letters of its mnemonic.
public enum VectorShape: Sendable {
  /// PS.
  case packedSingle
  /// PD.
  case packedDouble
  /// SS.
  case scalarSingle
  /// SD.
  case scalarDouble

  var format: BinaryFormat {
    switch self {
    case .packedSingle, .scalarSingle: .binary32
    case .packedDouble, .scalarDouble: .binary64
    }
  }

  var count: Int {
    switch self {
    case .packedSingle: 4
    case .packedDouble: 2
    case .scalarSingle, .scalarDouble: 1
    }
  }
}

/// 128 bits of elements of one format, each in the lowest bits of an integer.
struct VectorElements {
  var halves: SIMD2<UInt64>
  private let isDouble: Bool

  init(_ halves: SIMD2<UInt64>, _ shape: VectorShape) {
    self.halves = halves
    isDouble = shape.format.precision == BinaryFormat.binary64.precision
  }

  subscript(index: Int) -> UInt64 {
    get {
      isDouble ? halves[index & 1] : halves[index &>> 1 & 1] &>> Self.shift(index) & 0xFFFF_FFFF
    }
    set {
      guard !isDouble else {
        halves[index & 1] = newValue
        return
      }
      let half = index &>> 1 & 1
      let others = halves[half] & ~(0xFFFF_FFFF &<< Self.shift(index))
      halves[half] = others | (newValue & 0xFFFF_FFFF) &<< Self.shift(index)
    }
  }

  private static func shift(_ index: Int) -> UInt64 { index & 1 == 0 ? 0 : 32 }
}
