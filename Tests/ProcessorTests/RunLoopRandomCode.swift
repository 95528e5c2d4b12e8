import Bus
import X86

@testable import Processor

/// A processor that executes random bytes in some mode, disturbed now and then.
///
/// What happens depends on the seed only, so that the same can be executed in other portions.
struct RunLoopRandomCode {
  enum Mode: CaseIterable {
    case real, virtual8086, protected, compatibility, long, user
  }

  /// How the instructions between two disturbances are granted.
  enum Portions {
    case whole
    case single
  }

  let mode: Mode
  private var numbers: HostComparisonNumbers
  private(set) var machine: SystemMachine

  init?(_ mode: Mode, seed: UInt64) {
    self.mode = mode
    numbers = HostComparisonNumbers(seed: seed)
    guard let machine = Self.makeMachine(mode) else { return nil }
    self.machine = machine
    prepare()
  }

  private static func makeMachine(_ mode: Mode) -> SystemMachine? {
    switch mode {
    case .real: .realMode()
    case .protected, .virtual8086: .protectedMode()
    case .compatibility, .long, .user: .longMode()
    }
  }

  /// What became of one portion.
  struct Outcome {
    var granted: Int64
    var retired: Int64
    var isFinished: Bool
    /// The registers, RIP, RFLAGS and CR2, mixed.
    var digest: UInt64
  }

  /// Executes until the next disturbance; `nil` if the host has no memory for another machine.
  mutating func step(_ portions: Portions) -> Outcome? {
    let granted = Int64(1 + numbers.below(numbers.chance(2) ? 8 : 400))
    var outcome = Outcome(granted: granted, retired: 0, isFinished: true, digest: 0)
    // PAUSE ends a turn before its time.
    while outcome.retired < granted, machine.processor.activity == .running {
      let before = machine.processor.instructionsRetired
      let portion = portions == .whole ? granted - outcome.retired : 1
      let result = machine.processor.run(instructions: portion)
      let retired = Int64(bitPattern: machine.processor.instructionsRetired &- before)
      outcome.retired += retired
      outcome.isFinished = result == .finished
      guard retired >= 0, retired <= portion, result != .finished || retired == portion else {
        outcome.retired = -1
        return outcome
      }
    }
    outcome.digest = digest
    guard reviveIfStopped() else { return nil }
    disturb()
    return outcome
  }

  private var digest: UInt64 {
    var result = HostComparisonNumbers(seed: machine.core.state.rip)
    func mix(_ value: UInt64) { result = HostComparisonNumbers(seed: result.next() ^ value) }
    for number in 0..<16 { mix(machine.core.general(number)) }
    mix(machine.core.rflags.rawValue)
    mix(machine.core.state.cr2)
    mix(machine.core.state.cr3)
    mix(machine.core.state.dr6.rawValue)
    mix(UInt64(machine.core.state.privilegeLevel))
    return result.next()
  }

  private mutating func reviveIfStopped() -> Bool {
    guard machine.processor.activity != .running else { return true }
    guard let another = Self.makeMachine(mode) else { return false }
    machine = another
    prepare()
    return true
  }

  // MARK: Disturbances

  private mutating func disturb() {
    switch numbers.below(8) {
    case 0: machine.processor.raiseNonMaskableInterrupt()
    case 1, 2:
      machine.platform.pendingVector = UInt8(32 + numbers.below(32))
      machine.processor.setInterruptPending(true)
    case 3: machine.processor.endTurn()
    case 4: machine.put(numbers.next(), at: UInt64(numbers.below(2 << 20 - 8)))
    case 5: machine.core.setGeneral(numbers.below(16), address())
    default: moveOn()
    }
  }

  /// Elsewhere, with new code: most random programs soon go round in circles.
  private mutating func moveOn() {
    let offset = UInt64(numbers.below(0x4000))
    for place in stride(from: 0, to: 128 as UInt64, by: 8) {
      machine.put(code(), at: SystemMachine.Place.code + offset + place)
    }
    let base = machine.core.register(RegisterOffset.codeBase, as: UInt64.self)
    machine.core.state.rip = SystemMachine.Place.code + offset &- base
    for number in 0..<16 { machine.core.setGeneral(number, address()) }
  }

  // MARK: States

  private mutating func prepare() {
    let areas: [ClosedRange<UInt64>] = [0x2_0000...0x2_5000, 0x3_0000...0x3_1000, 0x4_0000...0x4_0400]
    for area in areas {
      for place in stride(from: area.lowerBound, to: area.upperBound, by: 8) {
        machine.put(code(), at: place)
      }
    }
    let core = machine.core
    if mode == .user { machine.enterUserMode() }
    if mode == .compatibility { machine.enterUserMode(code: SystemMachine.Selectors.userCode32) }
    core.state.rip = mode == .real ? 0 : SystemMachine.Place.code
    for number in 0..<16 { core.setGeneral(number, address()) }
    var flags = RFLAGS(rawValue: numbers.next() & 0x0004_4ED5 | 2)
    if numbers.chance(8) { flags.insert(.trap) }
    if mode == .virtual8086 {
      flags.insert(.virtual8086)
      if numbers.chance(2) { flags.formUnion(.ioPrivilege) }
    }
    core.rflags = flags
    if mode == .virtual8086 { enterVirtual8086Mode() }
    core.updateContext()
  }

  private mutating func enterVirtual8086Mode() {
    let core = machine.core
    for register in [SegmentRegister.es, .ss, .ds, .fs, .gs] {
      core.setSegment(register, core.realModeSegment(register, selector: UInt16(numbers.below(0x2000))))
    }
    let code = core.realModeSegment(.cs, selector: UInt16(SystemMachine.Place.code >> 4))
    core.setCodeSegment(code, privilegeLevel: 3)
    core.state.rip = 0
  }

  /// Eight bytes of code: random, or with opcodes that do something.
  private mutating func code() -> UInt64 {
    var value = numbers.next()
    for place in 0..<8 where numbers.chance(3) {
      let opcode = numbers.pick(Self.opcodes)
      value = value & ~(0xFF << UInt64(place * 8)) | UInt64(opcode) << UInt64(place * 8)
    }
    return value
  }

  /// Prefixes, escapes, system instructions and short jumps: what random bytes have too little of.
  private static let opcodes: [UInt8] = [
    0x0F, 0x0F, 0x0F, 0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x48, 0x4C, 0x2E, 0x64, 0x65, 0x01, 0x89, 0x8B, 0x8D,
    0x90, 0x9C, 0x9D, 0xA4, 0xA5, 0xAA, 0xC3, 0xC7, 0xC8, 0xC9, 0xCC, 0xCD, 0xCF, 0xD3, 0xE8, 0xEB, 0xF6,
    0xF7, 0xFF, 0x70, 0x75, 0x8E, 0x8F, 0xFA, 0xFB, 0x20, 0x22, 0x23, 0xBA, 0xAE, 0xC0, 0xE2, 0xEA, 0x9A,
    0xCA, 0xCB, 0x6C, 0x6F,
  ]

  /// An address in RAM, near its end, or nonsense.
  private mutating func address() -> UInt64 {
    switch numbers.below(8) {
    case 0: numbers.operand()
    case 1: UInt64(numbers.below(0x10000))
    case 2: 0x1F_FFF0 + UInt64(numbers.below(32))
    default: UInt64(numbers.below(2 << 20))
    }
  }
}
