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
    return { interpretShift(ShiftLeftDoublewords.self, $0, $1) }
  case .psllq, .vpsllq:
    return { interpretShift(ShiftLeftQuadwords.self, $0, $1) }
  case .psrlw, .vpsrlw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.packedShift(instruction) {
          $1 > 15 ? Lane() : Lane($0.words &>> UInt16(truncatingIfNeeded: $1))
        }
      }
    }
  case .psrld, .vpsrld:
    return { interpretShift(ShiftRightDoublewords.self, $0, $1) }
  case .psrlq, .vpsrlq:
    return { interpretShift(ShiftRightQuadwords.self, $0, $1) }
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
    return { interpretShift(ShiftLeftBytes.self, $0, $1) }
  case .psrldq, .vpsrldq:
    return { interpretShift(ShiftRightBytes.self, $0, $1) }
  default:
    return vectorVariableShiftHandler(for: operation)
  }
}

/// Shifts of each element by a count of its own.
private func vectorVariableShiftHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .vpsllvd:
    return {
      interpretLanes($0, $1) {
        let shifted = Lane($0.doublewords &<< $1.doublewords)
        return Lane.select(Lane($1.doublewords .< 32), shifted, Lane())
      }
    }
  case .vpsllvq:
    return {
      interpretLanes($0, $1) { Lane.select(Lane($1.halves .< 64), Lane($0.halves &<< $1.halves), Lane()) }
    }
  case .vpsrlvd:
    return {
      interpretLanes($0, $1) {
        let shifted = Lane($0.doublewords &>> $1.doublewords)
        return Lane.select(Lane($1.doublewords .< 32), shifted, Lane())
      }
    }
  case .vpsrlvq:
    return {
      interpretLanes($0, $1) { Lane.select(Lane($1.halves .< 64), Lane($0.halves &>> $1.halves), Lane()) }
    }
  case .vpsravd:
    return {
      interpretLanes($0, $1) {
        let counts = $1.doublewords.replacing(with: 31, where: $1.doublewords .> 31)
        return Lane($0.signedDoublewords &>> SIMD4<Int32>(truncatingIfNeeded: counts))
      }
    }
  default:
    return nil
  }
}

/// A handler for a shift whose count is an immediate or an operand.
@inline(__always)
private func interpretShift<Computation: LaneOperation>(
  _ computation: Computation.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in
    try core.packedShift(instruction) { Computation.compute($0, Lane(), $1) }
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
