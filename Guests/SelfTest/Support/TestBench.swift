import Bedrock

/// What the tests share: the computer, its clocks, segments of every kind, and user mode.
///
/// Only the first processor runs programs with it.
final class TestBench: @unchecked Sendable {
  let computer: Computer
  let clocks: Clocks
  /// The first processor's segments.
  let segments: TestSegments
  /// What a privilege level 3 program can reach.
  let userWindow: UserWindow
  /// The end of the stack for programs at privilege level 3, and for 32-bit programs.
  private let programStack: UnsafeMutableRawPointer
  /// Where `execute` places its code.
  let codeBuffer = CodeBuffer()
  /// RSP0: the end of the stack that exceptions and call gates switch to at privilege level 3.
  let exceptionStackTop: UInt64

  private static let stackSize = 16384

  /// Sets everything up on the current processor. Nil if there is no memory.
  init?(_ computer: Computer) {
    guard let userWindow = UserWindow(computer) else { return nil }
    self.computer = computer
    self.userWindow = userWindow
    clocks = Clocks(measuredOn: computer, timerVector: Vector.timer)
    segments = TestSegments()
    segments.load()
    // Exchanged or not: a test that ends on the way between privilege levels finds the processor's block.
    ModelSpecificRegister.kernelGSBase.write(ModelSpecificRegister.gsBase.value)
    programStack = .allocate(byteCount: Self.stackSize, alignment: 16) + Self.stackSize
    let exceptionStack = UnsafeMutableRawPointer.allocate(byteCount: Self.stackSize, alignment: 16)
    exceptionStackTop = UInt64(UInt(bitPattern: exceptionStack + Self.stackSize))
    Processor.current.setExceptionStack(top: exceptionStack + Self.stackSize)
  }

  /// Runs a routine in another mode, at another privilege level or with other flags, as a probe.
  ///
  /// A routine for privilege level 3 is run through the user window: it may refer to its own code and data
  /// relative to RIP only.
  func run(
    _ routine: ProbeRoutine, as program: Program, _ first: UInt64 = 0, _ second: UInt64 = 0,
    flags: ProgramFlags = []
  ) -> ProbeOutcome {
    let offset = program.isUser ? UserWindow.base : 0
    return run(at: address(of: routine) + offset, as: program, first, second, flags: flags)
  }

  /// Runs what begins at an address that the program can reach.
  func run(
    at rip: UInt64, as program: Program, _ first: UInt64 = 0, _ second: UInt64 = 0, flags: ProgramFlags = []
  ) -> ProbeOutcome {
    let top = UInt64(UInt(bitPattern: programStack)) - 64
    let leave = address(of: leaveExcursion)
    let offset = program.isUser ? UserWindow.base : 0
    programStack.storeBytes(of: leave + offset, toByteOffset: -64, as: UInt64.self)
    var excursion = Excursion(
      first: first, second: second, rip: rip, cs: program.code.rawValue64,
      flags: flags.rawValue | ProgramFlags.alwaysOne, rsp: top + offset, ss: program.stack.rawValue64)
    let outcome = withUnsafeMutablePointer(to: &excursion) {
      Processor.current.probe(enterExcursion, UInt64(UInt(bitPattern: $0)))
    }
    if case .raised(let raised) = outcome, raised.vector == .invalidOpcode,
      raised.instructionPointer & ~UserWindow.base == leave
    {
      return .returned(raised.frame.rax)
    }
    return outcome
  }
}

/// The mode and the privilege level of a program.
enum Program {
  case kernel64, kernel32, user64, user32

  var isUser: Bool { self == .user64 || self == .user32 }

  var code: Selector {
    switch self {
    case .kernel64: .kernelCode
    case .kernel32: .kernelCode32
    case .user64: .userCode
    case .user32: .userCode32
    }
  }

  var stack: Selector { isUser ? .userData : .kernelData }
}

/// Bits of RFLAGS that a program is started with.
struct ProgramFlags: OptionSet {
  let rawValue: UInt64
  static let alwaysOne: UInt64 = 1 << 1
  static let trap = ProgramFlags(rawValue: 1 << 8)
  static let interrupt = ProgramFlags(rawValue: 1 << 9)
  static let ioPrivilege3 = ProgramFlags(rawValue: 3 << 12)
  static let nestedTask = ProgramFlags(rawValue: 1 << 14)
  static let resume = ProgramFlags(rawValue: 1 << 16)
  static let alignmentCheck = ProgramFlags(rawValue: 1 << 18)
}
