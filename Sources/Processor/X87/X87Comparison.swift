import HostFloatingPoint
import X86

/// Comparisons and classification.
func x87ComparisonHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .fcom:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Compare(instruction, host_fcom, popping: 0)
      }
    }
  case .fcomp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Compare(instruction, host_fcom, popping: 1)
      }
    }
  case .fcompp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Compare(instruction, host_fcom, popping: 2)
      }
    }
  case .fucom:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Compare(instruction, host_fucom, popping: 0)
      }
    }
  case .fucomp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Compare(instruction, host_fucom, popping: 1)
      }
    }
  case .fucompp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Compare(instruction, host_fucom, popping: 2)
      }
    }
  case .ficom:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87CompareInteger(instruction, popping: 0)
      }
    }
  case .ficomp:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87CompareInteger(instruction, popping: 1)
      }
    }
  case .ftst:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.x87Test(instruction) } }
  case .fxam:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.x87Examine(instruction) } }
  default:
    return x87FlagComparisonHandler(for: operation)
  }
}

private func x87FlagComparisonHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .fcomi:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87CompareToFlags(instruction, host_fcom, popping: 0)
      }
    }
  case .fcomip:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87CompareToFlags(instruction, host_fcom, popping: 1)
      }
    }
  case .fucomi:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87CompareToFlags(instruction, host_fucom, popping: 0)
      }
    }
  case .fucomip:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87CompareToFlags(instruction, host_fucom, popping: 1)
      }
    }
  default:
    return nil
  }
}

/// An x87 instruction of the host that compares.
typealias HostX87CompareFunction = @convention(c) (UInt16, UnsafeRawPointer, UnsafeRawPointer) -> UInt16

extension Core {
  /// FCOM, FUCOM and those of them that pop: ST(0) with a register or a number in memory.
  fileprivate func x87Compare(
    _ instruction: UnsafePointer<Instruction>, _ compare: HostX87CompareFunction, popping count: Int
  ) throws(Fault) {
    try requireX87()
    let operand = instruction.pointee.operands.0
    if operand.kind == .memory {
      let source = try vectorSource(operand, of: instruction)
      noteX87Instruction(instruction)
      return x87Compare(source, operand.width == 8 ? host_fcoml : host_fcoms, popping: count)
    }
    noteX87Instruction(instruction)
    let index = operand.kind == .x87Register ? operand.number : 1
    var source = x87Register(index)
    x87Compare(&source, compare, popping: count, isEmpty: !isX87Occupied(index))
  }

  fileprivate func x87CompareInteger(
    _ instruction: UnsafePointer<Instruction>, popping count: Int
  ) throws(Fault) {
    try requireX87()
    var source = try x87Integer(instruction)
    noteX87Instruction(instruction)
    x87Compare(&source, host_fcom, popping: count)
  }

  /// FTST: compares ST(0) with zero.
  fileprivate func x87Test(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    var zero = ExtendedReal.zero
    x87Compare(&zero, host_fcom, popping: 0)
  }

  private func x87Compare(
    _ source: UnsafeRawPointer, _ compare: HostX87CompareFunction, popping count: Int, isEmpty: Bool = false
  ) {
    let completed: Bool
    if isX87Occupied(0), !isEmpty {
      var value = x87Register(0)
      let status = compare(state.x87.controlWord, &value, source)
      mergeX87Status(status)
      setX87Conditions(X87Status(rawValue: status).intersection(.conditions))
      completed = !isUnmasked([.invalid, .denormal], in: status)
    } else {
      completed = x87StackUnderflow()
      setX87Conditions(.unordered)
    }
    if completed { for _ in 0..<count { popX87() } }
  }

  /// FCOMI and its kin: the relation goes to ZF, PF and CF, and the other status flags are cleared.
  fileprivate func x87CompareToFlags(
    _ instruction: UnsafePointer<Instruction>, _ compare: HostX87CompareFunction, popping count: Int
  ) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    let index = instruction.pointee.operands.1.number
    var relation = X87Status.unordered
    let completed: Bool
    if isX87Occupied(0), isX87Occupied(index) {
      var value = x87Register(0)
      var source = x87Register(index)
      let status = compare(state.x87.controlWord, &value, &source)
      // C1 stays.
      state.x87.statusWord |= status & X87Status.exceptions.rawValue
      relation = X87Status(rawValue: status)
      completed = !isUnmasked([.invalid, .denormal], in: status)
    } else {
      completed = x87StackUnderflow()
    }
    var flags: RFLAGS = []
    if relation.contains(.c0) { flags.insert(.carry) }
    if relation.contains(.c2) { flags.insert(.parity) }
    if relation.contains(.c3) { flags.insert(.zero) }
    state.lazyFlags.statusBits = flags
    if completed { for _ in 0..<count { popX87() } }
  }

  /// FXAM: what ST(0) is, in C3, C2 and C0, and its sign in C1.
  fileprivate func x87Examine(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    let value = x87Register(0)
    var conditions: X87Status
    if !isX87Occupied(0) {
      conditions = [.c3, .c0]
    } else {
      switch value.category {
      case .unsupported: conditions = []
      case .notANumber: conditions = .c0
      case .normal: conditions = .c2
      case .infinity: conditions = [.c2, .c0]
      case .zero: conditions = .c3
      case .denormal: conditions = [.c3, .c2]
      }
    }
    if value.isNegative { conditions.insert(.c1) }
    setX87Conditions(conditions)
  }
}
