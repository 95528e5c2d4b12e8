import X86

/// Instructions that save, restore and control the vector and x87 state.
func vectorStateHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .ldmxcsr, .vldmxcsr:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.loadMXCSR(instruction) } }
  case .stmxcsr, .vstmxcsr:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.requireVectors(instruction)
        try core.setValue(instruction.pointee.operands.0, of: instruction, to: UInt64(core.state.mxcsr))
      }
    }
  case .fxsave:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.saveLegacyRegion(instruction) } }
  case .fxrstor:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.restoreLegacyRegion(instruction) }
    }
  case .xsave:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.saveExtendedState(instruction, .standard)
      }
    }
  case .xsaveopt:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.saveExtendedState(instruction, .optimised)
      }
    }
  case .xsavec:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.saveExtendedState(instruction, .compacted)
      }
    }
  case .xrstor:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.restoreExtendedState(instruction) }
    }
  case .xgetbv:
    return { interpret($0, $1) { core, _ throws(Fault) in try core.readExtendedControl() } }
  case .xsetbv:
    return { interpret($0, $1) { core, _ throws(Fault) in try core.writeExtendedControl() } }
  case .vzeroupper:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.requireVectors(instruction)
        for number in 0..<core.vectorRegisterCount { Lane().store(at: core.vectorRegister(number) + 16) }
      }
    }
  case .vzeroall:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.requireVectors(instruction)
        for number in 0..<core.vectorRegisterCount {
          Lane().store(at: core.vectorRegister(number))
          Lane().store(at: core.vectorRegister(number) + 16)
        }
      }
    }
  default:
    return nil
  }
}

extension Core {
  fileprivate func loadMXCSR(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let value = UInt32(truncatingIfNeeded: try value(instruction.pointee.operands.0, of: instruction))
    guard MXCSR(rawValue: value).isSubset(of: .implemented) else { throw .generalProtection }
    state.mxcsr = value
  }
}
