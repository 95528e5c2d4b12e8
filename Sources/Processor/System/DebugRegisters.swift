import X86

/// The fields of DR7 (APM volume 2, 13.1.1.4).
enum DebugControl {
  /// Ln and Gn of the four breakpoints.
  static let enables: UInt64 = 0xFF
  /// L0 to L3 and LE, which end with a task.
  static let localEnables: UInt64 = 0x155
  /// Bit 10, which is always one.
  static let alwaysOne: UInt64 = 1 << 10
  /// GD: accesses to the debug registers raise #DB.
  static let generalDetect: UInt64 = 1 << 13
  /// The bits that can be written.
  static let writable: UInt64 = 0xFFFF_23FF

  /// Whether a breakpoint, 0 to 3, is enabled locally or globally.
  static func isEnabled(_ control: UInt64, _ index: Int) -> Bool { control >> UInt64(index * 2) & 3 != 0 }

  static func condition(_ control: UInt64, _ index: Int) -> BreakpointCondition? {
    BreakpointCondition(rawValue: UInt8(control >> UInt64(16 + index * 4) & 3))
  }

  /// The number of bytes that a breakpoint watches.
  static func length(_ control: UInt64, _ index: Int) -> UInt64 {
    switch control >> UInt64(18 + index * 4) & 3 {
    case 0: 1
    case 1: 2
    case 2: 8
    default: 4
    }
  }
}

/// R/W of DR7: what a breakpoint stops at.
enum BreakpointCondition: UInt8 {
  case execution
  case write
  /// Only with CR4.DE.
  case inputOutput
  case readOrWrite
}

extension Core {
  func moveDebug(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let (destination, source, _, _) = instruction.pointee.operands
    let isWrite = destination.kind == .debugRegister
    let number = try debugRegisterNumber(isWrite ? destination.number : source.number)
    try requireHighestPrivilege()
    if state.dr7 & DebugControl.generalDetect != 0 {
      state.dr6.insert(.registerAccess)
      throw Fault(.debug)
    }
    let width: UInt16 = is64Bit ? 8 : 4
    if isWrite {
      try setDebugRegister(number, general(Int(source.number)) & Self.mask(width))
    } else {
      setGeneral(destination.number, debugRegister(number), width: width)
    }
  }

  /// DR4 and DR5 are DR6 and DR7, unless CR4.DE abolishes them.
  private func debugRegisterNumber(_ number: UInt8) throws(Fault) -> Int {
    switch number {
    case 0...3, 6, 7: return Int(number)
    case 4, 5:
      guard !state.cr4.contains(.de) else { throw .invalidOpcode }
      return Int(number) + 2
    default: throw .invalidOpcode
    }
  }

  private func debugRegister(_ number: Int) -> UInt64 {
    switch number {
    case 6: state.dr6.rawValue
    case 7: state.dr7
    default: state.debugAddresses[number & 3]
    }
  }

  private func setDebugRegister(_ number: Int, _ value: UInt64) throws(Fault) {
    switch number {
    case 6:
      guard value >> 32 == 0 else { throw .generalProtection }
      state.dr6 = DR6(rawValue: value).intersection(.writable).union(.alwaysOne)
    case 7:
      guard value >> 32 == 0 else { throw .generalProtection }
      state.dr7 = value & DebugControl.writable | DebugControl.alwaysOne
    default:
      state.debugAddresses[number & 3] = value
    }
    // Pages that are watched from now on must not be reached without a look at the breakpoints.
    if state.dr7 & DebugControl.enables != 0 {
      state.translations.clear()
      updateContext()
    }
  }
}

extension DR6 {
  /// B0 to B3, BD, BS and BT.
  static let writable: DR6 = [.breakpoints, .registerAccess, .singleStep, .taskSwitch]
}
