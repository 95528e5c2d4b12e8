/// Makes the decoder's tables from the forms of the opcode maps.
struct DecodingTableBuilder {
  private(set) var nodes: [DecodingNode]
  private(set) var records: [DecodingRecord] = []
  /// Opcodes for which two forms have the same claim: the maps contradict themselves.
  private(set) var ambiguities: [String] = []

  init() {
    nodes = Array(repeating: DecodingNode(.record, 0), count: DecodingTables.rootCount)
    records.append(Self.record(of: OpcodeForm(0, .invalid), isVEX: false))
    for map in OpcodeMap.allCases {
      add(map)
    }
  }

  /// A form and the index of its record.
  private typealias Candidate = (form: OpcodeForm, record: Int)

  private mutating func add(_ map: OpcodeMap) {
    var candidates = [[Candidate]](repeating: [], count: 256)
    let isVEX = map == .vex0F || map == .vex0F38 || map == .vex0F3A
    for form in map.forms {
      for opcode in form.opcodes {
        candidates[Int(opcode)].append((form, records.count))
      }
      records.append(Self.record(of: form, isVEX: isVEX))
    }
    for opcode in 0...255 {
      for is64 in [false, true] {
        let inMode = candidates[opcode].filter { candidate in
          !candidate.form.attributes.contains(is64 ? .not64 : .only64)
        }
        for prefix: OpcodePrefix in [.np, .p66, .pF3, .pF2] {
          let fitting = inMode.filter { $0.form.prefix?.admits(prefix) ?? true }
          let root = DecodingTables.root(
            map: map.rawValue, opcode: UInt8(opcode), prefix: prefix.rawValue, is64: is64)
          nodes[root] = resolve(fitting, by: Self.order, name: "\(map) \(opcode)")
        }
      }
    }
  }

  /// In which order the decoder looks at what can select a form.
  private static let order: [DecodingNode.Selector] = [.extended, .regAndMod, .rm, .wide, .length]

  private mutating func resolve(
    _ candidates: [Candidate], by selectors: [DecodingNode.Selector], name: String
  ) -> DecodingNode {
    guard
      let position = selectors.firstIndex(where: { selector in
        candidates.contains { Self.selects($0.form, selector) }
      })
    else { return choose(candidates, name: name) }
    let selector = selectors[position]
    let later = Array(selectors[(position + 1)...])
    let count = Self.choices(selector)
    let first = nodes.count
    nodes += Array(repeating: DecodingNode(.record, 0), count: count)
    for choice in 0..<count {
      let fitting = candidates.filter { Self.admits($0.form, selector, choice) }
      nodes[first + choice] = resolve(fitting, by: later, name: name)
    }
    return DecodingNode(selector, first)
  }

  private mutating func choose(_ candidates: [Candidate], name: String) -> DecodingNode {
    guard let best = candidates.max(by: { $0.form.precedence < $1.form.precedence }) else {
      return DecodingNode(.record, 0)
    }
    let equals = candidates.filter { $0.form.precedence == best.form.precedence }
    if equals.count > 1 {
      ambiguities.append("\(name): \(equals.map { "\($0.form.operation)" })")
    }
    return best.form.operation == .invalid ? DecodingNode(.record, 0) : DecodingNode(.record, best.record)
  }

  private static func choices(_ selector: DecodingNode.Selector) -> Int {
    switch selector {
    case .record: 1
    case .regAndMod: 16
    case .rm: 8
    case .wide, .length, .extended: 2
    }
  }

  private static func selects(_ form: OpcodeForm, _ selector: DecodingNode.Selector) -> Bool {
    switch selector {
    case .record: false
    case .regAndMod: form.reg != nil || form.mod != nil
    case .rm: form.rm != nil
    case .wide: form.wide != nil
    case .length: form.length != nil
    case .extended: form.extended != nil
    }
  }

  private static func admits(_ form: OpcodeForm, _ selector: DecodingNode.Selector, _ choice: Int) -> Bool {
    switch selector {
    case .record: true
    case .regAndMod:
      (form.reg.map { Int($0) == choice & 7 } ?? true)
        && (form.mod.map { $0 == (choice & 8 != 0 ? .register : .memory) } ?? true)
    case .rm: form.rm.map { Int($0) == choice } ?? true
    case .wide: form.wide.map { $0 == (choice == 1) } ?? true
    case .length: form.length.map { $0 == (choice == 1 ? 32 : 16) } ?? true
    case .extended: form.extended.map { $0 == (choice == 1) } ?? true
    }
  }

  private static func record(of form: OpcodeForm, isVEX: Bool) -> DecodingRecord {
    var flags: DecodingRecord.Flags = []
    let inherited: [(FormAttributes, DecodingRecord.Flags)] = [
      (.lock, .lock), (.default64, .default64), (.force64, .force64), (.byte, .byte), (.atMost32, .atMost32),
      (.conditional, .conditional), (.longNeedsAVX2, .longNeedsAVX2), (.native, .native),
    ]
    for (attribute, flag) in inherited where form.attributes.contains(attribute) {
      flags.insert(flag)
    }
    let first = form.operands.0
    if first.size == .b
      && [.general, .generalInReg, .generalInOpcode, .accumulator, .offset].contains(first.method)
    {
      flags.insert(.byte)
    }
    if form.hasModRM { flags.insert(.modRM) }
    if form.prefix == .pF3 || form.prefix == .pF2 { flags.insert(.ownsRepeat) }
    if form.prefix == .p66 && !isVEX { flags.insert(.ownsOperandSize) }
    for code in form.operandCodes {
      switch code.method {
      case .generalAnyMod: flags.insert(.anyMod)
      case .generalInVEX, .vectorInVEX: flags.insert(.usesVEXRegister)
      case .vectorMemory: flags.insert(.vectorIndex)
      default: break
      }
    }
    return DecodingRecord(
      operation: form.operation, flags: flags, feature: form.feature, condition: form.condition,
      operands: form.operands)
  }
}
