import X86

/// EXTRQ and INSERTQ of SSE4A.
func vectorBitFieldHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .extrq:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.extractField(instruction) } }
  case .insertq:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.insertField(instruction) } }
  default:
    return nil
  }
}

/// A run of bits in a quadword.
private struct BitField {
  var position: UInt64
  var mask: UInt64

  /// - Parameter length: 0 to 63 as encoded, where 0 means 64. A field that reaches beyond bit 63 is cut off,
  ///   for the manual leaves the result undefined.
  init(length: UInt64, position: UInt64) {
    let count = length & 63
    mask = count == 0 ? ~0 : (1 << count) - 1
    self.position = position & 63
  }
}

extension Core {
  /// Moves a field down to bit 0. The upper half of the register is undefined; it becomes zero.
  fileprivate func extractField(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let operands = instruction.pointee.operands
    let field: BitField
    if operands.1.kind == .vectorRegister {
      let description = xmm(operands.1.number).low
      field = BitField(length: description, position: description >> 8)
    } else {
      field = BitField(
        length: instruction.pointee.immediate, position: UInt64(instruction.pointee.secondImmediate))
    }
    let value = xmm(operands.0.number).low
    setXMM(operands.0.number, Lane(value >> field.position & field.mask), instruction)
  }

  /// Puts the lowest bits of the source into a field of the destination.
  fileprivate func insertField(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let operands = instruction.pointee.operands
    let source = xmm(operands.1.number)
    let field: BitField
    if operands.2.kind == .immediate {
      field = BitField(
        length: instruction.pointee.immediate, position: UInt64(instruction.pointee.secondImmediate))
    } else {
      field = BitField(length: source.high, position: source.high >> 8)
    }
    let old = xmm(operands.0.number).low
    let new = old & ~(field.mask << field.position) | (source.low & field.mask) << field.position
    setXMM(operands.0.number, Lane(new), instruction)
  }
}
