import X86

/// Broadcasts, and what AVX and AVX2 move from lane to lane.
func vectorPermutationHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .vpermilps:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.permuteSingles(instruction) } }
  case .vpermilpd:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.permuteDoubles(instruction) } }
  case .vpermd, .vpermps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.permuteDoublewords(instruction) }
    }
  case .vpermq, .vpermpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.permuteQuadwords(instruction) }
    }
  case .vperm2f128, .vperm2i128:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.permuteLanes(instruction) } }
  case .vinsertf128, .vinserti128:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.insertLane(instruction) } }
  case .vextractf128, .vextracti128:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.extractLane(instruction) } }
  case .vpbroadcastb:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.broadcast(instruction, size: 1) }
    }
  case .vpbroadcastw:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.broadcast(instruction, size: 2) }
    }
  case .vpbroadcastd, .vbroadcastss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.broadcast(instruction, size: 4) }
    }
  case .vpbroadcastq, .vbroadcastsd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.broadcast(instruction, size: 8) }
    }
  case .vbroadcastf128, .vbroadcasti128:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in try core.broadcast(instruction, size: 16) }
    }
  default:
    return nil
  }
}

extension Core {
  /// VPERMILPS: each element of a lane is one of the lane's, as the immediate or a vector says.
  fileprivate func permuteSingles(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    if instruction.pointee.operands.2.kind == .immediate {
      let order = instruction.pointee.immediate
      return try packedUnary(instruction) { ShuffleDoublewords.compute(Lane(), $0, order) }
    }
    try packed(instruction) { source, control in
      var result = SIMD4<UInt32>()
      for index in 0..<4 { result[index] = source.doublewords[Int(control.doublewords[index] & 3)] }
      return Lane(result)
    }
  }

  /// VPERMILPD: likewise. A bit of the immediate for each element, or bit 1 of each element of a vector.
  fileprivate func permuteDoubles(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    if instruction.pointee.operands.2.kind == .immediate {
      var order = instruction.pointee.immediate
      return try packedUnary(instruction) {
        defer { order >>= 2 }
        return Lane(order & 1 == 0 ? $0.low : $0.high, order & 2 == 0 ? $0.low : $0.high)
      }
    }
    try packed(instruction) {
      Lane($1.low & 2 == 0 ? $0.low : $0.high, $1.high & 2 == 0 ? $0.low : $0.high)
    }
  }

  /// VPERMD and VPERMPS: the first source says which elements of the second.
  fileprivate func permuteDoublewords(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let (destination, control, source, _) = instruction.pointee.operands
    let elements = try vectorPair(source, of: instruction).doublewords
    let selectors = ymm(control).doublewords
    var result = SIMD8<UInt32>()
    for index in 0..<8 { result[index] = elements[Int(selectors[index] & 7)] }
    setVector(destination, LanePair(result))
  }

  /// VPERMQ and VPERMPD.
  fileprivate func permuteQuadwords(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let (destination, source, _, _) = instruction.pointee.operands
    let elements = try vectorPair(source, of: instruction).quadwords
    let order = instruction.pointee.immediate
    var result = LanePair()
    for index in 0..<4 { result.quadwords[index] = elements[Int(order >> UInt64(2 * index) & 3)] }
    setVector(destination, result)
  }

  /// VPERM2F128 and VPERM2I128: for each lane of the result a lane of either source, or zero.
  fileprivate func permuteLanes(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let (destination, first, second, _) = instruction.pointee.operands
    let sources = (ymm(first), try vectorPair(second, of: instruction))
    func lane(_ selector: UInt64) -> Lane {
      if selector & 8 != 0 { return Lane() }
      return (selector & 2 == 0 ? sources.0 : sources.1).lane(selector)
    }
    let order = instruction.pointee.immediate
    setVector(destination, LanePair(lane(order), lane(order >> 4)))
  }

  /// VINSERTF128 and VINSERTI128.
  fileprivate func insertLane(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let (destination, rest, source, _) = instruction.pointee.operands
    let lane = Lane(at: try vectorSource(source, of: instruction))
    var result = ymm(rest)
    if instruction.pointee.immediate & 1 == 0 { result.lower = lane } else { result.upper = lane }
    setVector(destination, result)
  }

  /// VEXTRACTF128 and VEXTRACTI128.
  fileprivate func extractLane(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let (destination, source, _, _) = instruction.pointee.operands
    let lane = ymm(source).lane(instruction.pointee.immediate)
    if destination.kind == .memory {
      try storeVector(lane, size: 16, to: instruction)
    } else {
      setVector(destination, LanePair(lane))
    }
  }

  /// The first element of a source in every element.
  fileprivate func broadcast(_ instruction: UnsafePointer<Instruction>, size: Int) throws(Fault) {
    try requireVectors(instruction)
    let (destination, source, _, _) = instruction.pointee.operands
    let element = Lane(at: try vectorSource(source, of: instruction))
    setVector(destination, LanePair(repeating: element, size: size))
  }
}
