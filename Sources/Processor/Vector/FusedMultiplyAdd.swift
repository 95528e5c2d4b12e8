import HostFloatingPoint
import SoftwareFloatingPoint
import X86

/// FMA: multiplication and addition with one rounding.
func vectorMultiplyAddHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .vfmadd132ps, .vfmadd213ps, .vfmadd231ps:
    return { interpretMultiplyAdd(host_vfmaddps, .add(.packedSingle), .all, $0, $1) }
  case .vfmadd132pd, .vfmadd213pd, .vfmadd231pd:
    return { interpretMultiplyAdd(host_vfmaddpd, .add(.packedDouble), .all, $0, $1) }
  case .vfmadd132ss, .vfmadd213ss, .vfmadd231ss:
    return { interpretMultiplyAdd(host_vfmaddss, .add(.scalarSingle), .scalarSingle, $0, $1) }
  case .vfmadd132sd, .vfmadd213sd, .vfmadd231sd:
    return { interpretMultiplyAdd(host_vfmaddsd, .add(.scalarDouble), .scalarDouble, $0, $1) }
  case .vfmsub132ps, .vfmsub213ps, .vfmsub231ps:
    return { interpretMultiplyAdd(host_vfmsubps, .subtract(.packedSingle), .all, $0, $1) }
  case .vfmsub132pd, .vfmsub213pd, .vfmsub231pd:
    return { interpretMultiplyAdd(host_vfmsubpd, .subtract(.packedDouble), .all, $0, $1) }
  case .vfmsub132ss, .vfmsub213ss, .vfmsub231ss:
    return { interpretMultiplyAdd(host_vfmsubss, .subtract(.scalarSingle), .scalarSingle, $0, $1) }
  case .vfmsub132sd, .vfmsub213sd, .vfmsub231sd:
    return { interpretMultiplyAdd(host_vfmsubsd, .subtract(.scalarDouble), .scalarDouble, $0, $1) }
  case .vfmaddsub132ps, .vfmaddsub213ps, .vfmaddsub231ps:
    return { interpretMultiplyAdd(host_vfmaddsubps, .addSubtract(.packedSingle), .all, $0, $1) }
  case .vfmaddsub132pd, .vfmaddsub213pd, .vfmaddsub231pd:
    return { interpretMultiplyAdd(host_vfmaddsubpd, .addSubtract(.packedDouble), .all, $0, $1) }
  case .vfmsubadd132ps, .vfmsubadd213ps, .vfmsubadd231ps:
    return { interpretMultiplyAdd(host_vfmsubaddps, .subtractAdd(.packedSingle), .all, $0, $1) }
  case .vfmsubadd132pd, .vfmsubadd213pd, .vfmsubadd231pd:
    return { interpretMultiplyAdd(host_vfmsubaddpd, .subtractAdd(.packedDouble), .all, $0, $1) }
  default:
    return negatedMultiplyAddHandler(for: operation)
  }
}

private func negatedMultiplyAddHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .vfnmadd132ps, .vfnmadd213ps, .vfnmadd231ps:
    return { interpretMultiplyAdd(host_vfnmaddps, .negatedAdd(.packedSingle), .all, $0, $1) }
  case .vfnmadd132pd, .vfnmadd213pd, .vfnmadd231pd:
    return { interpretMultiplyAdd(host_vfnmaddpd, .negatedAdd(.packedDouble), .all, $0, $1) }
  case .vfnmadd132ss, .vfnmadd213ss, .vfnmadd231ss:
    return { interpretMultiplyAdd(host_vfnmaddss, .negatedAdd(.scalarSingle), .scalarSingle, $0, $1) }
  case .vfnmadd132sd, .vfnmadd213sd, .vfnmadd231sd:
    return { interpretMultiplyAdd(host_vfnmaddsd, .negatedAdd(.scalarDouble), .scalarDouble, $0, $1) }
  case .vfnmsub132ps, .vfnmsub213ps, .vfnmsub231ps:
    return { interpretMultiplyAdd(host_vfnmsubps, .negatedSubtract(.packedSingle), .all, $0, $1) }
  case .vfnmsub132pd, .vfnmsub213pd, .vfnmsub231pd:
    return { interpretMultiplyAdd(host_vfnmsubpd, .negatedSubtract(.packedDouble), .all, $0, $1) }
  case .vfnmsub132ss, .vfnmsub213ss, .vfnmsub231ss:
    return { interpretMultiplyAdd(host_vfnmsubss, .negatedSubtract(.scalarSingle), .scalarSingle, $0, $1) }
  case .vfnmsub132sd, .vfnmsub213sd, .vfnmsub231sd:
    return { interpretMultiplyAdd(host_vfnmsubsd, .negatedSubtract(.scalarDouble), .scalarDouble, $0, $1) }
  default:
    return nil
  }
}

/// Which operands are the factors and which the addend: the digits in the mnemonics.
private enum MultiplyAddOrder {
  case order132, order213, order231

  init(_ operation: Operation) {
    switch operation {
    case .vfmadd132ps, .vfmadd132pd, .vfmadd132ss, .vfmadd132sd,
      .vfmsub132ps, .vfmsub132pd, .vfmsub132ss, .vfmsub132sd,
      .vfnmadd132ps, .vfnmadd132pd, .vfnmadd132ss, .vfnmadd132sd,
      .vfnmsub132ps, .vfnmsub132pd, .vfnmsub132ss, .vfnmsub132sd,
      .vfmaddsub132ps, .vfmaddsub132pd, .vfmsubadd132ps, .vfmsubadd132pd:
      self = .order132
    case .vfmadd213ps, .vfmadd213pd, .vfmadd213ss, .vfmadd213sd,
      .vfmsub213ps, .vfmsub213pd, .vfmsub213ss, .vfmsub213sd,
      .vfnmadd213ps, .vfnmadd213pd, .vfnmadd213ss, .vfnmadd213sd,
      .vfnmsub213ps, .vfnmsub213pd, .vfnmsub213ss, .vfnmsub213sd,
      .vfmaddsub213ps, .vfmaddsub213pd, .vfmsubadd213ps, .vfmsubadd213pd:
      self = .order213
    default: self = .order231
    }
  }
}

/// An FMA instruction of the host: control, result, the factors and the addend; returns the exceptions.
typealias HostMultiplyAddFunction =
  @convention(c) (
    UInt32, UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer
  ) -> UInt32

/// What computes one lane of an instruction from a lane of each operand.
private enum MultiplyAddComputation {
  case host(HostMultiplyAddFunction, MXCSR)
  case software(FusedMultiplyAdd, MXCSR)

  /// Stores the result and returns the exceptions.
  @inline(__always)
  func compute(
    _ result: UnsafeMutableRawPointer, _ first: UnsafeRawPointer, _ second: UnsafeRawPointer,
    _ addend: UnsafeRawPointer
  ) -> MXCSR {
    switch self {
    case .host(let function, let control):
      return MXCSR(rawValue: function(control.rawValue, result, first, second, addend))
    case .software(let multiplyAdd, let control):
      var exceptions: FloatingPointExceptions = []
      let lane = multiplyAdd(
        Lane(at: first).halves, Lane(at: second).halves, Lane(at: addend).halves,
        in: ComputingEnvironment(mxcsr: control.rawValue), raising: &exceptions)
      Lane(lane).store(at: result)
      return MXCSR(exceptions)
    }
  }
}

@inline(__always)
private func interpretMultiplyAdd(
  _ function: HostMultiplyAddFunction, _ software: FusedMultiplyAdd, _ elements: ComputedElements,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in
    try core.multiplyAdd(instruction, function, software, elements)
  }
}

extension Core {
  fileprivate func multiplyAdd(
    _ instruction: UnsafePointer<Instruction>, _ function: HostMultiplyAddFunction,
    _ software: FusedMultiplyAdd, _ elements: ComputedElements
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    let destination = UnsafeRawPointer(operands.destination)
    // Of two factors that are NaNs the one that comes first here becomes the result.
    let (first, second, addend) =
      switch MultiplyAddOrder(instruction.pointee.operation) {
      case .order132: (destination, operands.second, operands.first)
      case .order213: (operands.first, destination, operands.second)
      case .order231: (operands.first, operands.second, destination)
      }
    let computation: MultiplyAddComputation =
      host_has_multiply_add() && !unmasksRange
      ? .host(function, mxcsr.computing) : .software(software, mxcsr)
    var lower = Lane()
    var upper = Lane()
    var exceptions = computation.compute(&lower, first, second, addend)
    if operands.kind == .ymm {
      exceptions.formUnion(computation.compute(&upper, first + 16, second + 16, addend + 16))
    }
    try raise(exceptions)
    lower = Lane.select(elements.mask, lower, Lane(at: operands.destination))
    lower.store(at: operands.destination)
    if operands.kind == .ymm { upper.store(at: operands.destination + 16) }
    complete(operands)
  }
}
