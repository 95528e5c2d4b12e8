import HostFloatingPoint
import X86

/// The handlers of an instruction `xmm, xmm/memory` that has frequent forms.
struct FrequentVectorForms {
  var registers: Handler
  var memory: Handler

  init(_ registers: @escaping Handler, _ memory: @escaping Handler) {
    self.registers = registers
    self.memory = memory
  }

  /// The forms of an operation; `nil` for the others.
  init?(_ operation: Operation) {
    guard
      let forms = Self.logic(operation) ?? Self.integers(operation) ?? Self.rearrangement(operation)
        ?? Self.numbers(operation) ?? Self.comparisons(operation)
    else { return nil }
    self = forms
  }

  private static func logic(_ operation: Operation) -> FrequentVectorForms? {
    switch operation {
    case .pand, .andps, .andpd:
      Self({ computeLane(LaneAnd.self, $0, $1) }, { computeLaneWithMemory(LaneAnd.self, $0, $1) })
    case .pandn, .andnps, .andnpd:
      Self({ computeLane(LaneAndNot.self, $0, $1) }, { computeLaneWithMemory(LaneAndNot.self, $0, $1) })
    case .por, .orps, .orpd:
      Self({ computeLane(LaneOr.self, $0, $1) }, { computeLaneWithMemory(LaneOr.self, $0, $1) })
    case .pxor, .xorps, .xorpd:
      Self({ computeLane(LaneXor.self, $0, $1) }, { computeLaneWithMemory(LaneXor.self, $0, $1) })
    case .pcmpeqb:
      Self({ computeLane(EqualBytes.self, $0, $1) }, { computeLaneWithMemory(EqualBytes.self, $0, $1) })
    case .pcmpeqw:
      Self({ computeLane(EqualWords.self, $0, $1) }, { computeLaneWithMemory(EqualWords.self, $0, $1) })
    case .pcmpeqd:
      Self(
        { computeLane(EqualDoublewords.self, $0, $1) },
        { computeLaneWithMemory(EqualDoublewords.self, $0, $1) })
    case .pcmpgtb:
      Self({ computeLane(GreaterBytes.self, $0, $1) }, { computeLaneWithMemory(GreaterBytes.self, $0, $1) })
    default: nil
    }
  }

  private static func integers(_ operation: Operation) -> FrequentVectorForms? {
    switch operation {
    case .pminub:
      Self({ computeLane(MinimumBytes.self, $0, $1) }, { computeLaneWithMemory(MinimumBytes.self, $0, $1) })
    case .pmaxub:
      Self({ computeLane(MaximumBytes.self, $0, $1) }, { computeLaneWithMemory(MaximumBytes.self, $0, $1) })
    case .paddb:
      Self({ computeLane(AddBytes.self, $0, $1) }, { computeLaneWithMemory(AddBytes.self, $0, $1) })
    case .paddw:
      Self({ computeLane(AddWords.self, $0, $1) }, { computeLaneWithMemory(AddWords.self, $0, $1) })
    case .paddd:
      Self(
        { computeLane(AddDoublewords.self, $0, $1) }, { computeLaneWithMemory(AddDoublewords.self, $0, $1) })
    case .paddq:
      Self({ computeLane(AddQuadwords.self, $0, $1) }, { computeLaneWithMemory(AddQuadwords.self, $0, $1) })
    case .psubb:
      Self({ computeLane(SubtractBytes.self, $0, $1) }, { computeLaneWithMemory(SubtractBytes.self, $0, $1) })
    case .psubd:
      Self(
        { computeLane(SubtractDoublewords.self, $0, $1) },
        { computeLaneWithMemory(SubtractDoublewords.self, $0, $1) })
    default: nil
    }
  }

  private static func rearrangement(_ operation: Operation) -> FrequentVectorForms? {
    switch operation {
    case .punpcklbw:
      Self(
        { computeLane(InterleaveLowBytes.self, $0, $1) },
        { computeLaneWithMemory(InterleaveLowBytes.self, $0, $1) })
    case .punpcklwd:
      Self(
        { computeLane(InterleaveLowWords.self, $0, $1) },
        { computeLaneWithMemory(InterleaveLowWords.self, $0, $1) })
    case .punpckldq, .unpcklps:
      Self(
        { computeLane(InterleaveLowDoublewords.self, $0, $1) },
        { computeLaneWithMemory(InterleaveLowDoublewords.self, $0, $1) })
    case .punpcklqdq, .unpcklpd:
      Self({ computeLane(JoinLowHalves.self, $0, $1) }, { computeLaneWithMemory(JoinLowHalves.self, $0, $1) })
    case .punpckhqdq, .unpckhpd:
      Self(
        { computeLane(JoinHighHalves.self, $0, $1) }, { computeLaneWithMemory(JoinHighHalves.self, $0, $1) })
    case .pshufd:
      Self(
        { computeLane(ShuffleDoublewords.self, $0, $1) },
        { computeLaneWithMemory(ShuffleDoublewords.self, $0, $1) })
    case .shufps:
      Self(
        { computeLane(ShuffleSingles.self, $0, $1) }, { computeLaneWithMemory(ShuffleSingles.self, $0, $1) })
    case .pshufb:
      Self({ computeLane(ShuffleBytes.self, $0, $1) }, { computeLaneWithMemory(ShuffleBytes.self, $0, $1) })
    case .palignr:
      Self({ computeLane(AlignRight.self, $0, $1) }, { computeLaneWithMemory(AlignRight.self, $0, $1) })
    default: nil
    }
  }

  private static func numbers(_ operation: Operation) -> FrequentVectorForms? {
    switch operation {
    case .addsd:
      Self({ computeNumbers(host_addsd, $0, $1) }, { computeNumbersWithMemory(host_addsd, size: 8, $0, $1) })
    case .addss:
      Self({ computeNumbers(host_addss, $0, $1) }, { computeNumbersWithMemory(host_addss, size: 4, $0, $1) })
    case .addpd:
      Self({ computeNumbers(host_addpd, $0, $1) }, { computeNumbersWithMemory(host_addpd, size: 16, $0, $1) })
    case .addps:
      Self({ computeNumbers(host_addps, $0, $1) }, { computeNumbersWithMemory(host_addps, size: 16, $0, $1) })
    case .subsd:
      Self({ computeNumbers(host_subsd, $0, $1) }, { computeNumbersWithMemory(host_subsd, size: 8, $0, $1) })
    case .subss:
      Self({ computeNumbers(host_subss, $0, $1) }, { computeNumbersWithMemory(host_subss, size: 4, $0, $1) })
    case .subpd:
      Self({ computeNumbers(host_subpd, $0, $1) }, { computeNumbersWithMemory(host_subpd, size: 16, $0, $1) })
    case .subps:
      Self({ computeNumbers(host_subps, $0, $1) }, { computeNumbersWithMemory(host_subps, size: 16, $0, $1) })
    case .mulsd:
      Self({ computeNumbers(host_mulsd, $0, $1) }, { computeNumbersWithMemory(host_mulsd, size: 8, $0, $1) })
    case .mulss:
      Self({ computeNumbers(host_mulss, $0, $1) }, { computeNumbersWithMemory(host_mulss, size: 4, $0, $1) })
    case .mulpd:
      Self({ computeNumbers(host_mulpd, $0, $1) }, { computeNumbersWithMemory(host_mulpd, size: 16, $0, $1) })
    case .mulps:
      Self({ computeNumbers(host_mulps, $0, $1) }, { computeNumbersWithMemory(host_mulps, size: 16, $0, $1) })
    case .divsd:
      Self({ computeNumbers(host_divsd, $0, $1) }, { computeNumbersWithMemory(host_divsd, size: 8, $0, $1) })
    case .divss:
      Self({ computeNumbers(host_divss, $0, $1) }, { computeNumbersWithMemory(host_divss, size: 4, $0, $1) })
    case .divpd:
      Self({ computeNumbers(host_divpd, $0, $1) }, { computeNumbersWithMemory(host_divpd, size: 16, $0, $1) })
    case .divps:
      Self({ computeNumbers(host_divps, $0, $1) }, { computeNumbersWithMemory(host_divps, size: 16, $0, $1) })
    case .sqrtsd:
      Self(
        { computeNumbers(host_sqrtsd, $0, $1) }, { computeNumbersWithMemory(host_sqrtsd, size: 8, $0, $1) })
    case .cvtss2sd:
      Self(
        { computeNumbers(host_cvtss2sd, $0, $1) },
        { computeNumbersWithMemory(host_cvtss2sd, size: 4, $0, $1) })
    case .cvtsd2ss:
      Self(
        { computeNumbers(host_cvtsd2ss, $0, $1) },
        { computeNumbersWithMemory(host_cvtsd2ss, size: 8, $0, $1) })
    default: nil
    }
  }

  private static func comparisons(_ operation: Operation) -> FrequentVectorForms? {
    switch operation {
    case .comisd:
      Self(
        { compareNumbers(host_comisd, $0, $1) }, { compareNumbersWithMemory(host_comisd, size: 8, $0, $1) })
    case .comiss:
      Self(
        { compareNumbers(host_comiss, $0, $1) }, { compareNumbersWithMemory(host_comiss, size: 4, $0, $1) })
    case .ucomisd:
      Self(
        { compareNumbers(host_ucomisd, $0, $1) }, { compareNumbersWithMemory(host_ucomisd, size: 8, $0, $1) })
    case .ucomiss:
      Self(
        { compareNumbers(host_ucomiss, $0, $1) }, { compareNumbersWithMemory(host_ucomiss, size: 4, $0, $1) })
    default: nil
    }
  }
}
