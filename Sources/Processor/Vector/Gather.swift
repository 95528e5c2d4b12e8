import X86

/// Loads of elements from addresses that a vector of indexes gives.
func vectorGatherHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .vgatherdps, .vpgatherdd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.gather(instruction, elementSize: 4, indexSize: 4)
      }
    }
  case .vgatherdpd, .vpgatherdq:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.gather(instruction, elementSize: 8, indexSize: 4)
      }
    }
  case .vgatherqps, .vpgatherqd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.gather(instruction, elementSize: 4, indexSize: 8)
      }
    }
  case .vgatherqpd, .vpgatherqq:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.gather(instruction, elementSize: 8, indexSize: 8)
      }
    }
  default:
    return nil
  }
}

extension Core {
  /// Loads each element whose mask has its sign bit set. A fault leaves the masks cleared of the elements before it,
  /// loaded or not, so that the instruction, executed again, goes on where it was (APM volume 4, VGATHERDPS).
  fileprivate func gather(
    _ instruction: UnsafePointer<Instruction>, elementSize: Int, indexSize: Int
  ) throws(Fault) {
    try requireVectors(instruction)
    let (destination, memory, mask, _) = instruction.pointee.operands
    let indexes = LanePair(at: vectorRegister(instruction.pointee.memory.index))
    let count = Int(destination.width) / elementSize
    var masks = ymm(mask)
    var result = ymm(destination)
    var rest = masks.signs(elementSize: elementSize) & ((1 << UInt64(count)) - 1)
    while rest != 0 {
      let element = rest.trailingZeroBitCount
      let index = indexes.element(element, size: indexSize)
      do throws(Fault) {
        let address = try gatheredAddress(
          instruction, indexSize == 4 ? Int64(Int32(truncatingIfNeeded: index)) : Int64(bitPattern: index),
          size: elementSize)
        let value = try readElement(at: address, size: Int(memory.width))
        result.setElement(element, size: elementSize, to: value)
      } catch {
        for done in 0..<element { masks.setElement(done, size: elementSize, to: 0) }
        setVectorPair(destination, result)
        setVectorPair(mask, masks)
        throw error
      }
      rest &= rest &- 1
    }
    // Beyond the elements, registers become zero; an XMM operand of 8 bytes has two.
    for element in count..<32 / elementSize { result.setElement(element, size: elementSize, to: 0) }
    setVectorPair(destination, result)
    setVectorPair(mask, LanePair())
  }

  @inline(__always)
  private func setVectorPair(_ operand: Operand, _ value: LanePair) {
    value.lower.store(at: vectorRegister(operand.number))
    value.upper.store(at: vectorRegister(operand.number) + 16)
  }

  private func gatheredAddress(
    _ instruction: UnsafePointer<Instruction>, _ index: Int64, size: Int
  ) throws(Fault) -> UInt64 {
    let memory = instruction.pointee.memory
    var offset = UInt64(bitPattern: memory.displacement &+ index &<< Int64(memory.scaleShift))
    if memory.base != MemoryOperand.noRegister { offset &+= general(Int(memory.base)) }
    if instruction.pointee.addressSize == 4 { offset &= 0xFFFF_FFFF }
    return try linearAddress(offset, segment: memory.segment, size: size, .read)
  }
}
