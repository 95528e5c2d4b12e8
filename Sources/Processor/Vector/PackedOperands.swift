import X86

/// The registers and memory of an instruction that computes a vector from one or two vectors.
struct PackedOperands {
  /// What kind of register the destination is.
  enum Destination {
    case mmx
    /// XMM; the upper half of YMM stays.
    case xmm
    /// XMM in a VEX encoding; the upper half of YMM becomes zero.
    case zeroExtendedXMM
    case ymm
  }

  var kind: Destination
  var destination: UnsafeMutableRawPointer
  var first: UnsafeRawPointer
  var second: UnsafeRawPointer

  /// The last lane's offset in bytes.
  @inline(__always)
  var lastOffset: Int { kind == .ymm ? 16 : 0 }
}

extension Core {
  /// Finds the operands of an instruction `destination, source` or `destination, first, second`, which may have
  /// an immediate after them. In the former the destination is also the first source.
  func packedOperands(
    _ instruction: UnsafePointer<Instruction>, _ alignment: VectorAlignment = .ordinary
  ) throws(Fault) -> PackedOperands {
    try requireVectors(instruction)
    let operands = instruction.pointee.operands
    let hasThree = operands.2.kind == .vectorRegister || operands.2.kind == .memory
    let second = try vectorSource(hasThree ? operands.2 : operands.1, of: instruction, alignment)
    let destination: UnsafeMutableRawPointer
    let kind: PackedOperands.Destination
    if operands.0.kind == .mmxRegister {
      kind = .mmx
      destination = mmxRegister(operands.0.number)
    } else {
      destination = vectorRegister(operands.0.number)
      if !instruction.pointee.prefixes.contains(.vex) {
        kind = .xmm
      } else {
        kind = operands.0.width == 32 ? .ymm : .zeroExtendedXMM
      }
    }
    let first = hasThree ? UnsafeRawPointer(vectorRegister(operands.1.number)) : UnsafeRawPointer(destination)
    return PackedOperands(kind: kind, destination: destination, first: first, second: second)
  }

  /// Does what writing to the destination entails.
  @inline(__always)
  func complete(_ operands: PackedOperands) {
    switch operands.kind {
    case .xmm, .ymm: break
    case .zeroExtendedXMM: Lane().store(at: operands.destination + 16)
    case .mmx:
      operands.destination.storeBytes(of: 0xFFFF, toByteOffset: 8, as: UInt64.self)
      enterMMX()
    }
  }

  /// An instruction that computes each lane from the lanes of two sources.
  @inline(__always)
  func packed(
    _ instruction: UnsafePointer<Instruction>, _ alignment: VectorAlignment = .ordinary,
    _ body: (Lane, Lane) -> Lane
  ) throws(Fault) {
    let operands = try packedOperands(instruction, alignment)
    var offset = 0
    repeat {
      body(Lane(at: operands.first + offset), Lane(at: operands.second + offset))
        .store(at: operands.destination + offset)
      offset += 16
    } while offset <= operands.lastOffset
    complete(operands)
  }

  /// An instruction that computes each lane from the lane of one source.
  @inline(__always)
  func packedUnary(_ instruction: UnsafePointer<Instruction>, _ body: (Lane) -> Lane) throws(Fault) {
    try packed(instruction) { _, source in body(source) }
  }

  /// An instruction whose result has, in its lower half, what it computed from the first source, and in its
  /// upper half what it computed from the second. `body` works on 16-byte sources; of an MMX result the
  /// meaningful parts are the lower halves of both halves.
  @inline(__always)
  func packedHalving(_ instruction: UnsafePointer<Instruction>, _ body: (Lane, Lane) -> Lane) throws(Fault) {
    let operands = try packedOperands(instruction)
    var offset = 0
    repeat {
      var result = body(Lane(at: operands.first + offset), Lane(at: operands.second + offset))
      if operands.kind == .mmx { result.low = result.low & 0xFFFF_FFFF | result.high << 32 }
      result.store(at: operands.destination + offset)
      offset += 16
    } while offset <= operands.lastOffset
    complete(operands)
  }

  /// An instruction that computes from the upper halves of its sources. For MMX registers the sources are moved
  /// there, and the result is the upper half of what `body` makes of them.
  @inline(__always)
  func packedUpper(_ instruction: UnsafePointer<Instruction>, _ body: (Lane, Lane) -> Lane) throws(Fault) {
    let operands = try packedOperands(instruction)
    if operands.kind == .mmx {
      let first = Lane(0, operands.first.load(as: UInt64.self))
      let second = Lane(0, operands.second.loadUnaligned(as: UInt64.self))
      operands.destination.storeBytes(of: body(first, second).high, as: UInt64.self)
      return complete(operands)
    }
    var offset = 0
    repeat {
      body(Lane(at: operands.first + offset), Lane(at: operands.second + offset))
        .store(at: operands.destination + offset)
      offset += 16
    } while offset <= operands.lastOffset
    complete(operands)
  }
}

// MARK: Handlers

/// A handler for an instruction that computes each lane from the lanes of two sources.
@inline(__always)
func interpretLanes(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer, _ body: (Lane, Lane) -> Lane
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in
    try core.packed(instruction, .ordinary, body)
  }
}

/// A handler for an instruction that computes each lane from the lane of one source.
@inline(__always)
func interpretLane(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer, _ body: (Lane) -> Lane
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in try core.packedUnary(instruction, body) }
}

/// A handler for an instruction that computes the lower half of each lane from the first source and the upper
/// half from the second.
@inline(__always)
func interpretHalves(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer, _ body: (Lane, Lane) -> Lane
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in try core.packedHalving(instruction, body)
  }
}

/// A handler for an instruction that computes from the upper halves of its sources.
@inline(__always)
func interpretUpperHalves(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer, _ body: (Lane, Lane) -> Lane
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in try core.packedUpper(instruction, body) }
}

/// A handler for an instruction that treats each lane alike and has frequent forms too.
@inline(__always)
func interpretLanes<Computation: LaneOperation>(
  _ computation: Computation.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in
    let control = instruction.pointee.immediate
    try core.packed(instruction) { Computation.compute($0, $1, control) }
  }
}
