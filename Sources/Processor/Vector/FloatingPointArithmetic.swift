import HostFloatingPoint
import SoftwareFloatingPoint
import X86

/// Arithmetic on packed and scalar floating-point numbers.
func vectorFloatingPointHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .addps, .vaddps:
    return { interpretNumbers(host_addps, .add(.packedSingle), $0, $1) }
  case .addpd, .vaddpd:
    return { interpretNumbers(host_addpd, .add(.packedDouble), $0, $1) }
  case .addss, .vaddss:
    return { interpretNumbers(host_addss, .add(.scalarSingle), $0, $1) }
  case .addsd, .vaddsd:
    return { interpretNumbers(host_addsd, .add(.scalarDouble), $0, $1) }
  case .subps, .vsubps:
    return { interpretNumbers(host_subps, .subtract(.packedSingle), $0, $1) }
  case .subpd, .vsubpd:
    return { interpretNumbers(host_subpd, .subtract(.packedDouble), $0, $1) }
  case .subss, .vsubss:
    return { interpretNumbers(host_subss, .subtract(.scalarSingle), $0, $1) }
  case .subsd, .vsubsd:
    return { interpretNumbers(host_subsd, .subtract(.scalarDouble), $0, $1) }
  case .mulps, .vmulps:
    return { interpretNumbers(host_mulps, .multiply(.packedSingle), $0, $1) }
  case .mulpd, .vmulpd:
    return { interpretNumbers(host_mulpd, .multiply(.packedDouble), $0, $1) }
  case .mulss, .vmulss:
    return { interpretNumbers(host_mulss, .multiply(.scalarSingle), $0, $1) }
  case .mulsd, .vmulsd:
    return { interpretNumbers(host_mulsd, .multiply(.scalarDouble), $0, $1) }
  case .divps, .vdivps:
    return { interpretNumbers(host_divps, .divide(.packedSingle), $0, $1) }
  case .divpd, .vdivpd:
    return { interpretNumbers(host_divpd, .divide(.packedDouble), $0, $1) }
  case .divss, .vdivss:
    return { interpretNumbers(host_divss, .divide(.scalarSingle), $0, $1) }
  case .divsd, .vdivsd:
    return { interpretNumbers(host_divsd, .divide(.scalarDouble), $0, $1) }
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
    return { interpretNumbers(host_addsubps, .subtractAndAdd(.packedSingle), $0, $1) }
  case .addsubpd, .vaddsubpd:
    return { interpretNumbers(host_addsubpd, .subtractAndAdd(.packedDouble), $0, $1) }
  case .haddps, .vhaddps:
    return { interpretNumbers(host_haddps, .addPairs(.packedSingle), $0, $1) }
  case .haddpd, .vhaddpd:
    return { interpretNumbers(host_haddpd, .addPairs(.packedDouble), $0, $1) }
  case .hsubps, .vhsubps:
    return { interpretNumbers(host_hsubps, .subtractPairs(.packedSingle), $0, $1) }
  case .hsubpd, .vhsubpd:
    return { interpretNumbers(host_hsubpd, .subtractPairs(.packedDouble), $0, $1) }
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
          instruction, (host_mulps, .multiply(.packedSingle)), (host_haddps, .addPairs(.packedSingle)),
          elementSize: 4)
      }
    }
  case .dppd, .vdppd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.dotProduct(
          instruction, (host_mulpd, .multiply(.packedDouble)), (host_haddpd, .addPairs(.packedDouble)),
          elementSize: 8)
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
  _ function: HostVectorFunction, _ software: VectorArithmetic?,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in
    try core.computeFloatingPoint(instruction, function, software)
  }
}

/// What computes one lane of an instruction from a lane of each source.
enum VectorComputation {
  case host(HostVectorFunction, MXCSR)
  case software(VectorArithmetic, MXCSR)

  /// Stores the result and returns the exceptions.
  @inline(__always)
  func compute(
    _ result: UnsafeMutableRawPointer, _ first: UnsafeRawPointer, _ second: UnsafeRawPointer
  ) -> MXCSR {
    switch self {
    case .host(let function, let control):
      return MXCSR(rawValue: function(control.rawValue, result, first, second))
    case .software(let arithmetic, let control):
      var exceptions: FloatingPointExceptions = []
      let lane = arithmetic(
        Lane(at: first).halves, Lane(at: second).halves, in: ComputingEnvironment(mxcsr: control.rawValue),
        raising: &exceptions)
      Lane(lane).store(at: result)
      return MXCSR(exceptions)
    }
  }
}

extension Core {
  /// An instruction that computes each lane from the lanes of two sources, by the same instruction of the host.
  func computeFloatingPoint(
    _ instruction: UnsafePointer<Instruction>, _ function: HostVectorFunction,
    _ software: VectorArithmetic?
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    try compute(operands, computation(function, software), ignoring: [])
  }

  /// What computes, and under which control word.
  ///
  /// The host computes with all exceptions masked. What raises overflow or underflow then is not what raises them
  /// unmasked (APM volume 1, 4.10.2): a tiny result need not be inexact, and the exception does not make it so.
  @inline(__always)
  func computation(_ function: HostVectorFunction, _ software: VectorArithmetic?) -> VectorComputation {
    guard let software, unmasksRange else { return .host(function, mxcsr.computing) }
    return .software(software, mxcsr)
  }

  /// Whether overflow or underflow is not masked.
  @inline(__always)
  var unmasksRange: Bool { !mxcsr.isSuperset(of: [.overflowMask, .underflowMask]) }

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
    try compute(operands, .host(function, control), ignoring: ignored)
  }

  private func compute(
    _ operands: PackedOperands, _ computation: VectorComputation, ignoring ignored: MXCSR
  ) throws(Fault) {
    var lower = Lane()
    var upper = Lane()
    var exceptions = computation.compute(&lower, operands.first, operands.second)
    if operands.kind == .ymm {
      exceptions.formUnion(computation.compute(&upper, operands.first + 16, operands.second + 16))
    }
    try raise(exceptions.subtracting(ignored))
    lower.store(at: operands.destination)
    if operands.kind == .ymm { upper.store(at: operands.destination + 16) }
    complete(operands)
  }

  /// DPPS and DPPD: the sum of the products that bits 4 to 7 of the immediate select, in the elements that bits
  /// 0 to 3 select.
  fileprivate func dotProduct(
    _ instruction: UnsafePointer<Instruction>, _ multiply: (HostVectorFunction, VectorArithmetic),
    _ addPairs: (HostVectorFunction, VectorArithmetic), elementSize: UInt64
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
    _ functions: (HostVectorFunction, VectorArithmetic), _ first: LanePair, _ second: LanePair,
    _ isWide: Bool
  ) throws(Fault) -> LanePair {
    var first = first
    var second = second
    var result = LanePair()
    let computation = computation(functions.0, functions.1)
    var exceptions = computation.compute(&result.lower, &first.lower, &second.lower)
    if isWide { exceptions.formUnion(computation.compute(&result.upper, &first.upper, &second.upper)) }
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
