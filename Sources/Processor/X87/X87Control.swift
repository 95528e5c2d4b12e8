import X86

/// Instructions that manage the x87 unit.
func x87ControlHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .fninit:
    return {
      interpret($0, $1) { core, _ throws(Fault) in
        try core.requireX87(waiting: false)
        core.initialiseX87()
      }
    }
  case .fnclex:
    return {
      interpret($0, $1) { core, _ throws(Fault) in
        try core.requireX87(waiting: false)
        core.state.x87.statusWord &= X87Status.conditions.rawValue
      }
    }
  case .wait:
    return { interpret($0, $1) { core, _ throws(Fault) in try core.waitForX87() } }
  case .fnop:
    return { interpret($0, $1) { core, _ throws(Fault) in try core.requireX87() } }
  case .feni, .fdisi, .fsetpm:
    return { interpret($0, $1) { core, _ throws(Fault) in try core.requireX87(waiting: false) } }
  case .fldcw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.x87LoadControlWord(instruction) }
    }
  case .fnstcw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87StoreWord(instruction, core.x87ControlWord)
      }
    }
  case .fnstsw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87StoreWord(instruction, core.x87StatusWord)
      }
    }
  default:
    return x87StackHandler(for: operation) ?? x87EnvironmentHandler(for: operation)
  }
}

private func x87StackHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .fincstp:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.x87Rotate(instruction, by: 1) } }
  case .fdecstp:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.x87Rotate(instruction, by: 7) } }
  case .ffree:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Free(instruction, popping: false)
      }
    }
  case .ffreep:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.x87Free(instruction, popping: true)
      }
    }
  case .emms:
    return {
      interpret($0, $1) { core, _ throws(Fault) in
        guard !core.state.cr0.contains(.emulation) else { throw .invalidOpcode }
        try core.requireX87()
        core.state.x87.occupied = 0
        core.state.x87.top = 0
      }
    }
  default:
    return nil
  }
}

extension Core {
  /// WAIT: CR0.MP makes it obey CR0.TS.
  fileprivate func waitForX87() throws(Fault) {
    guard !state.cr0.isSuperset(of: [.monitorCoprocessor, .taskSwitched]) else { throw .deviceNotAvailable }
    try raisePendingX87Exception()
  }

  fileprivate func x87LoadControlWord(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireX87()
    let operand = instruction.pointee.operands.0
    x87ControlWord = UInt16(truncatingIfNeeded: try value(operand, of: instruction))
  }

  fileprivate func x87StoreWord(
    _ instruction: UnsafePointer<Instruction>, _ word: @autoclosure () -> UInt16
  ) throws(Fault) {
    try requireX87(waiting: false)
    try setValue(instruction.pointee.operands.0, of: instruction, to: UInt64(word()))
  }

  fileprivate func x87Rotate(_ instruction: UnsafePointer<Instruction>, by count: UInt8) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    state.x87.top = (state.x87.top &+ count) & 7
    setX87Conditions([], among: .c1)
  }

  fileprivate func x87Free(_ instruction: UnsafePointer<Instruction>, popping: Bool) throws(Fault) {
    try requireX87()
    noteX87Instruction(instruction)
    freeX87Register(instruction.pointee.operands.0.number)
    setX87Conditions([], among: .c1)
    if popping { popX87() }
  }
}
