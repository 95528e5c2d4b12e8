@testable import X86

/// A line of the decoder's tables, by the number of its record.
struct DecoderForm: Hashable, Comparable {
  /// All lines, in the order of the tables.
  static let all: [DecoderForm] = lines.indices.map { DecoderForm(index: $0) }

  private static let lines: [(map: OpcodeMap, form: OpcodeForm)] =
    OpcodeMap.allCases.flatMap { map in map.forms.map { (map, $0) } }

  private let index: Int

  private var map: OpcodeMap { Self.lines[index].map }
  private var form: OpcodeForm { Self.lines[index].form }
  private var isVEX: Bool { map.rawValue >= OpcodeMap.vex0F.rawValue }

  private init(index: Int) { self.index = index }

  /// The line that the decoder finds for an instruction; `nil` if the encoding is undefined.
  init?(_ bytes: [UInt8], mode: CodeMode = .bits64) {
    let padded = bytes + [UInt8](repeating: 0, count: 32)
    let record = padded.withUnsafeBufferPointer { buffer -> Int in
      guard let base = buffer.baseAddress else { return 0 }
      var encoding = Encoding(bytes: base, mode: mode)
      encoding.readPrefixes()
      guard let root = encoding.readOpcode() else { return 0 }
      let tables = DecodingTables.shared
      var node = tables.nodes[root]
      while !node.isRecord { node = tables.nodes[node.index &+ encoding.choice(at: node)] }
      return node.index
    }
    // The first record is the undefined instruction.
    guard record > 0 else { return nil }
    index = record - 1
  }

  static func < (left: DecoderForm, right: DecoderForm) -> Bool { left.index < right.index }

  // MARK: Description

  var feature: Feature { form.feature }
  var operation: Operation { form.operation }
  var isAbsentFrom64BitMode: Bool { form.attributes.contains(.not64) }
  /// Whether it reads or loads a segment register.
  var hasSegmentOperand: Bool {
    form.operandCodes.contains { $0.method == .segment || $0.method == .segmentInOpcode }
  }

  /// Prefix, map, opcode and what selects the form, in the manuals' notation.
  var encoding: String {
    var parts: [String] = []
    let prefixes: [OpcodePrefix: String] = [.np: "NP", .p66: "66", .pF3: "F3", .pF2: "F2"]
    if isVEX {
      parts.append("VEX" + (form.length.map { $0 == 32 ? ".256" : ".128" } ?? ""))
    }
    if let prefix = form.prefix.flatMap({ prefixes[$0] }) { parts.append(prefix) }
    parts.append(["", "0F", "0F 38", "0F 3A", "0F", "0F 38", "0F 3A"][Int(map.rawValue)])
    if let wide = form.wide { parts.append(wide ? "W1" : "W0") }
    let (first, last) = (form.opcodes.lowerBound, form.opcodes.upperBound)
    parts.append(hexadecimal(first) + (first == last ? "" : "-" + hexadecimal(last)))
    if let reg = form.reg {
      parts.append("/\(reg)")
    } else if form.hasModRM {
      parts.append("/r")
    }
    if let mod = form.mod { parts.append("\(mod)") }
    if let rm = form.rm { parts.append("rm=\(rm)") }
    return parts.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// An instruction of this form, as the decoder sees it; `nil` if every encoding of it means another form.
  var example: Instruction? {
    let mode: CodeMode = isAbsentFrom64BitMode ? .bits32 : .bits64
    for bytes in candidates where DecoderForm(bytes, mode: mode) == self {
      var instruction = Instruction()
      let padded = bytes + [UInt8](repeating: 0, count: 16)
      let status = padded.withUnsafeBufferPointer { buffer in
        buffer.baseAddress.map {
          Decoder.decode($0, count: buffer.count, mode: mode, into: &instruction)
        }
      }
      if status == .complete, instruction.operation != .invalid { return instruction }
    }
    return nil
  }

  private var candidates: [[UInt8]] {
    var result: [[UInt8]] = []
    let prefixes: [OpcodePrefix] =
      form.prefix.map { $0 == .unrepeated ? [.np] : [$0] } ?? [.np, .p66, .pF3, .pF2]
    for prefix in prefixes {
      for mod in form.mod.map({ [$0] }) ?? [.register, .memory] {
        for reg in form.reg.map({ [$0] }) ?? [1, 0, 2, 3, 4, 5, 6, 7] {
          for rm in form.rm.map({ [$0] }) ?? [2, 0, 1, 3, 6, 7] {
            result.append(bytes(prefix, mod, reg: reg, rm: rm))
          }
        }
      }
    }
    return result
  }

  private func bytes(_ prefix: OpcodePrefix, _ mod: ModRMForm, reg: UInt8, rm: UInt8) -> [UInt8] {
    var result: [UInt8] = []
    let wide = form.wide == true
    let hasIndexes = form.operandCodes.contains { $0.method == .vectorMemory }
    if isVEX {
      let usesRegister = form.operandCodes.contains {
        $0.method == .generalInVEX || $0.method == .vectorInVEX
      }
      let second: UInt8 = usesRegister ? 3 : 0
      let last = (wide ? 0x80 : 0) | (~second & 15) << 3 | (form.length == 32 ? 4 : 0) | prefix.rawValue
      result = [0xC4, 0xE0 | (map.rawValue - OpcodeMap.vex0F.rawValue + 1), last]
    } else {
      result = prefix == .np ? [] : [[0, 0x66, 0xF3, 0xF2][Int(prefix.rawValue)]]
      if wide { result.append(0x48) } else if form.extended == true { result.append(0x41) }
      result += [[], [0x0F], [0x0F, 0x38], [0x0F, 0x3A]][Int(map.rawValue)]
    }
    result.append(form.opcodes.lowerBound)
    guard form.hasModRM else { return result }
    if hasIndexes { return result + [reg << 3 | 4, 0x16] }
    return result + [(mod == .register ? 0xC0 : 0) | reg << 3 | rm]
  }
}
