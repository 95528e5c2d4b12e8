import X86
import ZydisReference

/// Bytes, and what both decoders make of them.
struct DecodedTwice {
  var bytes: UnsafeBufferPointer<UInt8>
  var mode: CodeMode
  var status: DecodeStatus
  var ours: Instruction
  var theirs: ZydisReferenceInstruction

  var isDefined: Bool { status == .complete && ours.operation != .invalid }

  /// The bytes in hexadecimal, as many as the longer of the two instructions has.
  var hexadecimal: String {
    let count = max(isDefined ? Int(ours.length) : 0, Int(theirs.length))
    return bytes.prefix(count == 0 ? Decoder.maximumLength : count)
      .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}

/// In what two decoders disagree: the first of these that differs.
enum Disagreement: UInt8, CaseIterable {
  /// Only Strata says that there is such an instruction.
  case onlyOurs
  /// Only Zydis says that there is such an instruction.
  case onlyTheirs
  case length, operation, operands, operandSize, prefixes
}

/// Compares Strata's decoder with Zydis and counts.
struct DecoderComparison {
  let zydis: ZydisDecoder
  private var names: MnemonicNames
  private(set) var tally = DecoderTally()
  private var twice: DecodedTwice

  init(_ zydis: ZydisDecoder) {
    self.zydis = zydis
    names = MnemonicNames(zydis)
    twice = DecodedTwice(
      bytes: UnsafeBufferPointer(start: nil, count: 0), mode: .bits64, status: .complete, ours: Instruction(),
      theirs: ZydisReferenceInstruction())
  }

  /// Decodes the instruction at the start of the bytes, at least 32, both ways.
  mutating func compare(_ bytes: UnsafeBufferPointer<UInt8>, _ mode: CodeMode) {
    guard let start = bytes.baseAddress else { return }
    twice.bytes = bytes
    twice.mode = mode
    twice.status = Decoder.decode(start, count: bytes.count, mode: mode, into: &twice.ours)
    zydis.decode(bytes, mode, into: &twice.theirs)
    tally.compared += 1
    guard let disagreement = disagreement() else {
      tally.countAgreement(twice)
      return
    }
    let theirName = zydis.name(of: twice.theirs.mnemonic)
    if let known = KnownDifference.all.firstIndex(where: { $0.explains(twice, disagreement, theirName) }) {
      tally.count(known, twice)
    } else {
      let ours = twice.isDefined ? "\(twice.ours.operation)" : "undefined"
      let theirs = twice.theirs.isDefined ? theirName : "undefined"
      let kind = "\(disagreement): \(ours) / \(theirs)"
      if tally.countUnexplained(kind) {
        tally.tell(kind, "\(mode) \(twice.hexadecimal): \(describeOurs) / \(describeTheirs)")
      }
    }
  }

  private func disagreement() -> Disagreement? {
    guard twice.isDefined else { return twice.theirs.isDefined ? .onlyTheirs : nil }
    guard twice.theirs.isDefined else { return .onlyOurs }
    if twice.ours.length != twice.theirs.length { return .length }
    if names.number(of: twice.ours) != twice.theirs.mnemonic { return .operation }
    if !OperandComparison(twice).agrees { return .operands }
    if !operandSizesAgree { return .operandSize }
    return prefixesAgree ? nil : .prefixes
  }

  /// The operand size, of instructions whose operands do not tell it.
  private var operandSizesAgree: Bool {
    switch twice.ours.operation {
    case .call, .callFar, .jmp, .jmpFar, .jcc, .ret, .retFar, .iret, .enter, .leave, .push, .pop, .pushf,
      .popf,
      .pusha, .popa, .loop, .loope, .loopne, .jrcxz:
      twice.ours.operandSize == twice.theirs.operandSize
    default: true
    }
  }

  /// LOCK, and the repeat prefixes of string instructions.
  private var prefixesAgree: Bool {
    let (ours, theirs) = (twice.ours, twice.theirs)
    guard ours.prefixes.contains(.lock) == theirs.hasLock else { return false }
    switch ours.operation {
    case .movs, .cmps, .stos, .lods, .scas, .ins, .outs:
      return ours.prefixes.contains(.rep) == theirs.hasRepeat
        && ours.prefixes.contains(.repne) == theirs.hasRepeatNotEqual
    default: return true
    }
  }

  // MARK: Words

  private var describeOurs: String {
    switch twice.status {
    case .truncated: "truncated"
    case .tooLong: "too long"
    case .complete: twice.isDefined ? "\(twice.ours) (\(twice.ours.length))" : "undefined"
    }
  }

  private var describeTheirs: String {
    guard twice.theirs.isDefined else { return twice.theirs.isTooLong ? "too long" : "undefined" }
    var text = "\(zydis.name(of: twice.theirs.mnemonic)) (\(twice.theirs.length))"
    withUnsafeBytes(of: twice.theirs.operands) { raw in
      for operand in raw.bindMemory(to: ZydisReferenceOperand.self).prefix(Int(twice.theirs.operandCount))
      where operand.visibility < 3 {
        text += " \(operand.kind)v\(operand.visibility)"
        text += "r\(operand.registerClass).\(operand.registerNumber)"
        if operand.kind == 2 {
          text += "i\(operand.indexClass).\(operand.indexNumber)*\(operand.scale)s\(operand.segment)"
        }
        text += "w\(operand.width)=\(operand.value)"
      }
    }
    return text
  }
}
