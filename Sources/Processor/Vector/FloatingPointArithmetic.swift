import HostFloatingPoint
import X86

/// Arithmetic on packed and scalar floating-point numbers.
func vectorFloatingPointHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .addps, .vaddps:
    return { interpretNumbers(host_addps, .packedSingle, $0, $1) }
  case .addpd, .vaddpd:
    return { interpretNumbers(host_addpd, .packedDouble, $0, $1) }
  case .addss, .vaddss:
    return { interpretNumbers(host_addss, .scalarSingle, $0, $1) }
  case .addsd, .vaddsd:
    return { interpretNumbers(host_addsd, .scalarDouble, $0, $1) }
  case .subps, .vsubps:
    return { interpretNumbers(host_subps, .packedSingle, $0, $1) }
  case .subpd, .vsubpd:
    return { interpretNumbers(host_subpd, .packedDouble, $0, $1) }
  case .subss, .vsubss:
    return { interpretNumbers(host_subss, .scalarSingle, $0, $1) }
  case .subsd, .vsubsd:
    return { interpretNumbers(host_subsd, .scalarDouble, $0, $1) }
  case .mulps, .vmulps:
    return { interpretNumbers(host_mulps, .packedSingle, $0, $1) }
  case .mulpd, .vmulpd:
    return { interpretNumbers(host_mulpd, .packedDouble, $0, $1) }
  case .mulss, .vmulss:
    return { interpretNumbers(host_mulss, .scalarSingle, $0, $1) }
  case .mulsd, .vmulsd:
    return { interpretNumbers(host_mulsd, .scalarDouble, $0, $1) }
  case .divps, .vdivps:
    return { interpretNumbers(host_divps, .packedSingle, $0, $1) }
  case .divpd, .vdivpd:
    return { interpretNumbers(host_divpd, .packedDouble, $0, $1) }
  case .divss, .vdivss:
    return { interpretNumbers(host_divss, .scalarSingle, $0, $1) }
  case .divsd, .vdivsd:
    return { interpretNumbers(host_divsd, .scalarDouble, $0, $1) }
  default:
    return unaryFloatingPointHandler(for: operation)
  }
}

private func unaryFloatingPointHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .sqrtps, .vsqrtps:
    return { interpretNumbers(host_sqrtps, .none, $0, $1) }
  case .sqrtpd, .vsqrtpd:
    return { interpretNumbers(host_sqrtpd, .none, $0, $1) }
  case .sqrtss, .vsqrtss:
    return { interpretNumbers(host_sqrtss, .none, $0, $1) }
  case .sqrtsd, .vsqrtsd:
    return { interpretNumbers(host_sqrtsd, .none, $0, $1) }
  case .minps, .vminps:
    return { interpretNumbers(host_minps, .none, $0, $1) }
  case .minpd, .vminpd:
    return { interpretNumbers(host_minpd, .none, $0, $1) }
  case .minss, .vminss:
    return { interpretNumbers(host_minss, .none, $0, $1) }
  case .minsd, .vminsd:
    return { interpretNumbers(host_minsd, .none, $0, $1) }
  case .maxps, .vmaxps:
    return { interpretNumbers(host_maxps, .none, $0, $1) }
  case .maxpd, .vmaxpd:
    return { interpretNumbers(host_maxpd, .none, $0, $1) }
  case .maxss, .vmaxss:
    return { interpretNumbers(host_maxss, .none, $0, $1) }
  case .maxsd, .vmaxsd:
    return { interpretNumbers(host_maxsd, .none, $0, $1) }
  case .rcpps, .vrcpps:
    return { interpretNumbers(host_rcpps, .none, $0, $1) }
  case .rcpss, .vrcpss:
    return { interpretNumbers(host_rcpss, .none, $0, $1) }
  case .rsqrtps, .vrsqrtps:
    return { interpretNumbers(host_rsqrtps, .none, $0, $1) }
  case .rsqrtss, .vrsqrtss:
    return { interpretNumbers(host_rsqrtss, .none, $0, $1) }
  default:
    return horizontalFloatingPointHandler(for: operation)
  }
}

private func horizontalFloatingPointHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .addsubps, .vaddsubps:
    return { interpretNumbers(host_addsubps, .packedSingle, $0, $1) }
  case .addsubpd, .vaddsubpd:
    return { interpretNumbers(host_addsubpd, .packedDouble, $0, $1) }
  case .haddps, .vhaddps:
    return { interpretNumbers(host_haddps, .packedSingle, $0, $1) }
  case .haddpd, .vhaddpd:
    return { interpretNumbers(host_haddpd, .packedDouble, $0, $1) }
  case .hsubps, .vhsubps:
    return { interpretNumbers(host_hsubps, .packedSingle, $0, $1) }
  case .hsubpd, .vhsubpd:
    return { interpretNumbers(host_hsubpd, .packedDouble, $0, $1) }
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
        try core.dotProduct(instruction, host_mulps, host_haddps, tinyResults: .packedSingle, elementSize: 4)
      }
    }
  case .dppd, .vdppd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.dotProduct(instruction, host_mulpd, host_haddpd, tinyResults: .packedDouble, elementSize: 8)
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

/// Which elements of a result an instruction computed, for exceptions that depend on the result.
enum ComputedElements {
  /// None for which it matters.
  case none
  case packedSingle
  case packedDouble
  case scalarSingle
  case scalarDouble

  /// Whether one of the elements is a denormal number.
  func containDenormal(_ lane: Lane) -> Bool {
    switch self {
    case .none: false
    case .packedSingle: (0..<4).contains { Self.isDenormal(single: lane.doublewords[$0]) }
    case .packedDouble: Self.isDenormal(double: lane.low) || Self.isDenormal(double: lane.high)
    case .scalarSingle: Self.isDenormal(single: lane.doublewords.x)
    case .scalarDouble: Self.isDenormal(double: lane.low)
    }
  }

  private static func isDenormal(single bits: UInt32) -> Bool { bits << 1 != 0 && bits & 0x7F80_0000 == 0 }
  private static func isDenormal(double bits: UInt64) -> Bool { bits << 1 != 0 && bits & 0x7FF0 << 48 == 0 }
}

/// A handler for an instruction that computes each lane by the same instruction of the host.
@inline(__always)
func interpretNumbers(
  _ function: HostVectorFunction, _ tinyResults: ComputedElements,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in
    try core.computeFloatingPoint(instruction, function, tinyResults: tinyResults)
  }
}

extension Core {
  /// An instruction that computes each lane from the lanes of two sources, by the same instruction of the host.
  func computeFloatingPoint(
    _ instruction: UnsafePointer<Instruction>, _ function: HostVectorFunction,
    tinyResults: ComputedElements
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    try compute(operands, function, under: mxcsr.computing, tinyResults: tinyResults, ignoring: [])
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
    try compute(operands, function, under: control, tinyResults: .none, ignoring: ignored)
  }

  private func compute(
    _ operands: PackedOperands, _ function: HostVectorFunction, under control: MXCSR,
    tinyResults: ComputedElements, ignoring ignored: MXCSR
  ) throws(Fault) {
    var lower = Lane()
    var upper = Lane()
    var exceptions = MXCSR(rawValue: function(control.rawValue, &lower, operands.first, operands.second))
    if operands.kind == .ymm {
      let more = function(control.rawValue, &upper, operands.first + 16, operands.second + 16)
      exceptions.formUnion(MXCSR(rawValue: more))
    }
    if hasUnreportedUnderflow(lower, tinyResults) || hasUnreportedUnderflow(upper, tinyResults) {
      exceptions.insert(.underflow)
    }
    try raise(exceptions.subtracting(ignored))
    lower.store(at: operands.destination)
    if operands.kind == .ymm { upper.store(at: operands.destination + 16) }
    complete(operands)
  }

  /// While underflow is masked, only tiny results that are also inexact are underflows; unmasked, all tiny
  /// results are (APM volume 1, 4.10.2). The host always computes with underflow masked.
  @inline(__always)
  func hasUnreportedUnderflow(_ result: Lane, _ elements: ComputedElements) -> Bool {
    !mxcsr.contains(.underflowMask) && elements.containDenormal(result)
  }

  /// DPPS and DPPD: the sum of the products that bits 4 to 7 of the immediate select, in the elements that bits
  /// 0 to 3 select.
  fileprivate func dotProduct(
    _ instruction: UnsafePointer<Instruction>, _ multiply: HostVectorFunction, _ addPairs: HostVectorFunction,
    tinyResults: ComputedElements, elementSize: UInt64
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    let selection = instruction.pointee.immediate
    let factors = Lane(spreading: selection >> 4 & 0xF, elementSize: elementSize)
    let targets = Lane(spreading: selection & 0xF, elementSize: elementSize)
    let isWide = operands.kind == .ymm
    // Factors that are not selected become zeros, whose product raises nothing.
    let first = operands.lanes(of: operands.first, masked: factors)
    let second = operands.lanes(of: operands.second, masked: factors)
    var sums = try compute(multiply, first, second, isWide, tinyResults)
    sums = try compute(addPairs, sums, sums, isWide, tinyResults)
    if elementSize == 4 { sums = try compute(addPairs, sums, sums, isWide, tinyResults) }
    (sums.lower & targets).store(at: operands.destination)
    if isWide { (sums.upper & targets).store(at: operands.destination + 16) }
    complete(operands)
  }

  /// One step of an instruction that computes in several, with its exceptions.
  private func compute(
    _ function: HostVectorFunction, _ first: LanePair, _ second: LanePair, _ isWide: Bool,
    _ tinyResults: ComputedElements
  ) throws(Fault) -> LanePair {
    var first = first
    var second = second
    var result = LanePair()
    let control = mxcsr.computing.rawValue
    var exceptions = MXCSR(rawValue: function(control, &result.lower, &first.lower, &second.lower))
    if isWide {
      exceptions.formUnion(MXCSR(rawValue: function(control, &result.upper, &first.upper, &second.upper)))
    }
    if hasUnreportedUnderflow(result.lower, tinyResults) || hasUnreportedUnderflow(result.upper, tinyResults)
    {
      exceptions.insert(.underflow)
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
