/// Makes encodings of a form, and states from which they do something.
struct HostComparisonGenerator {
  typealias Place = HostComparisonCase.Place

  var numbers: HostComparisonNumbers
  /// What operands are made of; a program keeps some registers for itself.
  var registers = Array(UInt8(0)..<16)
  /// Addresses that fault, prefixes that do nothing, and the like.
  var isAdventurous = true
  /// In a program only this register holds an address.
  var onlyBase: UInt8?

  init(seed: UInt64) { numbers = HostComparisonNumbers(seed: seed) }

  /// One instruction of a form, and a state; `nil` if the numbers led to something that the manual leaves
  /// undefined.
  mutating func instruction(_ form: HostComparisonForm, width: Int) -> HostComparisonCase? {
    var result = HostComparisonCase()
    for number in 0..<16 { result.general[number] = numbers.operand() }
    result.general[4] = stackPointer()
    if numbers.chance(3) { result.general[5] = stackPointer() }
    result.flags = randomFlags()
    var encoding = Encoding(form, width: width)
    chooseImmediate(&encoding)
    prepareImplicitOperands(form, width: width, &result)
    append(&encoding, to: &result)
    finish(encoding, &result)
    guard isDefined(encoding, result) else { return nil }
    result.hasTwoMemoryOperands = form.name == "cmps"
    result.undefinedFlags = HostComparisonUndefinedFlags.after(
      form.name, width: width, count: shiftCount(encoding, result))
    return result
  }

  // MARK: States

  private mutating func randomFlags() -> UInt64 {
    var flags: UInt64 = 0x202 | numbers.next() & HostComparisonUndefinedFlags.status
    if numbers.chance(4) { flags |= 1 << 10 }
    if numbers.chance(16) { flags |= 1 << 21 }
    if numbers.chance(32) { flags |= 1 << 18 }
    return flags
  }

  /// A place on the stack: mostly aligned, sometimes at the edge.
  private mutating func stackPointer() -> UInt64 {
    guard isAdventurous else { return Place.stack + Place.stackSize / 2 + UInt64(numbers.below(32)) * 8 }
    return switch numbers.below(16) {
    case 0: Place.stack + UInt64(numbers.below(24))
    case 1: Place.stack + Place.stackSize - UInt64(numbers.below(24))
    case 2: Place.stack + 0x1000 - UInt64(numbers.below(24))
    case 3: 0x8000_0000_0000_0000 | numbers.next() & ~(1 << 55)
    case 4: Place.stack + UInt64(numbers.below(Int(Place.stackSize)))
    default: Place.stack + UInt64(numbers.below(Int(Place.stackSize) / 8)) * 8
    }
  }

  /// An address for an operand.
  mutating func target(_ form: HostComparisonForm) -> UInt64 {
    if isAdventurous {
      switch numbers.below(40) {
      case 0 where form.size != .branch: return Place.readOnly + UInt64(numbers.below(0x1000))
      case 1: return Place.data + Place.dataSize - UInt64(numbers.below(20))
      case 2: return Place.nothing + UInt64(numbers.below(0x1000))
      case 3:
        // Which of two causes of #GP and #SS comes first is not specified: CMPXCHG16B wants alignment.
        return (0x8000_0000_0000 | numbers.next() & ~(1 << 63)) & (form.name == "cmpxchg8b" ? ~15 : ~0)
      case 4...7: return Place.data + UInt64(1 + numbers.below(3)) * 0x1000 - UInt64(numbers.below(20))
      default: break
      }
    }
    let offset = UInt64(numbers.below(Int(Place.dataSize) - 64))
    return Place.data + (numbers.chance(2) || form.name == "cmpxchg8b" ? offset & ~15 : offset)
  }

  /// Bytes around an address, if it lies in the data.
  mutating func patch(_ address: UInt64, _ result: inout HostComparisonCase, bytes: [UInt8]? = nil) {
    let areas = [(Place.data, Place.dataSize), (Place.stack, Place.stackSize)]
    guard let (start, size) = areas.first(where: { address >= $0.0 && address < $0.0 + $0.1 }) else { return }
    let content =
      bytes ?? HostComparisonCase.bytes(of: numbers.operand(), count: 8)
      + HostComparisonCase.bytes(of: numbers.operand(), count: 8)
    let room = Int(start + size - address)
    result.patches.append(.init(address: address, bytes: Array(content.prefix(room))))
  }

  private mutating func prepareImplicitOperands(
    _ form: HostComparisonForm, width: Int, _ result: inout HostComparisonCase
  ) {
    switch form.name {
    case "div", "idiv":
      // Most random dividends overflow.
      if numbers.chance(4) { break }
      let sign = form.name == "idiv" && result.general[0] >> UInt64(width * 8 - 1) & 1 != 0
      let high: UInt64 = numbers.chance(2) ? (sign ? ~0 : 0) : UInt64(numbers.below(64))
      if width == 1 {
        result.general[0] = result.general[0] & ~0xFF00 | (high & 0xFF) << 8
      } else {
        result.general[2] = high
      }
    case "movs", "cmps", "stos", "lods", "scas": prepareString(&result)
    case "xlat": result.general[3] = Place.data + UInt64(numbers.below(0x3000))
    case "loop", "loope", "loopne", "j", "jrcxz":
      if numbers.chance(2) { result.general[1] = UInt64(numbers.below(3)) }
    case "popf":
      // Without TF, NT and AC, which would make the rest of the test fault.
      let flags = numbers.next() & ~(1 << 8 | 1 << 14 | 1 << 18)
      patch(result.general[4], &result, bytes: HostComparisonCase.bytes(of: flags, count: 8))
    case "leave": result.general[5] = stackPointer()
    case "enter":
      if numbers.chance(2) { result.general[5] = stackPointer() & ~7 }
    case "shld", "shrd": result.general[1] = numbers.next()
    case "rol", "ror", "rcl", "rcr", "shl", "shr", "sar":
      if numbers.chance(2) { result.general[1] = numbers.next() }
    default: break
    }
  }

  private mutating func prepareString(_ result: inout HostComparisonCase) {
    let length = Int(Place.dataSize)
    let source = isAdventurous ? numbers.below(length) : 0x1000 + numbers.below(0x2000)
    result.general[6] = Place.data + UInt64(source)
    // Often close to the source, so that the two overlap.
    let isClose = numbers.chance(2)
    let destination = isClose ? source + numbers.below(33) - 16 : numbers.below(length)
    result.general[7] = Place.data &+ UInt64(bitPattern: Int64(destination))
    result.general[1] = UInt64(numbers.below(numbers.chance(4) ? 3000 : 24))
    if isAdventurous, numbers.chance(24) { result.general[1] = numbers.next() }
    if numbers.chance(2) { result.flags ^= 1 << 10 }
    result.flags &= ~(1 << 18)
    if numbers.chance(2) {
      // Long runs of equal bytes for CMPS and SCAS.
      let run = [UInt8](repeating: 0x5A, count: 64)
      patch(result.general[6], &result, bytes: run)
      patch(result.general[7], &result, bytes: run)
      result.general[0] = 0x5A5A_5A5A_5A5A_5A5A
    }
  }

  // MARK: Encodings

  /// The parts of an encoding.
  struct Encoding {
    let form: HostComparisonForm
    let width: Int
    var legacy: [UInt8] = []
    var rex: UInt8 = 0
    var hasREX = false
    var modRM: [UInt8] = []
    var immediate: [UInt8] = []
    /// The displacement is relative to the next instruction: it is filled in at the end.
    var relativeTarget: UInt64?
    var registerNumber: UInt8 = 0
    /// VEX.vvvv; 0 where the form has none, which is ones after inversion.
    var vexRegister: UInt8 = 0
    /// The register operand of `/r`, or the only operand where that is a register.
    var registerOperand: UInt8?
    /// The register that stands in the place of the memory operand.
    var directOperand: UInt8?
    /// The linear address of the memory operand.
    var memoryTarget: UInt64?
    /// The registers that form it.
    var addressRegisters: Set<UInt8> = []
    var hasNarrowAddress = false

    init(_ form: HostComparisonForm, width: Int) {
      self.form = form
      self.width = width
    }
  }

  private mutating func chooseImmediate(_ encoding: inout Encoding) {
    let value = numbers.operand()
    switch encoding.form.immediate {
    case .none: break
    case .byte: encoding.immediate = [encoding.form.name == "int" ? interruptVector() : UInt8(value & 0xFF)]
    case .word: encoding.immediate = HostComparisonCase.bytes(of: value & 0x7F, count: 2)
    case .atMost32:
      encoding.immediate = HostComparisonCase.bytes(of: value, count: min(encoding.width, 4))
    case .full: encoding.immediate = HostComparisonCase.bytes(of: value, count: encoding.width)
    case .frame:
      let size = UInt64(numbers.below(64)), level = UInt8(numbers.below(5)) | (numbers.chance(2) ? 0xE0 : 0)
      encoding.immediate = HostComparisonCase.bytes(of: size, count: 2) + [numbers.chance(2) ? 0 : level]
    case .address: encoding.memoryTarget = target(encoding.form)
    case .shortDistance: encoding.immediate = [UInt8(6 + numbers.below(100))]
    case .distance:
      encoding.immediate = HostComparisonCase.bytes(of: UInt64(6 + numbers.below(0xE00)), count: 4)
    }
  }

  /// A vector that the host's kernel does not offer to programs.
  private mutating func interruptVector() -> UInt8 { numbers.pick([0, 1, 2, 6, 8, 13, 14, 18, 30, 32, 200]) }

  private mutating func append(_ encoding: inout Encoding, to result: inout HostComparisonCase) {
    choosePrefixes(&encoding)
    let form = encoding.form
    if let register = form.opcodeRegister {
      let number = register == .r8 ? 8 : numbers.pick(registers)
      encoding.registerNumber = number & 7
      encoding.registerOperand = number
      if number > 7 { encoding.setREX(1) }
    }
    if form.hasVEXRegister { encoding.vexRegister = numbers.pick(registers) }
    if form.modRM != .none { chooseModRM(&encoding, &result) }
    if form.immediate == .address, let target = encoding.memoryTarget {
      encoding.immediate = HostComparisonCase.bytes(of: target, count: encoding.hasNarrowAddress ? 4 : 8)
      patch(target, &result)
    }
    if isAdventurous, !encoding.hasREX, numbers.chance(6) { encoding.hasREX = true }
    result.bytes = bytes(of: encoding)
    // Sometimes across the two pages of code.
    if isAdventurous, numbers.chance(12) {
      result.address = Place.code + 0x1000 - UInt64(numbers.below(result.bytes.count + 7))
    } else if isAdventurous {
      result.address = Place.programs + UInt64(numbers.below(64))
    }
    if let target = encoding.relativeTarget {
      let position = result.bytes.count - encoding.immediate.count - 4
      let displacement = HostComparisonCase.bytes(of: target &- result.end, count: 4)
      result.bytes.replaceSubrange(position..<position + 4, with: displacement)
    }
  }

  private func bytes(of encoding: Encoding) -> [UInt8] {
    var opcode = encoding.form.opcode
    opcode[opcode.count - 1] += encoding.registerNumber
    if let vex = encoding.form.vex {
      // The bits R, X and B are inverted, and so is vvvv.
      let first = ~encoding.rex << 5 | vex.map
      let second = (encoding.rex & 8) << 4 | (~encoding.vexRegister & 15) << 3 | vex.prefix
      return encoding.legacy + [0xC4, first, second] + opcode + encoding.modRM + encoding.immediate
    }
    let rex = encoding.hasREX ? [0x40 | encoding.rex] : []
    return encoding.legacy + rex + opcode + encoding.modRM + encoding.immediate
  }

  private mutating func choosePrefixes(_ encoding: inout Encoding) {
    let form = encoding.form
    var legacy: [UInt8] = []
    if let mandatory = form.mandatoryPrefix { legacy.append(mandatory) }
    if form.size != .byte, encoding.width == 2 { legacy.append(0x66) }
    if encoding.width == 8, form.size == .any || form.size == .wide { encoding.setREX(8) }
    if form.isString, numbers.chance(2) { legacy.append(numbers.chance(2) ? 0xF2 : 0xF3) }
    let hasFreeSize = form.size == .byte && form.mandatoryPrefix == nil && !form.isString
    if isAdventurous {
      if hasFreeSize, form.name != "none", numbers.chance(16) { legacy.append(0x66) }
      if form.size == .byte || form.size == .stack, numbers.chance(16) { encoding.setREX(8) }
      if encoding.width == 2, form.size == .stack, encoding.rex & 8 != 0 { encoding.rex = 0 }
      if numbers.chance(24) { legacy.append(numbers.pick([0x2E, 0x36, 0x3E, 0x26])) }
      if form.size != .branch || form.immediate == .shortDistance, numbers.chance(10) {
        legacy.append(0x67)
        encoding.hasNarrowAddress = true
      }
    }
    for index in legacy.indices.dropFirst() { legacy.swapAt(index, numbers.below(index + 1)) }
    encoding.legacy = legacy
  }

  private mutating func chooseModRM(_ encoding: inout Encoding, _ result: inout HostComparisonCase) {
    var reg: UInt8 = 0
    if case .digit(let digit) = encoding.form.modRM {
      reg = digit
    } else {
      reg = numbers.pick(registers)
      encoding.registerOperand = reg
      if reg > 7 { encoding.setREX(4) }
    }
    let isBitString = encoding.form.name.hasPrefix("bt") && encoding.form.modRM == .register
    let mayBeMemory = isAdventurous || !isBitString
    let isMemory = encoding.form.needsMemory || mayBeMemory && numbers.chance(2)
    guard isMemory else {
      let number = numbers.pick(registers)
      if number > 7 { encoding.setREX(1) }
      encoding.modRM = [0xC0 | (reg & 7) << 3 | number & 7]
      if case .digit = encoding.form.modRM { encoding.registerOperand = number }
      encoding.directOperand = number
      return
    }
    chooseMemory(&encoding, reg: reg & 7, &result)
    if encoding.form.isLockable, numbers.chance(4) { encoding.legacy.insert(0xF0, at: 0) }
  }

  // MARK: Last corrections

  /// Gives the operands values with which something happens.
  private mutating func finish(_ encoding: Encoding, _ result: inout HostComparisonCase) {
    let form = encoding.form
    if form.size == .branch, form.immediate == .none || form.immediate == .word {
      setBranchTarget(encoding, &result)
      return
    }
    if let target = encoding.memoryTarget {
      if form.name.hasPrefix("bt"), form.modRM == .register, let number = encoding.registerOperand,
        !encoding.addressRegisters.contains(number)
      {
        // A bit of the memory around the operand, before or after it.
        result.general[Int(number)] =
          UInt64(bitPattern: Int64(numbers.below(0x4000) - 0x2000)) ^ (numbers.next() & garbageMask(encoding))
      }
      patchOperand(encoding, at: target, &result)
    }
    if form.name == "bsf" || form.name == "bsr", encoding.width == 4, let number = encoding.registerOperand {
      // Processors differ in whether a zero source clears the upper half.
      result.general[Int(number)] &= 0xFFFF_FFFF
    }
  }

  /// The bits of a register that a bit number of the operand size does not use.
  private func garbageMask(_ encoding: Encoding) -> UInt64 {
    encoding.width == 8 ? 0 : ~0 << UInt64(encoding.width * 8)
  }

  private mutating func patchOperand(
    _ encoding: Encoding, at target: UInt64, _ result: inout HostComparisonCase
  ) {
    let isExchange = encoding.form.name.hasPrefix("cmpxchg")
    guard isExchange, numbers.chance(2), encoding.addressRegisters.isDisjoint(with: [0, 2]) else {
      patch(target, &result)
      return
    }
    // The comparison succeeds.
    let (low, high) = (result.general[0], result.general[2])
    let half = encoding.form.name == "cmpxchg8b" ? encoding.width : 8
    patch(
      target, &result,
      bytes: HostComparisonCase.bytes(of: low, count: half) + HostComparisonCase.bytes(of: high, count: half))
  }

  /// An indirect branch leads to a breakpoint among the code, and rarely to where no code is.
  private mutating func setBranchTarget(_ encoding: Encoding, _ result: inout HostComparisonCase) {
    var target = Place.code + 0x400 + UInt64(numbers.below(0x800))
    switch numbers.below(32) {
    case 0: target = Place.nothing + UInt64(numbers.below(0x1000))
    case 1: target = Place.data + UInt64(numbers.below(0x1000))
    // Whether CALL looks at its target or writes to the stack first is not specified.
    case 2 where result.general[4] > Place.stack + 8 && result.general[4] < Place.stack + Place.stackSize:
      target = (numbers.next() | 1 << 63) & ~(1 << 50)
    default: break
    }
    let bytes = HostComparisonCase.bytes(of: target, count: 8)
    if let number = encoding.directOperand {
      result.general[Int(number)] = target
    } else {
      patch(encoding.memoryTarget ?? result.general[4], &result, bytes: bytes)
    }
  }

  private func shiftCount(_ encoding: Encoding, _ result: HostComparisonCase) -> UInt64 {
    switch encoding.form.opcode.last {
    case 0xD0, 0xD1: 1
    case 0xD2, 0xD3, 0xA5, 0xAD: result.general[1] & 0xFF
    default: encoding.immediate.last.map(UInt64.init) ?? 0
    }
  }

  /// Double shifts of 16-bit operands by more than 16 have no defined result.
  private func isDefined(_ encoding: Encoding, _ result: HostComparisonCase) -> Bool {
    guard encoding.form.name == "shld" || encoding.form.name == "shrd", encoding.width == 2 else {
      return true
    }
    return shiftCount(encoding, result) & 31 <= 16
  }
}
