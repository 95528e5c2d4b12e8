import HostFloatingPoint
import X86

/// An x87 instruction of the host: control word, result, left and right operand; returns the status word.
typealias HostX87BinaryFunction =
  @convention(c) (
    UInt16, UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer
  ) -> UInt16

/// An x87 instruction of the host with one operand.
typealias HostX87UnaryFunction = @convention(c) (UInt16, UnsafeMutableRawPointer, UnsafeRawPointer) -> UInt16

/// One operation for operands in a register, of single precision, and of double precision.
struct HostX87Arithmetic {
  var extended: HostX87BinaryFunction
  var single: HostX87BinaryFunction
  var double: HostX87BinaryFunction

  static var addition: HostX87Arithmetic {
    HostX87Arithmetic(extended: host_fadd, single: host_fadds, double: host_faddl)
  }
  static var subtraction: HostX87Arithmetic {
    HostX87Arithmetic(extended: host_fsub, single: host_fsubs, double: host_fsubl)
  }
  static var reverseSubtraction: HostX87Arithmetic {
    HostX87Arithmetic(extended: host_fsubr, single: host_fsubrs, double: host_fsubrl)
  }
  static var multiplication: HostX87Arithmetic {
    HostX87Arithmetic(extended: host_fmul, single: host_fmuls, double: host_fmull)
  }
  static var division: HostX87Arithmetic {
    HostX87Arithmetic(extended: host_fdiv, single: host_fdivs, double: host_fdivl)
  }
  static var reverseDivision: HostX87Arithmetic {
    HostX87Arithmetic(extended: host_fdivr, single: host_fdivrs, double: host_fdivrl)
  }
}

/// Arithmetic that rounds correctly.
func x87ArithmeticHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .fadd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .addition)
      }
    }
  case .faddp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .addition, popping: true)
      }
    }
  case .fiadd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87IntegerArithmetic(instruction, host_fadd)
      }
    }
  case .fsub:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .subtraction)
      }
    }
  case .fsubp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .subtraction, popping: true)
      }
    }
  case .fisub:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87IntegerArithmetic(instruction, host_fsub)
      }
    }
  case .fsubr:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .reverseSubtraction)
      }
    }
  case .fsubrp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .reverseSubtraction, popping: true)
      }
    }
  case .fisubr:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87IntegerArithmetic(instruction, host_fsubr)
      }
    }
  case .fmul:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .multiplication)
      }
    }
  case .fmulp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .multiplication, popping: true)
      }
    }
  case .fimul:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87IntegerArithmetic(instruction, host_fmul)
      }
    }
  case .fdiv:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .division)
      }
    }
  case .fdivp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .division, popping: true)
      }
    }
  case .fidiv:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87IntegerArithmetic(instruction, host_fdiv)
      }
    }
  case .fdivr:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .reverseDivision)
      }
    }
  case .fdivrp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Arithmetic(instruction, .reverseDivision, popping: true)
      }
    }
  case .fidivr:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87IntegerArithmetic(instruction, host_fdivr)
      }
    }
  case .fsqrt:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.x87Unary(instruction, host_fsqrt) }
    }
  case .frndint:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.x87Unary(instruction, host_frndint) }
    }
  case .fabs:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87ChangeSign(instruction) { $0 & ~ExtendedReal.signBit }
      }
    }
  case .fchs:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87ChangeSign(instruction) { $0 ^ ExtendedReal.signBit }
      }
    }
  default:
    return nil
  }
}

extension X87Status {
  /// Exceptions that, unmasked, keep an operation between registers from having a result.
  static let preventingResult: X87Status = [.invalid, .denormal, .zeroDivide]
}

extension Core {
  /// FADD and its kin: ST(0) with memory, or a register with another, and a pop for those that pop.
  fileprivate func x87Arithmetic(
    _ instruction: UnsafePointer<Instruction>, _ functions: HostX87Arithmetic, popping: Bool = false
  ) throws(Fault) {
    try requireX87()
    let (first, second, _, _) = instruction.pointee.operands
    if first.kind == .memory {
      let source = try vectorSource(first, of: instruction)
      noteX87Instruction(instruction)
      guard isX87Occupied(0) else {
        if x87StackUnderflow() { setX87Register(0, .indefinite) }
        return
      }
      x87Compute(first.width == 8 ? functions.double : functions.single, into: 0, source)
      return
    }
    noteX87Instruction(instruction)
    guard isX87Occupied(first.number), isX87Occupied(second.number) else {
      guard x87StackUnderflow() else { return }
      setX87Register(first.number, .indefinite)
      if popping { popX87() }
      return
    }
    var source = x87Register(second.number)
    let completed = x87Compute(functions.extended, into: first.number, &source)
    if completed, popping { popX87() }
  }

  /// FIADD and its kin: ST(0) with an integer in memory.
  fileprivate func x87IntegerArithmetic(
    _ instruction: UnsafePointer<Instruction>, _ function: HostX87BinaryFunction
  ) throws(Fault) {
    try requireX87()
    var source = try x87Integer(instruction)
    noteX87Instruction(instruction)
    guard isX87Occupied(0) else {
      if x87StackUnderflow() { setX87Register(0, .indefinite) }
      return
    }
    x87Compute(function, into: 0, &source)
  }

  /// The integer memory operand of an instruction, as a number.
  func x87Integer(_ instruction: UnsafePointer<Instruction>) throws(Fault) -> ExtendedReal {
    let operand = instruction.pointee.operands.0
    let source = try vectorSource(operand, of: instruction)
    switch operand.width {
    case 2: return ExtendedReal(Int64(source.loadUnaligned(as: Int16.self)))
    case 4: return ExtendedReal(Int64(source.loadUnaligned(as: Int32.self)))
    default: return ExtendedReal(source.loadUnaligned(as: Int64.self))
    }
  }

  /// Computes a register from itself and another operand; `false` if an unmasked exception prevents a result.
  @discardableResult
  func x87Compute(
    _ function: HostX87BinaryFunction, into index: UInt8, _ source: UnsafeRawPointer
  ) -> Bool {
    var value = x87Register(index)
    var result = ExtendedReal.zero
    let status = function(state.x87.controlWord, &result, &value, source)
    mergeX87Status(status)
    guard !isUnmasked(.preventingResult, in: status) else { return false }
    setX87Register(index, result)
    return true
  }

  /// FSQRT, FRNDINT and the like: ST(0) from itself.
  func x87Unary(_ instruction: UnsafePointer<Instruction>, _ function: HostX87UnaryFunction) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    guard isX87Occupied(0) else {
      if x87StackUnderflow() { setX87Register(0, .indefinite) }
      return
    }
    var value = x87Register(0)
    var result = ExtendedReal.zero
    let status = function(state.x87.controlWord, &result, &value)
    mergeX87Status(status)
    if !isUnmasked(.preventingResult, in: status) { setX87Register(0, result) }
  }

  /// FABS and FCHS, which raise nothing for any number.
  fileprivate func x87ChangeSign(
    _ instruction: UnsafePointer<Instruction>, _ change: (UInt16) -> UInt16
  ) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    guard isX87Occupied(0) else {
      if x87StackUnderflow() { setX87Register(0, .indefinite) }
      return
    }
    var value = x87Register(0)
    value.signAndExponent = change(value.signAndExponent)
    setX87Register(0, value)
    setX87Conditions([], among: .c1)
  }
}
