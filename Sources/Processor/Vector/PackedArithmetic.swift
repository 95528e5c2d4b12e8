import X86

/// Arithmetic on packed integers.
func vectorArithmeticHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .paddb, .vpaddb:
    return { interpretLanes(AddBytes.self, $0, $1) }
  case .paddw, .vpaddw:
    return { interpretLanes(AddWords.self, $0, $1) }
  case .paddd, .vpaddd:
    return { interpretLanes(AddDoublewords.self, $0, $1) }
  case .paddq, .vpaddq:
    return { interpretLanes(AddQuadwords.self, $0, $1) }
  case .psubb, .vpsubb:
    return { interpretLanes(SubtractBytes.self, $0, $1) }
  case .psubw, .vpsubw:
    return { interpretLanes($0, $1) { Lane($0.words &- $1.words) } }
  case .psubd, .vpsubd:
    return { interpretLanes(SubtractDoublewords.self, $0, $1) }
  case .psubq, .vpsubq:
    return { interpretLanes($0, $1) { Lane($0.halves &- $1.halves) } }
  case .pabsb, .vpabsb:
    return { interpretLane($0, $1) { $0.signedBytes.magnitudes } }
  case .pabsw, .vpabsw:
    return { interpretLane($0, $1) { $0.signedWords.magnitudes } }
  case .pabsd, .vpabsd:
    return { interpretLane($0, $1) { $0.signedDoublewords.magnitudes } }
  case .psignb, .vpsignb:
    return { interpretLanes($0, $1) { Lane.applySigns($0.signedBytes, of: $1.signedBytes) } }
  case .psignw, .vpsignw:
    return { interpretLanes($0, $1) { Lane.applySigns($0.signedWords, of: $1.signedWords) } }
  case .psignd, .vpsignd:
    return { interpretLanes($0, $1) { Lane.applySigns($0.signedDoublewords, of: $1.signedDoublewords) } }
  default:
    return saturatingHandler(for: operation)
  }
}

private func saturatingHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .paddsb, .vpaddsb:
    return { interpretLanes($0, $1) { Lane.limitedSumOfBytes($0, $1) } }
  case .paddsw, .vpaddsw:
    return { interpretLanes($0, $1) { Lane.limitedSumOfWords($0, $1) } }
  case .paddusb, .vpaddusb:
    return { interpretLanes($0, $1) { Lane.saturatedSumOfBytes($0, $1) } }
  case .paddusw, .vpaddusw:
    return { interpretLanes($0, $1) { Lane.saturatedSumOfWords($0, $1) } }
  case .psubsb, .vpsubsb:
    return { interpretLanes($0, $1) { Lane.limitedDifferenceOfBytes($0, $1) } }
  case .psubsw, .vpsubsw:
    return { interpretLanes($0, $1) { Lane.limitedDifferenceOfWords($0, $1) } }
  case .psubusb, .vpsubusb:
    return { interpretLanes($0, $1) { Lane.saturatedDifferenceOfBytes($0, $1) } }
  case .psubusw, .vpsubusw:
    return { interpretLanes($0, $1) { Lane.saturatedDifferenceOfWords($0, $1) } }
  case .pavgb, .vpavgb:
    return { interpretLanes($0, $1) { Lane.average($0.bytes, $1.bytes) } }
  case .pavgw, .vpavgw:
    return { interpretLanes($0, $1) { Lane.average($0.words, $1.words) } }
  default:
    return minimumHandler(for: operation)
  }
}

private func minimumHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .pminub, .vpminub:
    return { interpretLanes(MinimumBytes.self, $0, $1) }
  case .pminuw, .vpminuw:
    return { interpretLanes($0, $1) { Lane.select(Lane($0.words .< $1.words), $0, $1) } }
  case .pminud, .vpminud:
    return { interpretLanes($0, $1) { Lane.select(Lane($0.doublewords .< $1.doublewords), $0, $1) } }
  case .pminsb, .vpminsb:
    return { interpretLanes($0, $1) { Lane.select(Lane($0.signedBytes .< $1.signedBytes), $0, $1) } }
  case .pminsw, .vpminsw:
    return { interpretLanes($0, $1) { Lane.select(Lane($0.signedWords .< $1.signedWords), $0, $1) } }
  case .pminsd, .vpminsd:
    return {
      interpretLanes($0, $1) { Lane.select(Lane($0.signedDoublewords .< $1.signedDoublewords), $0, $1) }
    }
  case .pmaxub, .vpmaxub:
    return { interpretLanes(MaximumBytes.self, $0, $1) }
  case .pmaxuw, .vpmaxuw:
    return { interpretLanes($0, $1) { Lane.select(Lane($0.words .< $1.words), $1, $0) } }
  case .pmaxud, .vpmaxud:
    return { interpretLanes($0, $1) { Lane.select(Lane($0.doublewords .< $1.doublewords), $1, $0) } }
  case .pmaxsb, .vpmaxsb:
    return { interpretLanes($0, $1) { Lane.select(Lane($0.signedBytes .< $1.signedBytes), $1, $0) } }
  case .pmaxsw, .vpmaxsw:
    return { interpretLanes($0, $1) { Lane.select(Lane($0.signedWords .< $1.signedWords), $1, $0) } }
  case .pmaxsd, .vpmaxsd:
    return {
      interpretLanes($0, $1) { Lane.select(Lane($0.signedDoublewords .< $1.signedDoublewords), $1, $0) }
    }
  case .phminposuw, .vphminposuw:
    return { interpretLane($0, $1) { $0.minimumWordAndPosition } }
  default:
    return horizontalHandler(for: operation)
  }
}

private func horizontalHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .phaddw, .vphaddw:
    return { interpretHalves($0, $1) { Lane.pairs($0.signedWords, $1.signedWords) { $0 &+ $1 } } }
  case .phaddd, .vphaddd:
    return { interpretHalves($0, $1) { Lane.pairs($0.signedDoublewords, $1.signedDoublewords) { $0 &+ $1 } } }
  case .phaddsw, .vphaddsw:
    return { interpretHalves($0, $1) { Lane.pairs($0.signedWords, $1.signedWords) { $0.saturatingAdd($1) } } }
  case .phsubw, .vphsubw:
    return { interpretHalves($0, $1) { Lane.pairs($0.signedWords, $1.signedWords) { $0 &- $1 } } }
  case .phsubd, .vphsubd:
    return { interpretHalves($0, $1) { Lane.pairs($0.signedDoublewords, $1.signedDoublewords) { $0 &- $1 } } }
  case .phsubsw, .vphsubsw:
    return {
      interpretHalves($0, $1) { Lane.pairs($0.signedWords, $1.signedWords) { $0.saturatingSubtract($1) } }
    }
  case .psadbw, .vpsadbw:
    return { interpretLanes($0, $1) { Lane.sumsOfAbsoluteDifferences($0.bytes, $1.bytes) } }
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

  /// Unsigned sums of bytes, or the greatest value.
  @inline(__always)
  fileprivate static func saturatedSumOfBytes(_ left: Lane, _ right: Lane) -> Lane {
    let sums = left.bytes &+ right.bytes
    return Lane(sums) | Lane(sums .< left.bytes)
  }

  @inline(__always)
  fileprivate static func saturatedSumOfWords(_ left: Lane, _ right: Lane) -> Lane {
    let sums = left.words &+ right.words
    return Lane(sums) | Lane(sums .< left.words)
  }

  /// Unsigned differences of bytes, or zero.
  @inline(__always)
  fileprivate static func saturatedDifferenceOfBytes(_ left: Lane, _ right: Lane) -> Lane {
    Lane(left.bytes &- right.bytes) & ~Lane(left.bytes .< right.bytes)
  }

  @inline(__always)
  fileprivate static func saturatedDifferenceOfWords(_ left: Lane, _ right: Lane) -> Lane {
    Lane(left.words &- right.words) & ~Lane(left.words .< right.words)
  }

  /// Signed results of bytes, or the limit on the side of `left` where the sign of `overflows` is set.
  @inline(__always)
  private static func limitBytes(_ results: Lane, _ overflows: Lane, _ left: Lane) -> Lane {
    let limits = Lane(left.signedBytes .< SIMD16(repeating: 0)) ^ Lane(SIMD16<Int8>(repeating: .max))
    return select(Lane(overflows.signedBytes .< SIMD16(repeating: 0)), limits, results)
  }

  @inline(__always)
  private static func limitWords(_ results: Lane, _ overflows: Lane, _ left: Lane) -> Lane {
    let limits = Lane(left.signedWords .< SIMD8(repeating: 0)) ^ Lane(SIMD8<Int16>(repeating: .max))
    return select(Lane(overflows.signedWords .< SIMD8(repeating: 0)), limits, results)
  }

  /// Signed sums of bytes; one overflows if its sign differs from that of both operands.
  @inline(__always)
  fileprivate static func limitedSumOfBytes(_ left: Lane, _ right: Lane) -> Lane {
    let sums = Lane(left.bytes &+ right.bytes)
    return limitBytes(sums, (left ^ sums) & (right ^ sums), left)
  }

  @inline(__always)
  fileprivate static func limitedSumOfWords(_ left: Lane, _ right: Lane) -> Lane {
    let sums = Lane(left.words &+ right.words)
    return limitWords(sums, (left ^ sums) & (right ^ sums), left)
  }

  /// Signed differences of bytes; one overflows if the operands' signs differ and its sign is not the first's.
  @inline(__always)
  fileprivate static func limitedDifferenceOfBytes(_ left: Lane, _ right: Lane) -> Lane {
    let differences = Lane(left.bytes &- right.bytes)
    return limitBytes(differences, (left ^ right) & (left ^ differences), left)
  }

  @inline(__always)
  fileprivate static func limitedDifferenceOfWords(_ left: Lane, _ right: Lane) -> Lane {
    let differences = Lane(left.words &- right.words)
    return limitWords(differences, (left ^ right) & (left ^ differences), left)
  }

  /// Averages, rounded up.
  @inline(__always)
  fileprivate static func average<Elements: SIMD>(_ left: Elements, _ right: Elements) -> Lane
  where Elements.Scalar: FixedWidthInteger {
    // a + b = 2 (a | b) - (a ^ b), so the average rounded up is (a | b) - (a ^ b) / 2.
    Lane((left | right) &- ((left ^ right) &>> Elements(repeating: 1)))
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
