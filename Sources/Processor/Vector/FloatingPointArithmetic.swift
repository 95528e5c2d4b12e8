import HostFloatingPoint
import X86

/// Arithmetic on packed and scalar floating-point numbers.
func vectorFloatingPointHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .addps, .vaddps:
    return { interpretNumbers(host_addps, software_addps, $0, $1) }
  case .addpd, .vaddpd:
    return { interpretNumbers(host_addpd, software_addpd, $0, $1) }
  case .addss, .vaddss:
    return { interpretNumbers(host_addss, software_addss, $0, $1) }
  case .addsd, .vaddsd:
    return { interpretNumbers(host_addsd, software_addsd, $0, $1) }
  case .subps, .vsubps:
    return { interpretNumbers(host_subps, software_subps, $0, $1) }
  case .subpd, .vsubpd:
    return { interpretNumbers(host_subpd, software_subpd, $0, $1) }
  case .subss, .vsubss:
    return { interpretNumbers(host_subss, software_subss, $0, $1) }
  case .subsd, .vsubsd:
    return { interpretNumbers(host_subsd, software_subsd, $0, $1) }
  case .mulps, .vmulps:
    return { interpretNumbers(host_mulps, software_mulps, $0, $1) }
  case .mulpd, .vmulpd:
    return { interpretNumbers(host_mulpd, software_mulpd, $0, $1) }
  case .mulss, .vmulss:
    return { interpretNumbers(host_mulss, software_mulss, $0, $1) }
  case .mulsd, .vmulsd:
    return { interpretNumbers(host_mulsd, software_mulsd, $0, $1) }
  case .divps, .vdivps:
    return { interpretNumbers(host_divps, software_divps, $0, $1) }
  case .divpd, .vdivpd:
    return { interpretNumbers(host_divpd, software_divpd, $0, $1) }
  case .divss, .vdivss:
    return { interpretNumbers(host_divss, software_divss, $0, $1) }
  case .divsd, .vdivsd:
    return { interpretNumbers(host_divsd, software_divsd, $0, $1) }
  default:
    return unaryFloatingPointHandler(for: operation)
  }
}

private func unaryFloatingPointHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .sqrtps, .vsqrtps:
    return { interpretNumbers(host_sqrtps, nil, $0, $1) }
  case .sqrtpd, .vsqrtpd:
    return { interpretNumbers(host_sqrtpd, nil, $0, $1) }
  case .sqrtss, .vsqrtss:
    return { interpretNumbers(host_sqrtss, nil, $0, $1) }
  case .sqrtsd, .vsqrtsd:
    return { interpretNumbers(host_sqrtsd, nil, $0, $1) }
  case .minps, .vminps:
    return { interpretNumbers(host_minps, nil, $0, $1) }
  case .minpd, .vminpd:
    return { interpretNumbers(host_minpd, nil, $0, $1) }
  case .minss, .vminss:
    return { interpretNumbers(host_minss, nil, $0, $1) }
  case .minsd, .vminsd:
    return { interpretNumbers(host_minsd, nil, $0, $1) }
  case .maxps, .vmaxps:
    return { interpretNumbers(host_maxps, nil, $0, $1) }
  case .maxpd, .vmaxpd:
    return { interpretNumbers(host_maxpd, nil, $0, $1) }
  case .maxss, .vmaxss:
    return { interpretNumbers(host_maxss, nil, $0, $1) }
  case .maxsd, .vmaxsd:
    return { interpretNumbers(host_maxsd, nil, $0, $1) }
  case .rcpps, .vrcpps:
    return { interpretNumbers(host_rcpps, nil, $0, $1) }
  case .rcpss, .vrcpss:
    return { interpretNumbers(host_rcpss, nil, $0, $1) }
  case .rsqrtps, .vrsqrtps:
    return { interpretNumbers(host_rsqrtps, nil, $0, $1) }
  case .rsqrtss, .vrsqrtss:
    return { interpretNumbers(host_rsqrtss, nil, $0, $1) }
  default:
    return horizontalFloatingPointHandler(for: operation)
  }
}

private func horizontalFloatingPointHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .addsubps, .vaddsubps:
    return { interpretNumbers(host_addsubps, software_addsubps, $0, $1) }
  case .addsubpd, .vaddsubpd:
    return { interpretNumbers(host_addsubpd, software_addsubpd, $0, $1) }
  case .haddps, .vhaddps:
    return { interpretNumbers(host_haddps, software_haddps, $0, $1) }
  case .haddpd, .vhaddpd:
    return { interpretNumbers(host_haddpd, software_haddpd, $0, $1) }
  case .hsubps, .vhsubps:
    return { interpretNumbers(host_hsubps, software_hsubps, $0, $1) }
  case .hsubpd, .vhsubpd:
    return { interpretNumbers(host_hsubpd, software_hsubpd, $0, $1) }
  case .roundps, .vroundps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.roundFloatingPoint(instruction, host_roundps)
      }
    }
  case .roundpd, .vroundpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.roundFloatingPoint(instruction, host_roundpd)
      }
    }
  case .roundss, .vroundss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.roundFloatingPoint(instruction, host_roundss)
      }
    }
  case .roundsd, .vroundsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.roundFloatingPoint(instruction, host_roundsd)
      }
    }
  case .dpps, .vdpps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.dotProduct(
          instruction, (host_mulps, software_mulps), (host_haddps, software_haddps), elementSize: 4)
      }
    }
  case .dppd, .vdppd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.dotProduct(
          instruction, (host_mulpd, software_mulpd), (host_haddpd, software_haddpd), elementSize: 8)
      }
    }
  default:
    return nil
  }
}

/// An SSE instruction of the host: control, result, first and second source; returns the exceptions.
typealias HostVectorFunction =
  @convention(c) (
    UInt32, UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer
  ) -> UInt32

/// A handler for an instruction that computes each lane by the same instruction of the host.
///
/// - Parameter software: the same by integers, where results may overflow or underflow.
@inline(__always)
func interpretNumbers(
  _ function: HostVectorFunction, _ software: HostVectorFunction?,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in
    try core.computeFloatingPoint(instruction, function, software)
  }
}

extension Core {
  /// An instruction that computes each lane from the lanes of two sources, by the same instruction of the host.
  func computeFloatingPoint(
    _ instruction: UnsafePointer<Instruction>, _ function: HostVectorFunction,
    _ software: HostVectorFunction?
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    let (function, control) = computation(function, software)
    try compute(operands, function, under: control, ignoring: [])
  }

  /// What computes, and under which control word.
  ///
  /// The host computes with all exceptions masked. What raises overflow or underflow then is not what raises them
  /// unmasked (APM volume 1, 4.10.2): a tiny result need not be inexact, and the exception does not make it so.
  func computation<Function>(_ function: Function, _ software: Function?) -> (Function, MXCSR) {
    guard let software, !mxcsr.isSuperset(of: [.overflowMask, .underflowMask]) else {
      return (function, mxcsr.computing)
    }
    return (software, mxcsr)
  }

  /// ROUNDPS and its kin: rounds as bits 0 and 1 of the immediate say, or as MXCSR says if bit 2 is set. Bit 3
  /// keeps inexact results from being reported.
  fileprivate func roundFloatingPoint(
    _ instruction: UnsafePointer<Instruction>, _ function: HostVectorFunction
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    let mode = instruction.pointee.immediate
    var control = mxcsr.computing
    if mode & 4 == 0 { control.rounding = UInt32(mode & 3) }
    let ignored: MXCSR = mode & 8 != 0 ? .precision : []
    try compute(operands, function, under: control, ignoring: ignored)
  }

  private func compute(
    _ operands: PackedOperands, _ function: HostVectorFunction, under control: MXCSR,
    ignoring ignored: MXCSR
  ) throws(Fault) {
    var lower = Lane()
    var upper = Lane()
    var exceptions = MXCSR(rawValue: function(control.rawValue, &lower, operands.first, operands.second))
    if operands.kind == .ymm {
      let more = function(control.rawValue, &upper, operands.first + 16, operands.second + 16)
      exceptions.formUnion(MXCSR(rawValue: more))
    }
    try raise(exceptions.subtracting(ignored))
    lower.store(at: operands.destination)
    if operands.kind == .ymm { upper.store(at: operands.destination + 16) }
    complete(operands)
  }

  /// DPPS and DPPD: the sum of the products that bits 4 to 7 of the immediate select, in the elements that bits
  /// 0 to 3 select.
  fileprivate func dotProduct(
    _ instruction: UnsafePointer<Instruction>, _ multiply: (HostVectorFunction, HostVectorFunction),
    _ addPairs: (HostVectorFunction, HostVectorFunction), elementSize: UInt64
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    let selection = instruction.pointee.immediate
    let factors = Lane(spreading: selection >> 4 & 0xF, elementSize: elementSize)
    let targets = Lane(spreading: selection & 0xF, elementSize: elementSize)
    let isWide = operands.kind == .ymm
    // Factors that are not selected become zeros, whose product raises nothing.
    let first = operands.lanes(of: operands.first, masked: factors)
    let second = operands.lanes(of: operands.second, masked: factors)
    var sums = try compute(multiply, first, second, isWide)
    sums = try compute(addPairs, sums, sums, isWide)
    if elementSize == 4 { sums = try compute(addPairs, sums, sums, isWide) }
    (sums.lower & targets).store(at: operands.destination)
    if isWide { (sums.upper & targets).store(at: operands.destination + 16) }
    complete(operands)
  }

  /// One step of an instruction that computes in several, with its exceptions.
  private func compute(
    _ functions: (HostVectorFunction, HostVectorFunction), _ first: LanePair, _ second: LanePair,
    _ isWide: Bool
  ) throws(Fault) -> LanePair {
    var first = first
    var second = second
    var result = LanePair()
    let (function, control) = computation(functions.0, functions.1)
    var exceptions = MXCSR(
      rawValue: function(control.rawValue, &result.lower, &first.lower, &second.lower))
    if isWide {
      exceptions.formUnion(
        MXCSR(rawValue: function(control.rawValue, &result.upper, &first.upper, &second.upper)))
    }
    try raise(exceptions)
    return result
  }
}

extension PackedOperands {
  /// The lanes of a source, with nothing above the vector length.
  @inline(__always)
  fileprivate func lanes(of source: UnsafeRawPointer, masked mask: Lane) -> LanePair {
    LanePair(Lane(at: source) & mask, kind == .ymm ? Lane(at: source + 16) & mask : Lane())
  }
}
