/// Makes random programs of several instructions: what one leaves, flags above all, is what the next one finds.
///
/// RSP stays on the stack, R15 points into the data, and R14 counts loops; all else is random. Programs never read
/// flags that an earlier instruction left undefined.
struct HostComparisonProgram {
  private typealias Undefined = HostComparisonUndefinedFlags
  private typealias Place = HostComparisonCase.Place

  private var generator: HostComparisonGenerator
  private var instructions: [[UInt8]] = []
  private var patches: [HostComparisonCase.Patch] = []
  private var undefined: UInt64 = 0
  /// The place in ``instructions`` where the loop begins that is still open.
  private var loopStart: Int?

  private static let forms = HostComparisonForms.programForms.filter { form in
    // XLAT's address is in RBX.
    form.isOnHost && form.name != "xlat"
  }
  private static let comparisons = HostComparisonForms.programForms.filter {
    $0.name == "cmp" || $0.name == "test"
  }

  /// A program, and the state from which it starts.
  static func random(seed: UInt64) -> HostComparisonCase {
    var program = HostComparisonProgram(seed: seed)
    return program.make()
  }

  private init(seed: UInt64) {
    generator = HostComparisonGenerator(seed: seed)
    generator.isAdventurous = false
    generator.registers = [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    generator.onlyBase = 15
  }

  private mutating func make() -> HostComparisonCase {
    var result = HostComparisonCase()
    for number in 0..<16 { result.general[number] = generator.numbers.operand() }
    result.general[4] = Place.stack + 0x1000
    result.general[15] = Place.data + 0x1000
    result.flags = 0x202 | generator.numbers.next() & Undefined.status
    let length = 5 + generator.numbers.below(16)
    while instructions.count < length { appendSomething() }
    closeLoop()
    result.bytes = instructions.flatMap { $0 }
    result.patches = patches
    result.undefinedFlags = undefined
    if generator.numbers.chance(8) {
      result.address = Place.code + 0x1000 - UInt64(generator.numbers.below(result.bytes.count))
    }
    return result
  }

  // MARK: Parts

  private mutating func appendSomething() {
    switch generator.numbers.below(16) {
    case 0, 1, 2: appendBranch()
    case 3: appendStackPair()
    case 4: appendIndirectJump()
    case 5: loopStart == nil ? openLoop() : closeLoop()
    case 6: appendCall()
    default: appendInstruction()
    }
  }

  private mutating func appendInstruction(_ forms: [HostComparisonForm] = forms) {
    let form = generator.numbers.pick(forms)
    let width = generator.numbers.pick(form.widths)
    let isShift = Self.shifts.contains(form.name)
    let isByRegister = [0xD2, 0xD3, 0xA5, 0xAD].contains(form.opcode.last)
    // What is undefined, or differs between processors.
    if form.name.hasPrefix("sh"), form.name.hasSuffix("d"), width == 2 { return }
    if form.name == "bsf" || form.name == "bsr" || form.name == "div" || form.name == "idiv", width == 4 {
      return
    }
    if form.name == "div" { append([0x31, 0xD2]) }
    if form.name == "idiv" { append([0x99]) }
    defineFlags(Undefined.read(by: form.name))
    guard let made = generator.instruction(form, width: width) else { return }
    append(made.bytes)
    patches += made.patches.filter { $0.address < Place.stack }
    if isShift, isByRegister {
      // The count is not known: it may be zero.
      undefined |= Undefined.auxiliary | Undefined.overflow | (width < 4 ? Undefined.carry : 0)
    } else if isShift {
      let isRotation = form.name.hasPrefix("r")
      let count = UInt64(form.opcode.last == 0xD0 || form.opcode.last == 0xD1 ? 1 : made.bytes.last ?? 0)
      guard count & (width == 8 ? 63 : 31) != 0 else { return }
      let defined = isRotation ? Undefined.carry | Undefined.overflow : Undefined.status
      undefined = undefined & ~defined | Undefined.after(form.name, width: width, count: count)
    } else {
      undefined &= ~Undefined.defined(by: form.name)
      undefined |= Undefined.after(form.name, width: width, count: 0)
    }
  }

  private static let shifts: Set = ["rol", "ror", "rcl", "rcr", "shl", "shr", "sar", "shld", "shrd"]

  private mutating func append(_ bytes: [UInt8]) {
    instructions.append(bytes)
    // XOR EDX, EDX before a division.
    if bytes == [0x31, 0xD2] { undefined = Undefined.auxiliary }
  }

  /// Makes sure that flags are what the host's are.
  private mutating func defineFlags(_ flags: UInt64) {
    guard undefined & flags != 0 else { return }
    // cmp eax, imm32
    append([0x3D] + HostComparisonCase.bytes(of: generator.numbers.operand(), count: 4))
    undefined = 0
  }

  /// Jcc over the instructions that follow, mostly right after a comparison.
  private mutating func appendBranch() {
    if generator.numbers.chance(4) { appendInstruction() } else { appendInstruction(Self.comparisons) }
    let condition = UInt8(generator.numbers.below(16))
    defineFlags(Undefined.status)
    let place = instructions.count
    append([])
    for _ in 0..<generator.numbers.below(4) { appendInstruction() }
    let distance = instructions[(place + 1)...].reduce(0) { $0 + $1.count }
    instructions[place] =
      distance < 128 && generator.numbers.chance(2)
      ? [0x70 | condition, UInt8(distance)]
      : [0x0F, 0x80 | condition] + HostComparisonCase.bytes(of: UInt64(distance), count: 4)
  }

  /// PUSHF or PUSH with a POP.
  private mutating func appendStackPair() {
    if generator.numbers.chance(2) {
      defineFlags(Undefined.status)
      append([0x9C])
    } else {
      append([0x50 | UInt8(generator.numbers.below(4))])
    }
    append([0x58 | UInt8(generator.numbers.below(4))])
  }

  /// LEA R10 with the address of the instruction after this, and a jump or return there.
  private mutating func appendIndirectJump() {
    append([0x4C, 0x8D, 0x15, 3, 0, 0, 0])
    if generator.numbers.chance(2) {
      append([0x41, 0xFF, 0xE2])  // jmp r10
    } else {
      append([0x41, 0x52])  // push r10
      append([0xC3])  // ret
    }
  }

  /// A call over bytes that are never executed, and a POP of the return address.
  private mutating func appendCall() {
    let skipped = [UInt8](repeating: 0x06, count: generator.numbers.below(16))
    append([0xE8] + HostComparisonCase.bytes(of: UInt64(skipped.count), count: 4) + skipped)
    append([0x58 | UInt8(generator.numbers.below(4))])
  }

  private mutating func openLoop() {
    // mov r14d, count
    append([0x41, 0xBE] + HostComparisonCase.bytes(of: UInt64(2 + generator.numbers.below(40)), count: 4))
    loopStart = instructions.count
    // Every round begins with known flags.
    undefined = Undefined.status
    defineFlags(Undefined.status)
  }

  private mutating func closeLoop() {
    guard let start = loopStart else { return }
    loopStart = nil
    append([0x41, 0xFF, 0xCE])  // dec r14d
    undefined &= Undefined.carry
    let distance = instructions[start...].reduce(6) { $0 + $1.count }
    append([0x0F, 0x85] + HostComparisonCase.bytes(of: UInt64(bitPattern: -Int64(distance)), count: 4))
  }
}
