import X86

/// Packing with saturation, interleaving and extension.
func vectorPackHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .packsswb, .vpacksswb:
    return { interpretHalves($0, $1) { Lane.packWords($0, $1, to: -0x80...0x7F) } }
  case .packuswb, .vpackuswb:
    return { interpretHalves($0, $1) { Lane.packWords($0, $1, to: 0...0xFF) } }
  case .packssdw, .vpackssdw:
    return {
      interpretHalves($0, $1) { Lane.packDoublewords($0, $1, to: -0x8000...0x7FFF) }
    }
  case .packusdw, .vpackusdw:
    return {
      interpretHalves($0, $1) {
        Lane.packDoublewords($0, $1, to: 0...0xFFFF)
      }
    }
  case .punpcklbw, .vpunpcklbw:
    return { interpretLanes(InterleaveLowBytes.self, $0, $1) }
  case .punpcklwd, .vpunpcklwd:
    return { interpretLanes(InterleaveLowWords.self, $0, $1) }
  case .punpckldq, .unpcklps, .vpunpckldq, .vunpcklps:
    return { interpretLanes(InterleaveLowDoublewords.self, $0, $1) }
  case .punpcklqdq, .unpcklpd, .vpunpcklqdq, .vunpcklpd:
    return { interpretLanes(JoinLowHalves.self, $0, $1) }
  case .punpckhbw, .vpunpckhbw:
    return { interpretUpperHalves($0, $1) { Lane.interleave($0.bytes, $1.bytes, from: 8) } }
  case .punpckhwd, .vpunpckhwd:
    return { interpretUpperHalves($0, $1) { Lane.interleave($0.words, $1.words, from: 4) } }
  case .punpckhdq, .unpckhps, .vpunpckhdq, .vunpckhps:
    return { interpretUpperHalves($0, $1) { Lane.interleave($0.doublewords, $1.doublewords, from: 2) } }
  case .punpckhqdq, .unpckhpd, .vpunpckhqdq, .vunpckhpd:
    return { interpretUpperHalves($0, $1) { JoinHighHalves.compute($0, $1, 0) } }
  default:
    return vectorExtensionHandler(for: operation)
  }
}

private func vectorExtensionHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .pmovsxbw, .vpmovsxbw:
    return { interpretExtension($0, $1) { Lane.extend($0.signedBytes, to: SIMD8<Int16>.self) } }
  case .pmovsxbd, .vpmovsxbd:
    return { interpretExtension($0, $1) { Lane.extend($0.signedBytes, to: SIMD4<Int32>.self) } }
  case .pmovsxbq, .vpmovsxbq:
    return { interpretExtension($0, $1) { Lane.extend($0.signedBytes, to: SIMD2<Int64>.self) } }
  case .pmovsxwd, .vpmovsxwd:
    return { interpretExtension($0, $1) { Lane.extend($0.signedWords, to: SIMD4<Int32>.self) } }
  case .pmovsxwq, .vpmovsxwq:
    return { interpretExtension($0, $1) { Lane.extend($0.signedWords, to: SIMD2<Int64>.self) } }
  case .pmovsxdq, .vpmovsxdq:
    return { interpretExtension($0, $1) { Lane.extend($0.signedDoublewords, to: SIMD2<Int64>.self) } }
  case .pmovzxbw, .vpmovzxbw:
    return { interpretExtension($0, $1) { Lane.extend($0.bytes, to: SIMD8<UInt16>.self) } }
  case .pmovzxbd, .vpmovzxbd:
    return { interpretExtension($0, $1) { Lane.extend($0.bytes, to: SIMD4<UInt32>.self) } }
  case .pmovzxbq, .vpmovzxbq:
    return { interpretExtension($0, $1) { Lane.extend($0.bytes, to: SIMD2<UInt64>.self) } }
  case .pmovzxwd, .vpmovzxwd:
    return { interpretExtension($0, $1) { Lane.extend($0.words, to: SIMD4<UInt32>.self) } }
  case .pmovzxwq, .vpmovzxwq:
    return { interpretExtension($0, $1) { Lane.extend($0.words, to: SIMD2<UInt64>.self) } }
  case .pmovzxdq, .vpmovzxdq:
    return { interpretExtension($0, $1) { Lane.extend($0.doublewords, to: SIMD2<UInt64>.self) } }
  default:
    return nil
  }
}

/// A handler for an instruction that widens the elements of its source.
@inline(__always)
private func interpretExtension(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer, _ body: (Lane) -> Lane
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in
    try core.packedExtension(instruction, body)
  }
}

extension Lane {
  /// Narrows the signed words of both to bytes, saturating to the limits of a signed or unsigned byte.
  @inline(__always)
  fileprivate static func packWords(_ left: Lane, _ right: Lane, to limits: ClosedRange<Int16>) -> Lane {
    Lane(left.clampedWords(to: limits).packedWords, right.clampedWords(to: limits).packedWords)
  }

  @inline(__always)
  private func clampedWords(to limits: ClosedRange<Int16>) -> Lane {
    let greatest = SIMD8(repeating: limits.upperBound)
    let capped = Lane.select(Lane(signedWords .> greatest), Lane(greatest), self)
    let smallest = SIMD8(repeating: limits.lowerBound)
    return Lane.select(Lane(capped.signedWords .< smallest), Lane(smallest), capped)
  }

  /// The low bytes of the words, side by side.
  @inline(__always)
  private var packedWords: UInt64 {
    func pack(_ half: UInt64) -> UInt64 {
      let bytes = half & 0x00FF_00FF_00FF_00FF
      let pairs = (bytes | bytes >> 8) & 0x0000_FFFF_0000_FFFF
      return (pairs | pairs >> 16) & 0xFFFF_FFFF
    }
    return pack(low) | pack(high) << 32
  }

  /// Narrows the signed doublewords of both to words, saturating likewise.
  @inline(__always)
  fileprivate static func packDoublewords(_ left: Lane, _ right: Lane, to limits: ClosedRange<Int32>) -> Lane
  {
    Lane(
      left.clampedDoublewords(to: limits).packedDoublewords,
      right.clampedDoublewords(to: limits).packedDoublewords)
  }

  @inline(__always)
  private func clampedDoublewords(to limits: ClosedRange<Int32>) -> Lane {
    let greatest = SIMD4(repeating: limits.upperBound)
    let capped = Lane.select(Lane(signedDoublewords .> greatest), Lane(greatest), self)
    let smallest = SIMD4(repeating: limits.lowerBound)
    return Lane.select(Lane(capped.signedDoublewords .< smallest), Lane(smallest), capped)
  }

  /// The low words of the doublewords, side by side.
  @inline(__always)
  private var packedDoublewords: UInt64 {
    func pack(_ half: UInt64) -> UInt64 { half & 0xFFFF | (half >> 16) & 0xFFFF_0000 }
    return pack(low) | pack(high) << 32
  }

  /// Takes elements of both alternately, half of them, from element `start` on.
  @inline(__always)
  static func interleave<Elements: SIMD>(_ left: Elements, _ right: Elements, from start: Int)
    -> Lane
  {
    var results = Elements()
    for index in 0..<Elements.scalarCount / 2 {
      results[2 * index] = left[start + index]
      results[2 * index + 1] = right[start + index]
    }
    return Lane(results)
  }

  /// Widens the lowest elements, according to their sign if they have one.
  @inline(__always)
  fileprivate static func extend<Narrow: SIMD, Wide: SIMD>(_ elements: Narrow, to type: Wide.Type) -> Lane
  where Wide.Scalar: FixedWidthInteger, Narrow.Scalar: FixedWidthInteger {
    var results = Wide()
    for index in 0..<Wide.scalarCount { results[index] = Wide.Scalar(truncatingIfNeeded: elements[index]) }
    return Lane(results)
  }
}

extension Core {
  /// An instruction that widens the elements of its source, of which each lane needs only a part.
  @inline(__always)
  fileprivate func packedExtension(
    _ instruction: UnsafePointer<Instruction>, _ body: (Lane) -> Lane
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    let source = Lane(at: operands.second)
    guard operands.kind == .ymm else {
      body(source).store(at: operands.destination)
      return complete(operands)
    }
    let result = body(source)
    // The rest of the source begins where the lower lane left off: as many bytes as a lane takes.
    let lower = Int(instruction.pointee.operands.1.width) / 2
    body(source.shiftedRight(bytes: lower)).store(at: operands.destination + 16)
    result.store(at: operands.destination)
  }
}
