import Bedrock

@_extern(c, "selftest_user_increment") private func increment(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_user_code_segment") private func codeSegment(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_user_increment_32") private func increment32(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_user_halt") private func halt(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_user_cli") private func clearInterrupts(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_user_in") private func input(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_user_unaligned") private func unaligned(_: UInt64, _: UInt64) -> UInt64

/// What a program at privilege level 3 may do, and what it may not.
enum UserModeTests {
  /// The image is mapped for the supervisor alone.
  private static let supervisorAddress: UInt64 = 0x100000

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    list.test("IRET into user mode") { expectations in
      expectations.expect("argument plus one", bench.run(increment, as: .user64, 41), returns: 42)
      expectations.expect(
        "CS", bench.run(codeSegment, as: .user64), returns: Selector.userCode.rawValue64)
    }
    list.test("IRET into compatibility mode") { expectations in
      for program in [Program.kernel32, .user32] {
        expectations.expect(
          "argument plus one", bench.run(increment32, as: program, 0xFFFF_FFFF), returns: 0)
        expectations.expect("CS", bench.run(codeSegment, as: program), returns: program.code.rawValue64)
      }
    }
    list.test("#GP for privileged instructions in user mode") { expectations in
      expectations.expect("HLT", bench.run(halt, as: .user64), raises: .generalProtection)
      expectations.expect("CLI", bench.run(clearInterrupts, as: .user64), raises: .generalProtection)
      expectations.expect("IN", bench.run(input, as: .user64), raises: .generalProtection)
      expectations.expectReturn(
        "CLI with IOPL 3", bench.run(clearInterrupts, as: .user64, flags: .ioPrivilege3))
      expectations.expectReturn("IN with IOPL 3", bench.run(input, as: .user64, flags: .ioPrivilege3))
    }
    list.strictTest("#GP for INT through a gate of the supervisor", "APM 2, 8.2.14") { expectations in
      let describesGate: UInt64 = 1 << 1
      expectations.expect(
        "INT", bench.run(probeInterrupt50, as: .user64), raises: .generalProtection,
        errorCode: UInt64(Vector.software) << 3 | describesGate)
    }
    list.test("#PF for user accesses to supervisor pages") { expectations in
      let code: PageFaultCode = [.protection, .user]
      expectations.expect(
        "read", bench.run(probeRead, as: .user64, supervisorAddress), raises: .pageFault,
        errorCode: code.rawValue, faultAddress: supervisorAddress)
      expectations.expect(
        "write", bench.run(probeWrite, as: .user64, supervisorAddress), raises: .pageFault,
        errorCode: code.union(.write).rawValue, faultAddress: supervisorAddress)
    }
    list.strictTest("#AC for unaligned user accesses, if CR0.AM and RFLAGS.AC are set", "APM 2, 8.2.18") {
      expectations in
      expectations.expectReturn(
        "with CR0.AM clear", bench.run(unaligned, as: .user64, flags: .alignmentCheck))
      ControlRegister0.current.insert(.alignmentMask)
      let outcome = bench.run(unaligned, as: .user64, flags: .alignmentCheck)
      let permitted = bench.run(unaligned, as: .user64)
      let supervisor = bench.run(unaligned, as: .kernel64, flags: .alignmentCheck)
      ControlRegister0.current.remove(.alignmentMask)
      expectations.expect("with both set", outcome, raises: .alignmentCheck)
      expectations.expectReturn("with RFLAGS.AC clear", permitted)
      expectations.expectReturn("at privilege level 0", supervisor)
    }
  }
}
