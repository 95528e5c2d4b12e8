import X86

/// Moves of the elements whose mask has its sign bit set; no other element's memory is touched.
func vectorMaskedMoveHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .vmaskmovps, .vpmaskmovd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.moveMasked(instruction, elementSize: 4)
      }
    }
  case .vmaskmovpd, .vpmaskmovq:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.moveMasked(instruction, elementSize: 8)
      }
    }
  default:
    return nil
  }
}

extension Core {
  fileprivate func moveMasked(_ instruction: UnsafePointer<Instruction>, elementSize: Int) throws(Fault) {
    try requireVectors(instruction)
    let (destination, mask, source, _) = instruction.pointee.operands
    let count = Int(destination.width) / elementSize
    let selected = ymm(mask).signs(elementSize: elementSize) & ((1 << UInt64(count)) - 1)
    if destination.kind == .memory {
      try storeElements(ymm(source), selected, size: elementSize, instruction)
    } else {
      setVector(destination, try loadElements(selected, size: elementSize, instruction))
    }
  }

  private func loadElements(
    _ selected: UInt64, size: Int, _ instruction: UnsafePointer<Instruction>
  ) throws(Fault) -> LanePair {
    var result = LanePair()
    var rest = selected
    while rest != 0 {
      let index = rest.trailingZeroBitCount
      rest &= rest &- 1
      let address = try elementAddress(index, size: size, .read, instruction)
      result.setElement(index, size: size, to: try readElement(at: address, size: size))
    }
    return result
  }

  /// All of the elements or, on a fault, none.
  private func storeElements(
    _ value: LanePair, _ selected: UInt64, size: Int, _ instruction: UnsafePointer<Instruction>
  ) throws(Fault) {
    var rest = selected
    while rest != 0 {
      let address = try elementAddress(rest.trailingZeroBitCount, size: size, .write, instruction)
      try checkElementWritable(address, size: size)
      rest &= rest &- 1
    }
    rest = selected
    while rest != 0 {
      let index = rest.trailingZeroBitCount
      let address = try elementAddress(index, size: size, .write, instruction)
      try writeElement(value.element(index, size: size), at: address, size: size)
      rest &= rest &- 1
    }
  }

  private func elementAddress(
    _ index: Int, size: Int, _ access: MemoryAccess, _ instruction: UnsafePointer<Instruction>
  ) throws(Fault) -> UInt64 {
    let offset = effectiveAddress(instruction) &+ UInt64(index * size)
    return try linearAddress(offset, segment: instruction.pointee.memory.segment, size: size, access)
  }
}
