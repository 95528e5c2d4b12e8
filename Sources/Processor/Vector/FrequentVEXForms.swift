import HostFloatingPoint
import X86

// The same for VEX-encoded instructions, with two sources or, where there is one, with the destination as first.

extension FrequentVectorForms {
  /// The forms of a VEX-encoded operation; `nil` for the others.
  init?(vex operation: Operation) {
    guard
      let forms = Self.vexLogic(operation) ?? Self.vexIntegers(operation) ?? Self.vexRearrangement(operation)
        ?? Self.vexNumbers(operation)
    else { return nil }
    self = forms
  }

  private static func vexLogic(_ operation: Operation) -> FrequentVectorForms? {
    switch operation {
    case .vpand, .vandps, .vandpd:
      Self({ computeLanes(LaneAnd.self, $0, $1) }, { computeLanesWithMemory(LaneAnd.self, $0, $1) })
    case .vpandn, .vandnps, .vandnpd:
      Self({ computeLanes(LaneAndNot.self, $0, $1) }, { computeLanesWithMemory(LaneAndNot.self, $0, $1) })
    case .vpor, .vorps, .vorpd:
      Self({ computeLanes(LaneOr.self, $0, $1) }, { computeLanesWithMemory(LaneOr.self, $0, $1) })
    case .vpxor, .vxorps, .vxorpd:
      Self({ computeLanes(LaneXor.self, $0, $1) }, { computeLanesWithMemory(LaneXor.self, $0, $1) })
    case .vpcmpeqb:
      Self({ computeLanes(EqualBytes.self, $0, $1) }, { computeLanesWithMemory(EqualBytes.self, $0, $1) })
    case .vpcmpeqw:
      Self({ computeLanes(EqualWords.self, $0, $1) }, { computeLanesWithMemory(EqualWords.self, $0, $1) })
    case .vpcmpeqd:
      Self(
        { computeLanes(EqualDoublewords.self, $0, $1) },
        { computeLanesWithMemory(EqualDoublewords.self, $0, $1) })
    case .vpcmpgtb:
      Self({ computeLanes(GreaterBytes.self, $0, $1) }, { computeLanesWithMemory(GreaterBytes.self, $0, $1) })
    default: nil
    }
  }

  private static func vexIntegers(_ operation: Operation) -> FrequentVectorForms? {
    switch operation {
    case .vpminub:
      Self({ computeLanes(MinimumBytes.self, $0, $1) }, { computeLanesWithMemory(MinimumBytes.self, $0, $1) })
    case .vpmaxub:
      Self({ computeLanes(MaximumBytes.self, $0, $1) }, { computeLanesWithMemory(MaximumBytes.self, $0, $1) })
    case .vpaddb:
      Self({ computeLanes(AddBytes.self, $0, $1) }, { computeLanesWithMemory(AddBytes.self, $0, $1) })
    case .vpaddw:
      Self({ computeLanes(AddWords.self, $0, $1) }, { computeLanesWithMemory(AddWords.self, $0, $1) })
    case .vpaddd:
      Self(
        { computeLanes(AddDoublewords.self, $0, $1) },
        { computeLanesWithMemory(AddDoublewords.self, $0, $1) })
    case .vpaddq:
      Self({ computeLanes(AddQuadwords.self, $0, $1) }, { computeLanesWithMemory(AddQuadwords.self, $0, $1) })
    case .vpsubb:
      Self(
        { computeLanes(SubtractBytes.self, $0, $1) }, { computeLanesWithMemory(SubtractBytes.self, $0, $1) })
    case .vpsubd:
      Self(
        { computeLanes(SubtractDoublewords.self, $0, $1) },
        { computeLanesWithMemory(SubtractDoublewords.self, $0, $1) })
    default: nil
    }
  }

  private static func vexRearrangement(_ operation: Operation) -> FrequentVectorForms? {
    switch operation {
    case .vpunpcklbw:
      Self(
        { computeLanes(InterleaveLowBytes.self, $0, $1) },
        { computeLanesWithMemory(InterleaveLowBytes.self, $0, $1) })
    case .vpunpcklwd:
      Self(
        { computeLanes(InterleaveLowWords.self, $0, $1) },
        { computeLanesWithMemory(InterleaveLowWords.self, $0, $1) })
    case .vpunpckldq, .vunpcklps:
      Self(
        { computeLanes(InterleaveLowDoublewords.self, $0, $1) },
        { computeLanesWithMemory(InterleaveLowDoublewords.self, $0, $1) })
    case .vpunpcklqdq, .vunpcklpd:
      Self(
        { computeLanes(JoinLowHalves.self, $0, $1) }, { computeLanesWithMemory(JoinLowHalves.self, $0, $1) })
    case .vpunpckhqdq, .vunpckhpd:
      Self(
        { computeLanes(JoinHighHalves.self, $0, $1) },
        { computeLanesWithMemory(JoinHighHalves.self, $0, $1) })
    case .vpshufd:
      Self(
        { computeLanes(ShuffleDoublewords.self, $0, $1) },
        { computeLanesWithMemory(ShuffleDoublewords.self, $0, $1) })
    case .vshufps:
      Self(
        { computeLanes(ShuffleSingles.self, $0, $1) },
        { computeLanesWithMemory(ShuffleSingles.self, $0, $1) })
    case .vpshufb:
      Self({ computeLanes(ShuffleBytes.self, $0, $1) }, { computeLanesWithMemory(ShuffleBytes.self, $0, $1) })
    case .vpalignr:
      Self({ computeLanes(AlignRight.self, $0, $1) }, { computeLanesWithMemory(AlignRight.self, $0, $1) })
    default: nil
    }
  }

  private static func vexNumbers(_ operation: Operation) -> FrequentVectorForms? {
    switch operation {
    case .vaddsd:
      Self(
        { computeVectors(host_addsd, $0, $1) },
        { computeVectorsWithMemory(host_addsd, size: 8, $0, $1) })
    case .vaddss:
      Self(
        { computeVectors(host_addss, $0, $1) },
        { computeVectorsWithMemory(host_addss, size: 4, $0, $1) })
    case .vaddpd:
      Self(
        { computeVectors(host_addpd, $0, $1) },
        { computeVectorsWithMemory(host_addpd, size: 16, $0, $1) })
    case .vaddps:
      Self(
        { computeVectors(host_addps, $0, $1) },
        { computeVectorsWithMemory(host_addps, size: 16, $0, $1) })
    case .vsubsd:
      Self(
        { computeVectors(host_subsd, $0, $1) },
        { computeVectorsWithMemory(host_subsd, size: 8, $0, $1) })
    case .vsubss:
      Self(
        { computeVectors(host_subss, $0, $1) },
        { computeVectorsWithMemory(host_subss, size: 4, $0, $1) })
    case .vsubpd:
      Self(
        { computeVectors(host_subpd, $0, $1) },
        { computeVectorsWithMemory(host_subpd, size: 16, $0, $1) })
    case .vsubps:
      Self(
        { computeVectors(host_subps, $0, $1) },
        { computeVectorsWithMemory(host_subps, size: 16, $0, $1) })
    case .vmulsd:
      Self(
        { computeVectors(host_mulsd, $0, $1) },
        { computeVectorsWithMemory(host_mulsd, size: 8, $0, $1) })
    case .vmulss:
      Self(
        { computeVectors(host_mulss, $0, $1) },
        { computeVectorsWithMemory(host_mulss, size: 4, $0, $1) })
    case .vmulpd:
      Self(
        { computeVectors(host_mulpd, $0, $1) },
        { computeVectorsWithMemory(host_mulpd, size: 16, $0, $1) })
    case .vmulps:
      Self(
        { computeVectors(host_mulps, $0, $1) },
        { computeVectorsWithMemory(host_mulps, size: 16, $0, $1) })
    case .vdivsd:
      Self(
        { computeVectors(host_divsd, $0, $1) },
        { computeVectorsWithMemory(host_divsd, size: 8, $0, $1) })
    case .vdivss:
      Self(
        { computeVectors(host_divss, $0, $1) },
        { computeVectorsWithMemory(host_divss, size: 4, $0, $1) })
    case .vdivpd:
      Self(
        { computeVectors(host_divpd, $0, $1) },
        { computeVectorsWithMemory(host_divpd, size: 16, $0, $1) })
    case .vdivps:
      Self(
        { computeVectors(host_divps, $0, $1) },
        { computeVectorsWithMemory(host_divps, size: 16, $0, $1) })
    case .vsqrtsd:
      Self(
        { computeVectors(host_sqrtsd, $0, $1) },
        { computeVectorsWithMemory(host_sqrtsd, size: 8, $0, $1) })
    case .vcvtss2sd:
      Self(
        { computeVectors(host_cvtss2sd, $0, $1) },
        { computeVectorsWithMemory(host_cvtss2sd, size: 4, $0, $1) })
    case .vcvtsd2ss:
      Self(
        { computeVectors(host_cvtsd2ss, $0, $1) },
        { computeVectorsWithMemory(host_cvtsd2ss, size: 8, $0, $1) })
    default: nil
    }
  }

  /// Comparisons that set flags; they write no vector register, so that those without VEX do for them.
  static func vexComparisons(_ operation: Operation) -> FrequentVectorForms? {
    switch operation {
    case .vcomisd:
      Self(
        { compareNumbers(host_comisd, $0, $1) }, { compareNumbersWithMemory(host_comisd, size: 8, $0, $1) })
    case .vcomiss:
      Self(
        { compareNumbers(host_comiss, $0, $1) }, { compareNumbersWithMemory(host_comiss, size: 4, $0, $1) })
    case .vucomisd:
      Self(
        { compareNumbers(host_ucomisd, $0, $1) }, { compareNumbersWithMemory(host_ucomisd, size: 8, $0, $1) })
    case .vucomiss:
      Self(
        { compareNumbers(host_ucomiss, $0, $1) }, { compareNumbersWithMemory(host_ucomiss, size: 4, $0, $1) })
    default: nil
    }
  }
}
