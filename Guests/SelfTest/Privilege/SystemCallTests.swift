import Bedrock

@_extern(c, "selftest_syscall") private func callSystem(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_after_syscall") private func afterSystemCall(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_syscall_target") private func systemCallTarget(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_syscall_target_return") private func returningTarget(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_syscall_record") private func systemCallRecord() -> UnsafePointer<UInt64>
@_extern(c, "selftest_sysenter") private func enterSystem(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_sysret") private func returnFromSystem(_ rip: UInt64, _ flags: UInt64) -> UInt64

/// SYSCALL and SYSRET: AMD64 APM volume 2, section 6.1.1; volume 3, "SYSCALL" and "SYSRET".
struct SystemCallTests {

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = SystemCallTests(bench: bench)
    list.test("SYSCALL and SYSRET raise #UD while EFER.SCE is clear", tests.disabled)
    list.test("SYSCALL: RCX, R11, segments, and the flags that SFMASK clears", tests.call)
    list.strictTest("SYSCALL leaves the flags alone that SFMASK does not name", "APM 3, SYSCALL") {
      let raised = tests.callRaising(mask: 1 << 0 | 1 << 11).exception
      let arithmetic: UInt64 = 0x8D5
      $0.expect("CF, PF, AF, ZF, SF and OF", (raised?.frame.rflags ?? 0) & arithmetic, is: 1 << 6)
    }
    list.test("SYSCALL from compatibility mode", tests.compatibilityCall)
    list.test("SYSRET goes back, with RFLAGS from R11", tests.callAndReturn)
    list.test("SYSRET to compatibility mode") { tests.compatibilityReturn(&$0) }
    list.test("#GP for SYSRET at privilege level 3") { expectations in
      ExtendedFeatures.current.insert(.systemCall)
      expectations.expect("SYSRET", bench.run(returnFromSystem, as: .user64), raises: .generalProtection)
      ExtendedFeatures.current.remove(.systemCall)
    }
    list.strictTest("#GP for targets that are not canonical, when they are written", "APM 3, WRMSR") {
      let nonCanonical: UInt64 = 1 << 47
      $0.expect(
        "LSTAR", ModelSpecificRegister.longStar.probe(writing: nonCanonical), raises: .generalProtection)
      $0.expect(
        "CSTAR", ModelSpecificRegister.compatibilityStar.probe(writing: nonCanonical),
        raises: .generalProtection)
    }
    list.strictTest("#UD for SYSENTER in long mode, as AMD's processors have it", "APM 3, SYSENTER") {
      let isAMD = ProcessorIdentification().vendor == "AuthenticAMD"
      if isAMD { $0.expect("SYSENTER", bench.run(enterSystem, as: .user64), raises: .invalidOpcode) }
    }
  }

  /// Runs `body` with SYSCALL set up.
  private func withSystemCalls(
    target: ProbeRoutine, mask: UInt64 = 0x4_0700, _ body: () -> ProbeOutcome
  ) -> ProbeOutcome {
    // SYSCALL loads CS from bits 32 to 47 and SS from the next descriptor, SYSRET from bits 48 to 63:
    // 32-bit code there, SS behind it, and 64-bit code behind that.
    let sysret = Selector.kernelData.requesting(3).rawValue64
    ModelSpecificRegister.star.write(Selector.kernelCode.rawValue64 << 32 | sysret << 48)
    ModelSpecificRegister.longStar.write(address(of: target))
    ModelSpecificRegister.compatibilityStar.write(address(of: target))
    ModelSpecificRegister.flagMask.write(mask)
    ExtendedFeatures.current.insert(.systemCall)
    defer { ExtendedFeatures.current.remove(.systemCall) }
    return body()
  }

  private func disabled(_ expectations: inout Expectations) {
    expectations.expect("SYSCALL", bench.run(callSystem, as: .user64), raises: .invalidOpcode)
    expectations.expect("SYSRET", Processor.current.probe(returnFromSystem), raises: .invalidOpcode)
  }

  /// Calls a target that raises #UD, in which all registers are told.
  private func callRaising(mask: UInt64) -> ProbeOutcome {
    withSystemCalls(target: systemCallTarget, mask: mask) {
      bench.run(callSystem, as: .user64, flags: .alignmentCheck)
    }
  }

  private func call(_ expectations: inout Expectations) {
    guard let raised = callRaising(mask: 1 << 0 | 1 << 11 | 1 << 18).exception else {
      expectations.expect(false, "no exception")
      return
    }
    expectations.expect("RIP", raised.frame.rip, is: address(of: systemCallTarget))
    expectations.expect("CS", raised.frame.cs, is: Selector.kernelCode.rawValue64)
    expectations.expect("SS", raised.frame.ss, is: Selector.kernelData.rawValue64)
    expectations.expect("RCX", raised.frame.rcx, is: address(of: afterSystemCall) + UserWindow.base)
    // The program has set CF, ZF and OF.
    let before: UInt64 = 1 << 18 | 1 << 0 | 1 << 6 | 1 << 11 | 2
    expectations.expect("R11", raised.frame.r11, is: before)
    expectations.expect("masked flags", raised.frame.rflags & (1 << 0 | 1 << 11 | 1 << 18), is: 0)
    expectations.expect("RSP is the user's", raised.frame.rsp & UserWindow.base, is: UserWindow.base)
  }

  private func compatibilityCall(_ expectations: inout Expectations) {
    let outcome = withSystemCalls(target: systemCallTarget) { bench.run(callSystem, as: .user32) }
    guard let raised = outcome.exception else {
      expectations.expect(false, "no exception")
      return
    }
    expectations.expect("RIP", raised.frame.rip, is: address(of: systemCallTarget))
    expectations.expect("CS", raised.frame.cs, is: Selector.kernelCode.rawValue64)
  }

  private func callAndReturn(_ expectations: inout Expectations) {
    let outcome = withSystemCalls(target: returningTarget) {
      bench.run(callSystem, as: .user64, flags: .alignmentCheck)
    }
    expectations.expect("CS behind SYSRET", outcome, returns: Selector.userCode.rawValue64)
    expectations.expect("RFLAGS at the target", systemCallRecord()[0] & 1 << 18, is: 0)
  }

  private func compatibilityReturn(_ expectations: inout Expectations) {
    let target = address(of: codeSegmentAnswer) + UserWindow.base
    let outcome = withSystemCalls(target: systemCallTarget) {
      bench.run(returnFromSystem, as: .kernel64, target, 0x202 & ~0x200)
    }
    // SYSRET leaves RSP alone: the program returns on the supervisor's stack, which it may not read.
    guard let raised = outcome.exception else {
      expectations.expect(false, "no exception")
      return
    }
    expectations.expect(raised.vector == .pageFault, "\(raised.vector.mnemonic) instead of #PF")
    expectations.expect("CS", raised.frame.cs, is: Selector.kernelData.requesting(3).rawValue64)
    expectations.expect("SS", raised.frame.ss, is: Selector.userData.rawValue64)
    expectations.expect("AX is CS", raised.frame.rax, is: Selector.kernelData.requesting(3).rawValue64)
  }
}

@_extern(c, "selftest_user_code_segment") private func codeSegmentAnswer(_: UInt64, _: UInt64) -> UInt64
