import HostFloatingPoint
import X86

/// Arithmetic on packed and scalar floating-point numbers.
func vectorFloatingPointHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .addps, .vaddps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_addps, tinyResults: .packedSingle)
      }
    }
  case .addpd, .vaddpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_addpd, tinyResults: .packedDouble)
      }
    }
  case .addss, .vaddss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_addss, tinyResults: .scalarSingle)
      }
    }
  case .addsd, .vaddsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_addsd, tinyResults: .scalarDouble)
      }
    }
  case .subps, .vsubps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_subps, tinyResults: .packedSingle)
      }
    }
  case .subpd, .vsubpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_subpd, tinyResults: .packedDouble)
      }
    }
  case .subss, .vsubss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_subss, tinyResults: .scalarSingle)
      }
    }
  case .subsd, .vsubsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_subsd, tinyResults: .scalarDouble)
      }
    }
  case .mulps, .vmulps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_mulps, tinyResults: .packedSingle)
      }
    }
  case .mulpd, .vmulpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_mulpd, tinyResults: .packedDouble)
      }
    }
  case .mulss, .vmulss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_mulss, tinyResults: .scalarSingle)
      }
    }
  case .mulsd, .vmulsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_mulsd, tinyResults: .scalarDouble)
      }
    }
  case .divps, .vdivps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_divps, tinyResults: .packedSingle)
      }
    }
  case .divpd, .vdivpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_divpd, tinyResults: .packedDouble)
      }
    }
  case .divss, .vdivss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_divss, tinyResults: .scalarSingle)
      }
    }
  case .divsd, .vdivsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_divsd, tinyResults: .scalarDouble)
      }
    }
  default:
    return unaryFloatingPointHandler(for: operation)
  }
}

private func unaryFloatingPointHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .sqrtps, .vsqrtps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_sqrtps)
      }
    }
  case .sqrtpd, .vsqrtpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_sqrtpd)
      }
    }
  case .sqrtss, .vsqrtss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_sqrtss)
      }
    }
  case .sqrtsd, .vsqrtsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_sqrtsd)
      }
    }
  case .minps, .vminps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_minps)
      }
    }
  case .minpd, .vminpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_minpd)
      }
    }
  case .minss, .vminss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_minss)
      }
    }
  case .minsd, .vminsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_minsd)
      }
    }
  case .maxps, .vmaxps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_maxps)
      }
    }
  case .maxpd, .vmaxpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_maxpd)
      }
    }
  case .maxss, .vmaxss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_maxss)
      }
    }
  case .maxsd, .vmaxsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_maxsd)
      }
    }
  case .rcpps, .vrcpps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_rcpps)
      }
    }
  case .rcpss, .vrcpss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_rcpss)
      }
    }
  case .rsqrtps, .vrsqrtps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_rsqrtps)
      }
    }
  case .rsqrtss, .vrsqrtss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_rsqrtss)
      }
    }
  default:
    return horizontalFloatingPointHandler(for: operation)
  }
}

private func horizontalFloatingPointHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .addsubps, .vaddsubps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_addsubps, tinyResults: .packedSingle)
      }
    }
  case .addsubpd, .vaddsubpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_addsubpd, tinyResults: .packedDouble)
      }
    }
  case .haddps, .vhaddps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_haddps, tinyResults: .packedSingle)
      }
    }
  case .haddpd, .vhaddpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_haddpd, tinyResults: .packedDouble)
      }
    }
  case .hsubps, .vhsubps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_hsubps, tinyResults: .packedSingle)
      }
    }
  case .hsubpd, .vhsubpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.computeFloatingPoint(instruction, host_hsubpd, tinyResults: .packedDouble)
      }
    }
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

extension Core {
  /// An instruction that computes each lane from the lanes of two sources, by the same instruction of the host.
  func computeFloatingPoint(
    _ instruction: UnsafePointer<Instruction>, _ function: HostVectorFunction,
    tinyResults: ComputedElements = .none
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
    var results = (Lane(), Lane())
    for offset in stride(from: 0, through: operands.lastOffset, by: 16) {
      // Factors that are not selected become zeros, whose product raises nothing.
      let first = Lane(at: operands.first + offset) & factors
      let second = Lane(at: operands.second + offset) & factors
      var sums = try compute(multiply, first, second, tinyResults)
      sums = try compute(addPairs, sums, sums, tinyResults)
      if elementSize == 4 { sums = try compute(addPairs, sums, sums, tinyResults) }
      let result = sums & targets
      if offset == 0 { results.0 = result } else { results.1 = result }
    }
    results.0.store(at: operands.destination)
    if operands.kind == .ymm { results.1.store(at: operands.destination + 16) }
    complete(operands)
  }

  /// One step of an instruction that computes in several, with its exceptions.
  private func compute(
    _ function: HostVectorFunction, _ first: Lane, _ second: Lane, _ tinyResults: ComputedElements
  ) throws(Fault) -> Lane {
    var first = first
    var second = second
    var result = Lane()
    var exceptions = MXCSR(rawValue: function(mxcsr.computing.rawValue, &result, &first, &second))
    if hasUnreportedUnderflow(result, tinyResults) { exceptions.insert(.underflow) }
    try raise(exceptions)
    return result
  }
}
