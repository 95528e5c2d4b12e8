import HostFloatingPoint
import X86

/// Transcendental functions, remainders and scaling.
func x87TranscendentalHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .fsin:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Trigonometric(instruction, host_fsin)
      }
    }
  case .fcos:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Trigonometric(instruction, host_fcos)
      }
    }
  case .f2xm1:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Unary(instruction, host_f2xm1)
      }
    }
  case .fptan:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Pair(instruction, host_fptan, affecting: .c2)
      }
    }
  case .fsincos:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Pair(instruction, host_fsincos, affecting: .c2)
      }
    }
  case .fxtract:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Pair(instruction, host_fxtract, affecting: [])
      }
    }
  case .fprem:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Scaling(instruction, host_fprem, affecting: .conditions)
      }
    }
  case .fprem1:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Scaling(instruction, host_fprem1, affecting: .conditions)
      }
    }
  case .fscale:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Scaling(instruction, host_fscale, affecting: [])
      }
    }
  case .fyl2x:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Logarithm(instruction, host_fyl2x)
      }
    }
  case .fyl2xp1:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Logarithm(instruction, host_fyl2xp1)
      }
    }
  case .fpatan:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Logarithm(instruction, host_fpatan)
      }
    }
  default:
    return nil
  }
}

/// An x87 instruction of the host that gives two results: control word, result, pushed result, operand.
typealias HostX87PairFunction =
  @convention(c) (
    UInt16, UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeRawPointer
  ) -> UInt16

extension Core {
  /// FSIN and FCOS: C2 tells that the operand is too large and was left.
  fileprivate func x87Trigonometric(
    _ instruction: UnsafePointer<Instruction>, _ function: HostX87UnaryFunction
  ) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    guard isX87Occupied(0) else {
      setX87Conditions([], among: .c2)
      if x87StackUnderflow() { setX87Register(0, .indefinite) }
      return
    }
    var value = x87Register(0)
    var result = ExtendedReal.zero
    let status = function(state.x87.controlWord, &result, &value)
    mergeX87Status(status)
    setX87Conditions(X87Status(rawValue: status).intersection(.c2), among: .c2)
    if !isUnmasked(.preventingResult, in: status) { setX87Register(0, result) }
  }

  /// FPTAN, FSINCOS and FXTRACT: a result in ST(0), and another that is pushed.
  fileprivate func x87Pair(
    _ instruction: UnsafePointer<Instruction>, _ function: HostX87PairFunction,
    affecting conditions: X87Status
  ) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    guard isX87Occupied(0), !isX87Occupied(7) else {
      setX87Conditions([], among: conditions.intersection(.c2))
      guard isX87Occupied(0) ? x87StackOverflow() : x87StackUnderflow() else { return }
      setX87Register(0, .indefinite)
      return pushX87(.indefinite)
    }
    var value = x87Register(0)
    var result = ExtendedReal.zero
    var pushed = ExtendedReal.zero
    let status = function(state.x87.controlWord, &result, &pushed, &value)
    mergeX87Status(status)
    setX87Conditions(X87Status(rawValue: status).intersection(conditions), among: conditions)
    // TOP was 0 before the host's instruction loaded its operand, and is 6 if it has pushed.
    guard status >> X87Status.topShift & 7 == 6 else { return }
    setX87Register(0, result)
    pushX87(pushed)
  }

  /// FSCALE, FPREM and FPREM1: ST(0) from ST(0) and ST(1). The remainders report in C2 that they are not done,
  /// and in C0, C3 and C1 the lowest bits of the quotient.
  fileprivate func x87Scaling(
    _ instruction: UnsafePointer<Instruction>, _ function: HostX87BinaryFunction,
    affecting conditions: X87Status
  ) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    guard isX87Occupied(0), isX87Occupied(1) else {
      setX87Conditions([], among: conditions.intersection(.c2))
      if x87StackUnderflow() { setX87Register(0, .indefinite) }
      return
    }
    var value = x87Register(0)
    var other = x87Register(1)
    var result = ExtendedReal.zero
    let status = function(state.x87.controlWord, &result, &value, &other)
    mergeX87Status(status)
    let isPrevented = isUnmasked(.preventingResult, in: status)
    // Without a quotient, because there is no number or none is given, its bits stay what they were.
    let hasQuotient = !isPrevented && result.category != .notANumber
    let affected = hasQuotient ? conditions : conditions.intersection(.c2)
    setX87Conditions(X87Status(rawValue: status).intersection(affected), among: affected)
    guard !isPrevented else { return }
    setX87Register(0, result)
  }

  /// FYL2X, FYL2XP1 and FPATAN: ST(1) from ST(0) and ST(1), and a pop.
  fileprivate func x87Logarithm(
    _ instruction: UnsafePointer<Instruction>, _ function: HostX87BinaryFunction
  ) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    guard isX87Occupied(0), isX87Occupied(1) else {
      guard x87StackUnderflow() else { return }
      setX87Register(1, .indefinite)
      return popX87()
    }
    var value = x87Register(0)
    var other = x87Register(1)
    var result = ExtendedReal.zero
    let status = function(state.x87.controlWord, &result, &value, &other)
    mergeX87Status(status)
    guard !isUnmasked(.preventingResult, in: status) else { return }
    setX87Register(1, result)
    popX87()
  }
}
