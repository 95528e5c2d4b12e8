import HostFloatingPoint
import X86

/// Comparisons of floating-point numbers.
func vectorFloatingPointComparisonHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .cmpps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareFloatingPoint(
          instruction, (host_cmpeqps, host_cmpltps, host_cmpleps, host_cmpunordps), .packedSingle)
      }
    }
  case .cmppd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareFloatingPoint(
          instruction, (host_cmpeqpd, host_cmpltpd, host_cmplepd, host_cmpunordpd), .packedDouble)
      }
    }
  case .cmpss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareFloatingPoint(
          instruction, (host_cmpeqss, host_cmpltss, host_cmpless, host_cmpunordss), .scalarSingle)
      }
    }
  case .cmpsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareFloatingPoint(
          instruction, (host_cmpeqsd, host_cmpltsd, host_cmplesd, host_cmpunordsd), .scalarDouble)
      }
    }
  case .comiss, .vcomiss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareToFlags(instruction, host_comiss)
      }
    }
  case .comisd, .vcomisd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareToFlags(instruction, host_comisd)
      }
    }
  case .ucomiss, .vucomiss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareToFlags(instruction, host_ucomiss)
      }
    }
  case .ucomisd, .vucomisd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareToFlags(instruction, host_ucomisd)
      }
    }
  default:
    return nil
  }
}

/// An SSE instruction of the host that compares and sets status flags.
typealias HostCompareFunction =
  @convention(c) (
    UInt32, UnsafeMutablePointer<UInt64>, UnsafeRawPointer, UnsafeRawPointer
  ) -> UInt32

/// The instructions for equal, less, less or equal, and unordered.
private typealias HostPredicates = (
  HostVectorFunction, HostVectorFunction, HostVectorFunction, HostVectorFunction
)

extension ComputedElements {
  /// Ones where the elements are.
  fileprivate var mask: Lane {
    switch self {
    case .none: Lane()
    case .scalarSingle: Lane(0xFFFF_FFFF)
    case .scalarDouble: Lane(~0)
    case .packedSingle, .packedDouble: Lane(~0, ~0)
    }
  }
}

extension Core {
  /// CMPPS and its kin, with the eight predicates that do not need VEX. The last four are the first four negated,
  /// and raise the same exceptions.
  fileprivate func compareFloatingPoint(
    _ instruction: UnsafePointer<Instruction>, _ predicates: HostPredicates, _ elements: ComputedElements
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    let predicate = instruction.pointee.immediate
    let function =
      switch predicate & 3 {
      case 0: predicates.0
      case 1: predicates.1
      case 2: predicates.2
      default: predicates.3
      }
    var result = Lane()
    try raise(MXCSR(rawValue: function(mxcsr.computing.rawValue, &result, operands.first, operands.second)))
    if predicate & 4 != 0 { result = result ^ elements.mask }
    result.store(at: operands.destination)
    complete(operands)
  }

  /// COMISS, UCOMISS and their kin: ZF, PF and CF tell the relation; the other status flags are cleared.
  fileprivate func compareToFlags(
    _ instruction: UnsafePointer<Instruction>, _ function: HostCompareFunction
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    var flags: UInt64 = 0
    try raise(MXCSR(rawValue: function(mxcsr.computing.rawValue, &flags, operands.first, operands.second)))
    state.lazyFlags.statusBits = RFLAGS(rawValue: flags)
  }
}
