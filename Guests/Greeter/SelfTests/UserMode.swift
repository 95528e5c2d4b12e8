import Bedrock

@_extern(c, "greeter_enter_user") private func enterUser(_ rip: UInt64, _ rsp: UInt64) -> UInt64
@_extern(c, "greeter_system_call_address") private func systemCallAddress() -> UInt64
@_extern(c, "greeter_user_programs") private func userPrograms() -> UnsafePointer<UInt8>
@_extern(c, "greeter_user_program_offset") private func userProgramOffset(_ index: UInt32) -> UInt32

/// A user program of UserMode.S, in the order of its table.
enum UserProgram: UInt32 {
  case call, privilege, halt, clearInterrupts, port, interrupt, read, write, unaligned
  /// Not a program: where the last one ends.
  private static let end: UInt32 = 9

  /// Where the program begins in the page.
  var offset: UInt64 { UInt64(userProgramOffset(rawValue)) }

  /// The code of all programs.
  static var code: [UInt8] {
    Array(UnsafeBufferPointer(start: userPrograms(), count: Int(userProgramOffset(end))))
  }
}

/// User mode for tests: two pages, a stack for exceptions, and SYSCALL leading back.
final class UserMode {
  private static let systemCallTarget = ModelSpecificRegister(index: 0xC000_0081)
  private static let longSystemCallTarget = ModelSpecificRegister(index: 0xC000_0082)
  private static let systemCallFlagMask = ModelSpecificRegister(index: 0xC000_0084)
  private static let exceptionStackSize = 16384

  private let program: TestPage
  private let stack: TestPage
  private let exceptionStack: UnsafeMutableRawPointer

  /// Maps the pages and sets SYSCALL up on the current processor. Nil if there is no memory.
  private init?(_ computer: Computer) {
    guard let program = TestPage(computer, number: 0, .user) else { return nil }
    guard let stack = TestPage(computer, number: 1, [.user, .writable]) else {
      program.remove()
      return nil
    }
    self.program = program
    self.stack = stack
    exceptionStack = .allocate(byteCount: Self.exceptionStackSize, alignment: 16)
    program.fill(UserProgram.code)

    Processor.current.setExceptionStack(top: exceptionStack + Self.exceptionStackSize)
    // STAR: SYSCALL loads CS from bits 32 to 47, SYSRET from 48 to 63.
    let kernel = UInt64(SegmentSelector.kernelCode.rawValue)
    Self.systemCallTarget.write(kernel << 32)
    Self.longSystemCallTarget.write(systemCallAddress())
    Self.systemCallFlagMask.write(0x4_0700)  // AC, DF, IF, TF
    ExtendedFeatures.current.insert(.systemCall)
  }

  /// Sets user mode up for the time of a test; if that is impossible, it is a failure.
  static func with(
    _ computer: Computer, _ expectations: inout Expectations, _ body: (UserMode, inout Expectations) -> Void
  ) {
    guard let user = UserMode(computer) else {
      expectations.expect(false, "no memory for user mode")
      return
    }
    body(user, &expectations)
    user.remove()
  }

  private func remove() {
    ExtendedFeatures.current.remove(.systemCall)
    program.remove()
    stack.remove()
    exceptionStack.deallocate()
  }

  /// Runs a program with an argument on its stack. Returns what it has in RDI when it executes SYSCALL.
  func run(_ which: UserProgram, _ argument: UInt64 = 0) -> ProbeOutcome {
    let argumentOffset = 2048
    stack.frame.pointer?.storeBytes(of: argument, toByteOffset: argumentOffset, as: UInt64.self)
    return Processor.current.probe(
      enterUser, program.address.rawValue + which.offset, stack.address.rawValue + UInt64(argumentOffset))
  }
}
