import X86

/// Bitwise logic, comparisons of integers, and tests.
func vectorLogicHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .pand, .andps, .andpd, .vpand, .vandps, .vandpd:
    return { interpretLanes(LaneAnd.self, $0, $1) }
  case .pandn, .andnps, .andnpd, .vpandn, .vandnps, .vandnpd:
    return { interpretLanes(LaneAndNot.self, $0, $1) }
  case .por, .orps, .orpd, .vpor, .vorps, .vorpd:
    return { interpretLanes(LaneOr.self, $0, $1) }
  case .pxor, .xorps, .xorpd, .vpxor, .vxorps, .vxorpd:
    return { interpretLanes(LaneXor.self, $0, $1) }
  case .ptest, .vptest:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.testVectors(instruction, significant: ~0)
      }
    }
  case .vtestps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.testVectors(instruction, significant: 0x8000_0000_8000_0000)
      }
    }
  case .vtestpd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.testVectors(instruction, significant: 1 << 63)
      }
    }
  default:
    return vectorComparisonHandler(for: operation)
  }
}

private func vectorComparisonHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .pcmpeqb, .vpcmpeqb:
    return { interpretLanes(EqualBytes.self, $0, $1) }
  case .pcmpeqw, .vpcmpeqw:
    return { interpretLanes(EqualWords.self, $0, $1) }
  case .pcmpeqd, .vpcmpeqd:
    return { interpretLanes(EqualDoublewords.self, $0, $1) }
  case .pcmpeqq, .vpcmpeqq:
    return { interpretLanes($0, $1) { Lane($0.halves .== $1.halves) } }
  case .pcmpgtb, .vpcmpgtb:
    return { interpretLanes(GreaterBytes.self, $0, $1) }
  case .pcmpgtw, .vpcmpgtw:
    return { interpretLanes($0, $1) { Lane($0.signedWords .> $1.signedWords) } }
  case .pcmpgtd, .vpcmpgtd:
    return { interpretLanes($0, $1) { Lane($0.signedDoublewords .> $1.signedDoublewords) } }
  case .pcmpgtq, .vpcmpgtq:
    return { interpretLanes($0, $1) { Lane($0.signedHalves .> $1.signedHalves) } }
  default:
    return nil
  }
}

extension Core {
  /// PTEST, VTESTPS and VTESTPD: ZF tells that no significant bit is set in both sources, CF that none is set in the second alone.
  func testVectors(_ instruction: UnsafePointer<Instruction>, significant: UInt64) throws(Fault) {
    let operands = try packedOperands(instruction)
    let extent = instruction.pointee.operands.0.width == 32 ? 32 : 16
    var both: UInt64 = 0
    var secondAlone: UInt64 = 0
    for offset in stride(from: 0, to: extent, by: 8) {
      let first = operands.first.load(fromByteOffset: offset, as: UInt64.self)
      let second = operands.second.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      both |= first & second & significant
      secondAlone |= ~first & second & significant
    }
    var flags: RFLAGS = []
    if both == 0 { flags.insert(.zero) }
    if secondAlone == 0 { flags.insert(.carry) }
    state.lazyFlags.statusBits = flags
  }
}
