import X86

/// Arithmetic on packed integers.
func vectorArithmeticHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .paddb, .vpaddb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane($0.bytes &+ $1.bytes) }
      }
    }
  case .paddw, .vpaddw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane($0.words &+ $1.words) }
      }
    }
  case .paddd, .vpaddd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane($0.doublewords &+ $1.doublewords) }
      }
    }
  case .paddq, .vpaddq:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane($0.halves &+ $1.halves) }
      }
    }
  case .psubb, .vpsubb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane($0.bytes &- $1.bytes) }
      }
    }
  case .psubw, .vpsubw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane($0.words &- $1.words) }
      }
    }
  case .psubd, .vpsubd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane($0.doublewords &- $1.doublewords) }
      }
    }
  case .psubq, .vpsubq:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane($0.halves &- $1.halves) }
      }
    }
  case .pabsb, .vpabsb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedUnary(instruction) { $0.signedBytes.magnitudes }
      }
    }
  case .pabsw, .vpabsw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedUnary(instruction) { $0.signedWords.magnitudes }
      }
    }
  case .pabsd, .vpabsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedUnary(instruction) { $0.signedDoublewords.magnitudes }
      }
    }
  case .psignb, .vpsignb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.applySigns($0.signedBytes, of: $1.signedBytes) }
      }
    }
  case .psignw, .vpsignw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.applySigns($0.signedWords, of: $1.signedWords) }
      }
    }
  case .psignd, .vpsignd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.applySigns($0.signedDoublewords, of: $1.signedDoublewords) }
      }
    }
  default:
    return saturatingHandler(for: operation)
  }
}

private func saturatingHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .paddsb, .vpaddsb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.saturatingAddition($0.signedBytes, $1.signedBytes) }
      }
    }
  case .paddsw, .vpaddsw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.saturatingAddition($0.signedWords, $1.signedWords) }
      }
    }
  case .paddusb, .vpaddusb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.saturatingAddition($0.bytes, $1.bytes) }
      }
    }
  case .paddusw, .vpaddusw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.saturatingAddition($0.words, $1.words) }
      }
    }
  case .psubsb, .vpsubsb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.saturatingSubtraction($0.signedBytes, $1.signedBytes) }
      }
    }
  case .psubsw, .vpsubsw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.saturatingSubtraction($0.signedWords, $1.signedWords) }
      }
    }
  case .psubusb, .vpsubusb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.saturatingSubtraction($0.bytes, $1.bytes) }
      }
    }
  case .psubusw, .vpsubusw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.saturatingSubtraction($0.words, $1.words) }
      }
    }
  case .pavgb, .vpavgb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.average($0.bytes, $1.bytes) }
      }
    }
  case .pavgw, .vpavgw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.average($0.words, $1.words) }
      }
    }
  default:
    return minimumHandler(for: operation)
  }
}

private func minimumHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .pminub, .vpminub:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMin($0.bytes, $1.bytes)) }
      }
    }
  case .pminuw, .vpminuw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMin($0.words, $1.words)) }
      }
    }
  case .pminud, .vpminud:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMin($0.doublewords, $1.doublewords)) }
      }
    }
  case .pminsb, .vpminsb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMin($0.signedBytes, $1.signedBytes)) }
      }
    }
  case .pminsw, .vpminsw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMin($0.signedWords, $1.signedWords)) }
      }
    }
  case .pminsd, .vpminsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMin($0.signedDoublewords, $1.signedDoublewords)) }
      }
    }
  case .pmaxub, .vpmaxub:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMax($0.bytes, $1.bytes)) }
      }
    }
  case .pmaxuw, .vpmaxuw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMax($0.words, $1.words)) }
      }
    }
  case .pmaxud, .vpmaxud:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMax($0.doublewords, $1.doublewords)) }
      }
    }
  case .pmaxsb, .vpmaxsb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMax($0.signedBytes, $1.signedBytes)) }
      }
    }
  case .pmaxsw, .vpmaxsw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMax($0.signedWords, $1.signedWords)) }
      }
    }
  case .pmaxsd, .vpmaxsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane(pointwiseMax($0.signedDoublewords, $1.signedDoublewords)) }
      }
    }
  case .phminposuw, .vphminposuw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedUnary(instruction) { $0.minimumWordAndPosition }
      }
    }
  default:
    return horizontalHandler(for: operation)
  }
}

private func horizontalHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .phaddw, .vphaddw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedHalving(instruction) { Lane.pairs($0.signedWords, $1.signedWords) { $0 &+ $1 } }
      }
    }
  case .phaddd, .vphaddd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedHalving(instruction) {
          Lane.pairs($0.signedDoublewords, $1.signedDoublewords) { $0 &+ $1 }
        }
      }
    }
  case .phaddsw, .vphaddsw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedHalving(instruction) {
          Lane.pairs($0.signedWords, $1.signedWords) { $0.saturatingAdd($1) }
        }
      }
    }
  case .phsubw, .vphsubw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedHalving(instruction) { Lane.pairs($0.signedWords, $1.signedWords) { $0 &- $1 } }
      }
    }
  case .phsubd, .vphsubd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedHalving(instruction) {
          Lane.pairs($0.signedDoublewords, $1.signedDoublewords) { $0 &- $1 }
        }
      }
    }
  case .phsubsw, .vphsubsw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedHalving(instruction) {
          Lane.pairs($0.signedWords, $1.signedWords) { $0.saturatingSubtract($1) }
        }
      }
    }
  case .psadbw, .vpsadbw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packed(instruction) { Lane.sumsOfAbsoluteDifferences($0.bytes, $1.bytes) }
      }
    }
  default:
    return nil
  }
}

extension FixedWidthInteger {
  /// The sum, or the nearest value that there is.
  @inline(__always)
  func saturatingAdd(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    if !overflow { return sum }
    return other < 0 ? .min : .max
  }

  /// The difference, or the nearest value that there is.
  @inline(__always)
  func saturatingSubtract(_ other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    if !overflow { return difference }
    return other < 0 ? .max : .min
  }
}

extension SIMD where Scalar: FixedWidthInteger & SignedInteger {
  /// The magnitudes of the elements; that of the smallest value is its own bit pattern.
  @inline(__always)
  fileprivate var magnitudes: Lane {
    Lane(replacing(with: Self(repeating: 0) &- self, where: self .< Self(repeating: 0)))
  }
}

extension Lane {
  /// Negates the elements where `signs` is negative and clears them where it is zero.
  @inline(__always)
  fileprivate static func applySigns<Elements: SIMD>(_ values: Elements, of signs: Elements) -> Lane
  where Elements.Scalar: FixedWidthInteger & SignedInteger {
    let zero = Elements(repeating: 0)
    let signed = values.replacing(with: zero &- values, where: signs .< zero)
    return Lane(signed.replacing(with: zero, where: signs .== zero))
  }

  @inline(__always)
  fileprivate static func saturatingAddition<Elements: SIMD>(_ left: Elements, _ right: Elements) -> Lane
  where Elements.Scalar: FixedWidthInteger {
    let sums: Elements = map(left, right) { $0.saturatingAdd($1) }
    return Lane(sums)
  }

  @inline(__always)
  fileprivate static func saturatingSubtraction<Elements: SIMD>(_ left: Elements, _ right: Elements) -> Lane
  where Elements.Scalar: FixedWidthInteger {
    let differences: Elements = map(left, right) { $0.saturatingSubtract($1) }
    return Lane(differences)
  }

  /// Averages, rounded up.
  @inline(__always)
  fileprivate static func average<Elements: SIMD>(_ left: Elements, _ right: Elements) -> Lane
  where Elements.Scalar: FixedWidthInteger {
    // a + b = 2 (a | b) - (a ^ b), so the average rounded up is (a | b) - (a ^ b) / 2.
    let averages: Elements = map(left, right) { ($0 | $1) &- (($0 ^ $1) >> 1) }
    return Lane(averages)
  }

  /// Combines neighbours: those of `left` for the lower half, those of `right` for the upper.
  @inline(__always)
  fileprivate static func pairs<Elements: SIMD>(
    _ left: Elements, _ right: Elements, _ body: (Elements.Scalar, Elements.Scalar) -> Elements.Scalar
  ) -> Lane {
    let half = Elements.scalarCount / 2
    var results = Elements()
    for index in 0..<half {
      results[index] = body(left[2 * index], left[2 * index + 1])
      results[half + index] = body(right[2 * index], right[2 * index + 1])
    }
    return Lane(results)
  }

  /// PSADBW: for each eight bytes, one sum.
  @inline(__always)
  fileprivate static func sumsOfAbsoluteDifferences(_ left: SIMD16<UInt8>, _ right: SIMD16<UInt8>) -> Lane {
    let differences = pointwiseMax(left, right) &- pointwiseMin(left, right)
    var sums = Lane()
    for index in 0..<8 {
      sums.low &+= UInt64(differences[index])
      sums.high &+= UInt64(differences[index + 8])
    }
    return sums
  }

  /// PHMINPOSUW: the smallest word and, above it, its index.
  fileprivate var minimumWordAndPosition: Lane {
    let words = self.words
    var position = 0
    for index in 1..<8 where words[index] < words[position] { position = index }
    return Lane(UInt64(words[position]) | UInt64(position) << 16)
  }
}
