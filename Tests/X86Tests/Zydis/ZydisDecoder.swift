import X86
import ZydisReference

/// Zydis, as far as it is on this machine.
struct ZydisDecoder {
  /// Zydis's numbers of mnemonics, by their names.
  let mnemonics: [String: UInt16]

  /// Finds the library; `nil` if it is missing.
  init?() {
    guard zydis_reference_load() else { return nil }
    var mnemonics: [String: UInt16] = [:]
    var number: UInt16 = 0
    while let name = zydis_reference_mnemonic(number) {
      mnemonics[String(cString: name)] = number
      number += 1
    }
    self.mnemonics = mnemonics
  }

  /// The name of a mnemonic.
  func name(of mnemonic: UInt16) -> String {
    zydis_reference_mnemonic(mnemonic).map { String(cString: $0) } ?? "?"
  }

  /// What Zydis makes of the bytes.
  func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ mode: CodeMode, into result: inout ZydisReferenceInstruction
  ) {
    let bits: CInt =
      switch mode {
      case .bits16: 16
      case .bits32: 32
      case .bits64: 64
      }
    zydis_reference_decode(bytes.baseAddress, bytes.count, bits, &result)
  }
}

extension ZydisReferenceInstruction {
  /// What Zydis says that the instruction is encoded as.
  enum Encoding: UInt8 {
    case legacy, amd3DNow, xop, vex, evex, mvex
  }

  var isDefined: Bool { length > 0 }
}

extension ZydisReferenceOperand {
  enum Kind: UInt8 {
    case none, register, memory, pointer, immediate
  }

  enum Visibility: UInt8 {
    case none, encoded, implied, hidden
  }

  /// `ZydisRegisterClass`.
  enum RegisterClass: UInt8 {
    case none, general8, general16, general32, general64, x87, mmx, xmm, ymm, zmm, tmm, flags
    case instructionPointer, segment, table, test, control, debug, mask, bound
  }
}
