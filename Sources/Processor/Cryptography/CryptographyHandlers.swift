import X86

/// AES-NI, PCLMULQDQ and SHA, and the VEX forms of the former two.
func vectorCryptographyHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .aesenc, .vaesenc:
    return { interpretLanes($0, $1) { AdvancedEncryptionStandard.encryptRound($0, $1) } }
  case .aesenclast, .vaesenclast:
    return { interpretLanes($0, $1) { AdvancedEncryptionStandard.encryptLastRound($0, $1) } }
  case .aesdec, .vaesdec:
    return { interpretLanes($0, $1) { AdvancedEncryptionStandard.decryptRound($0, $1) } }
  case .aesdeclast, .vaesdeclast:
    return { interpretLanes($0, $1) { AdvancedEncryptionStandard.decryptLastRound($0, $1) } }
  case .aesimc, .vaesimc:
    return { interpretLane($0, $1) { AdvancedEncryptionStandard.inverseMixColumns($0) } }
  case .aeskeygenassist, .vaeskeygenassist:
    return {
      interpretControlled($0, $1) { _, source, control in
        AdvancedEncryptionStandard.assistKeyGeneration(source, roundConstant: control)
      }
    }
  case .pclmulqdq, .vpclmulqdq:
    return {
      interpretControlled($0, $1) { first, second, control in
        CarrylessMultiplication.product(
          control & 1 == 0 ? first.low : first.high, control & 0x10 == 0 ? second.low : second.high)
      }
    }
  default:
    return secureHashHandler(for: operation)
  }
}

private func secureHashHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .sha1rnds4:
    return { interpretHash($0, $1) { SecureHash.rounds1($0, $1, group: $2.immediate) } }
  case .sha1nexte: return { interpretHash($0, $1) { first, second, _ in SecureHash.next1(first, second) } }
  case .sha1msg1:
    return { interpretHash($0, $1) { first, second, _ in SecureHash.schedule1(first, second) } }
  case .sha1msg2:
    return { interpretHash($0, $1) { first, second, _ in SecureHash.finishSchedule1(first, second) } }
  case .sha256rnds2: return { interpretHash($0, $1) { SecureHash.rounds256($0, $1, $2.words) } }
  case .sha256msg1:
    return { interpretHash($0, $1) { first, second, _ in SecureHash.schedule256(first, second) } }
  case .sha256msg2:
    return { interpretHash($0, $1) { first, second, _ in SecureHash.finishSchedule256(first, second) } }
  default: return nil
  }
}

/// What an instruction of SHA takes besides its two sources.
private struct HashContext {
  var immediate: UInt64
  /// XMM0.
  var words: Lane
}

/// A handler for an instruction of SHA. Its memory operand needs no alignment (observed on Zen 4; SDM volume 2 wants
/// 16 bytes).
@inline(__always)
private func interpretHash(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer,
  _ body: (Lane, Lane, HashContext) -> Lane
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in
    let context = HashContext(immediate: instruction.pointee.immediate, words: core.xmm(0))
    try core.packed(instruction, .arbitrary) { body($0, $1, context) }
  }
}

/// A handler for an instruction that computes each lane from the lanes of two sources and an immediate.
@inline(__always)
private func interpretControlled(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer,
  _ body: (Lane, Lane, UInt64) -> Lane
) -> Continuation {
  interpret(rawCore, rawRecord) { core, instruction throws(Fault) in
    let control = instruction.pointee.immediate
    try core.packed(instruction) { body($0, $1, control) }
  }
}
