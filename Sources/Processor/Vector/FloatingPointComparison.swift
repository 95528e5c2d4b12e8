import HostFloatingPoint
import X86

/// Comparisons of floating-point numbers.
func vectorFloatingPointComparisonHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .cmpps, .vcmpps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareFloatingPoint(
          instruction,
          HostPredicates(
            equal: host_cmpeqps, unordered: host_cmpunordps, less: host_cmpltps, lessOrEqual: host_cmpleps),
          .all)
      }
    }
  case .cmppd, .vcmppd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareFloatingPoint(
          instruction,
          HostPredicates(
            equal: host_cmpeqpd, unordered: host_cmpunordpd, less: host_cmpltpd, lessOrEqual: host_cmplepd),
          .all)
      }
    }
  case .cmpss, .vcmpss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareFloatingPoint(
          instruction,
          HostPredicates(
            equal: host_cmpeqss, unordered: host_cmpunordss, less: host_cmpltss, lessOrEqual: host_cmpless),
          .scalarSingle)
      }
    }
  case .cmpsd, .vcmpsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareFloatingPoint(
          instruction,
          HostPredicates(
            equal: host_cmpeqsd, unordered: host_cmpunordsd, less: host_cmpltsd, lessOrEqual: host_cmplesd),
          .scalarDouble)
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

/// The host's instructions from which all predicates are composed.
struct HostPredicates {
  /// Quiet NaNs are no exception to these two, but to the others.
  var equal: HostVectorFunction
  var unordered: HostVectorFunction
  var less: HostVectorFunction
  var lessOrEqual: HostVectorFunction
}

/// Which elements of a register an instruction computes.
enum ComputedElements {
  case all
  case scalarSingle
  case scalarDouble

  /// Ones where the elements are.
  var mask: Lane {
    switch self {
    case .scalarSingle: Lane(0xFFFF_FFFF)
    case .scalarDouble: Lane(~0)
    case .all: Lane(~0, ~0)
    }
  }
}

extension Core {
  /// CMPPS and its kin. The immediate has eight predicates, with VEX 32.
  fileprivate func compareFloatingPoint(
    _ instruction: UnsafePointer<Instruction>, _ predicates: HostPredicates, _ elements: ComputedElements
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    let isVEX = instruction.pointee.prefixes.contains(.vex)
    let predicate = ComparisonPredicate(rawValue: instruction.pointee.immediate & (isVEX ? 0x1F : 7))
    var lower = Lane()
    var upper = Lane()
    let control = mxcsr.computing.rawValue
    var exceptions = predicates.compare(
      predicate, control, operands.first, operands.second, elements, into: &lower)
    if operands.kind == .ymm {
      exceptions.formUnion(
        predicates.compare(
          predicate, control, operands.first + 16, operands.second + 16, elements, into: &upper))
    }
    try raise(exceptions)
    lower.store(at: operands.destination)
    if operands.kind == .ymm { upper.store(at: operands.destination + 16) }
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
