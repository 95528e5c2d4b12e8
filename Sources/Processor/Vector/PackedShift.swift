import X86

/// Shifts of packed integers and of whole lanes.
func vectorShiftHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .psllw, .vpsllw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedShift(instruction) {
          $1 > 15 ? Lane() : Lane($0.words &<< UInt16(truncatingIfNeeded: $1))
        }
      }
    }
  case .pslld, .vpslld:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedShift(instruction) {
          $1 > 31 ? Lane() : Lane($0.doublewords &<< UInt32(truncatingIfNeeded: $1))
        }
      }
    }
  case .psllq, .vpsllq:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedShift(instruction) { $1 > 63 ? Lane() : Lane($0.halves &<< $1) }
      }
    }
  case .psrlw, .vpsrlw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedShift(instruction) {
          $1 > 15 ? Lane() : Lane($0.words &>> UInt16(truncatingIfNeeded: $1))
        }
      }
    }
  case .psrld, .vpsrld:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedShift(instruction) {
          $1 > 31 ? Lane() : Lane($0.doublewords &>> UInt32(truncatingIfNeeded: $1))
        }
      }
    }
  case .psrlq, .vpsrlq:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedShift(instruction) { $1 > 63 ? Lane() : Lane($0.halves &>> $1) }
      }
    }
  case .psraw, .vpsraw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedShift(instruction) { Lane($0.signedWords &>> Int16(truncatingIfNeeded: min($1, 15))) }
      }
    }
  case .psrad, .vpsrad:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedShift(instruction) {
          Lane($0.signedDoublewords &>> Int32(truncatingIfNeeded: min($1, 31)))
        }
      }
    }
  case .pslldq, .vpslldq:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedShift(instruction) { $0.shiftedLeft(bytes: Int(min($1, 16))) }
      }
    }
  case .psrldq, .vpsrldq:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedShift(instruction) { $0.shiftedRight(bytes: Int(min($1, 16))) }
      }
    }
  default:
    return nil
  }
}

extension Lane {
  /// The 128 bits moved up by 0 to 16 bytes, with zeros below.
  @inline(__always)
  func shiftedLeft(bytes: Int) -> Lane {
    let bits = UInt64(bytes * 8)
    // Shifts by 64 and more give zero, as those of Swift do for such counts.
    return Lane(
      low << bits, high << bits | low >> (64 &- bits) as UInt64 | (bytes > 8 ? low << (bits &- 64) : 0))
  }

  /// The 128 bits moved down by 0 to 16 bytes, with zeros above.
  @inline(__always)
  func shiftedRight(bytes: Int) -> Lane {
    let bits = UInt64(bytes * 8)
    return Lane(
      low >> bits | high << (64 &- bits) as UInt64 | (bytes > 8 ? high >> (bits &- 64) : 0), high >> bits)
  }
}

extension Core {
  /// A shift of each lane by an immediate, or by the lowest 64 bits of an XMM or MMX register or of memory.
  @inline(__always)
  fileprivate func packedShift(
    _ instruction: UnsafePointer<Instruction>, _ body: (Lane, UInt64) -> Lane
  ) throws(Fault) {
    let (operands, count) = try shiftOperands(instruction)
    var offset = 0
    repeat {
      body(Lane(at: operands.first + offset), count).store(at: operands.destination + offset)
      offset += 16
    } while offset <= operands.lastOffset
    complete(operands)
  }

  private func shiftOperands(
    _ instruction: UnsafePointer<Instruction>
  ) throws(Fault) -> (PackedOperands, count: UInt64) {
    var operands = try packedOperands(instruction)
    let explicit = instruction.pointee.operands
    if explicit.1.kind == .immediate { return (operands, instruction.pointee.immediate) }
    if explicit.2.kind == .immediate {
      operands.first = operands.second
      return (operands, instruction.pointee.immediate)
    }
    return (operands, operands.second.loadUnaligned(as: UInt64.self))
  }
}
