import X86

/// Multiplication of packed integers.
func vectorMultiplicationHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .pmullw, .vpmullw:
    return { interpretLanes($0, $1) { Lane($0.words &* $1.words) } }
  case .pmulld, .vpmulld:
    return { interpretLanes($0, $1) { Lane($0.doublewords &* $1.doublewords) } }
  case .pmulhw, .vpmulhw:
    return { interpretLanes($0, $1) { Lane.highProducts($0.signedWords, $1.signedWords) } }
  case .pmulhuw, .vpmulhuw:
    return { interpretLanes($0, $1) { Lane.highProducts($0.words, $1.words) } }
  case .pmulhrsw, .vpmulhrsw:
    return { interpretLanes($0, $1) { Lane.roundedHighProducts($0.signedWords, $1.signedWords) } }
  case .pmuludq, .vpmuludq:
    return {
      interpretLanes($0, $1) {
        Lane(
          ($0.low & 0xFFFF_FFFF) &* ($1.low & 0xFFFF_FFFF),
          ($0.high & 0xFFFF_FFFF) &* ($1.high & 0xFFFF_FFFF))
      }
    }
  case .pmuldq, .vpmuldq:
    return { interpretLanes($0, $1) { Lane.signedProducts($0.signedDoublewords, $1.signedDoublewords) } }
  case .pmaddwd, .vpmaddwd:
    return { interpretLanes($0, $1) { Lane.sumsOfProducts($0.signedWords, $1.signedWords) } }
  case .pmaddubsw, .vpmaddubsw:
    return { interpretLanes($0, $1) { Lane.saturatedSumsOfProducts($0.bytes, $1.signedBytes) } }
  default:
    return nil
  }
}

extension Lane {
  /// The upper halves of the products.
  @inline(__always)
  fileprivate static func highProducts<Elements: SIMD>(_ left: Elements, _ right: Elements) -> Lane
  where Elements.Scalar: FixedWidthInteger {
    let products: Elements = map(left, right) { $0.multipliedFullWidth(by: $1).high }
    return Lane(products)
  }

  /// PMULHRSW: bits 15 to 30 of the products, rounded.
  @inline(__always)
  fileprivate static func roundedHighProducts(_ left: SIMD8<Int16>, _ right: SIMD8<Int16>) -> Lane {
    let products: SIMD8<Int16> = map(left, right) {
      Int16(truncatingIfNeeded: ((Int32($0) &* Int32($1)) >> 14 &+ 1) >> 1)
    }
    return Lane(products)
  }

  /// PMULDQ: the products of the even elements.
  @inline(__always)
  fileprivate static func signedProducts(_ left: SIMD4<Int32>, _ right: SIMD4<Int32>) -> Lane {
    Lane(SIMD2<Int64>(Int64(left[0]) &* Int64(right[0]), Int64(left[2]) &* Int64(right[2])))
  }

  /// PMADDWD: sums of neighbouring products.
  @inline(__always)
  fileprivate static func sumsOfProducts(_ left: SIMD8<Int16>, _ right: SIMD8<Int16>) -> Lane {
    var sums = SIMD4<Int32>()
    for index in 0..<4 {
      sums[index] =
        Int32(left[2 * index]) &* Int32(right[2 * index])
        &+ Int32(left[2 * index + 1]) &* Int32(right[2 * index + 1])
    }
    return Lane(sums)
  }

  /// PMADDUBSW: saturated sums of neighbouring products of unsigned and signed bytes.
  @inline(__always)
  fileprivate static func saturatedSumsOfProducts(_ left: SIMD16<UInt8>, _ right: SIMD16<Int8>) -> Lane {
    var sums = SIMD8<Int16>()
    for index in 0..<8 {
      let sum =
        Int32(left[2 * index]) &* Int32(right[2 * index])
        &+ Int32(left[2 * index + 1]) &* Int32(right[2 * index + 1])
      sums[index] = Int16(clamping: sum)
    }
    return Lane(sums)
  }
}
