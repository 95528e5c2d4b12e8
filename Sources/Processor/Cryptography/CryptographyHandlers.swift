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
    return { interpretControlled($0, $1) { SecureHash.rounds1($0, $1, group: $2) } }
  case .sha1nexte: return { interpretLanes($0, $1) { SecureHash.next1($0, $1) } }
  case .sha1msg1: return { interpretLanes($0, $1) { SecureHash.schedule1($0, $1) } }
  case .sha1msg2: return { interpretLanes($0, $1) { SecureHash.finishSchedule1($0, $1) } }
  case .sha256rnds2:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        let words = core.xmm(0)
        try core.packed(instruction) { SecureHash.rounds256($0, $1, words) }
      }
    }
  case .sha256msg1: return { interpretLanes($0, $1) { SecureHash.schedule256($0, $1) } }
  case .sha256msg2: return { interpretLanes($0, $1) { SecureHash.finishSchedule256($0, $1) } }
  default: return nil
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
