import Bedrock

@_extern(c, "selftest_step_plain") private func plain(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_plain_1") private func plain1(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_plain_2") private func plain2(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_plain_3") private func plain3(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_mov_ss") private func movSS(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_mov_ss_1") private func movSS1(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_mov_ss_2") private func movSS2(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_rep") private func repeated(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_rep_1") private func repeated1(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_rep_2") private func repeated2(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_rep_3") private func repeated3(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_branch") private func branch(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_branch_1") private func branch1(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_branch_2") private func branch2(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_branch_3") private func branch3(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_branch_4") private func branch4(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_int") private func interrupt(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_int_1") private func interrupt1(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_int_2") private func interrupt2(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_step_int_3") private func interrupt3(_: UInt64, _: UInt64) -> UInt64

/// RFLAGS.TF: AMD64 APM volume 2, section 13.1.4.
struct SingleStepTests {
  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = SingleStepTests(bench: bench)
    list.test("a trap after each instruction, DR6.BS set") {
      tests.expect(&$0, plain, stopsAt: [plain1, plain2, plain3])
    }
    list.test("a load of SS holds the trap back for one instruction") {
      tests.expect(&$0, movSS, stopsAt: [movSS1, movSS2])
    }
    list.test("traps between the iterations of REP") {
      tests.expect(&$0, repeated, stopsAt: [repeated1, repeated1, repeated2, repeated3])
    }
    list.test("traps at the targets of JMP, CALL and RET") {
      tests.expect(&$0, branch, stopsAt: [branch1, branch2, branch3, branch4])
    }
    list.strictTest("INT clears TF for its handler", "APM 2, 8.7.4") {
      tests.software(&$0)
    }
    list.test("IRET with TF set: one instruction of the program runs") { tests.started(&$0) }
    list.test("a fault with TF set is told alone") { expectations in
      expectations.expect(
        "UD2", bench.execute([0x0F, 0x0B], as: .user64, flags: .trap), raises: .invalidOpcode,
        at: bench.codeBuffer.address(for: .user64))
      expectations.expect("DR6", DebugStatus.current.rawValue, is: 0)
    }
  }

  /// Runs a routine and notes where it is stopped.
  private func stops(_ routine: ProbeRoutine) -> (places: [UInt64], allSingleSteps: Bool) {
    let record = AddressRecord()
    let others = Counter()
    DebugStatus.clear()
    let scratch = bench.codeBuffer.address(for: .kernel64) + 4096
    bench.computer.interrupts.setHandler(ExceptionVector.debug.rawValue) { frame, _ in
      record.append(frame.rip)
      if DebugStatus.current != .singleStep { others.increment() }
      DebugStatus.clear()
    }
    _ = routine(scratch, scratch + 64)
    bench.computer.interrupts.setHandler(ExceptionVector.debug.rawValue, nil)
    return (record.addresses, others.value == 0)
  }

  private func expect(
    _ expectations: inout Expectations, _ routine: ProbeRoutine, stopsAt expected: [ProbeRoutine]
  ) {
    let (places, allSingleSteps) = stops(routine)
    let start = address(of: routine)
    let wanted = expected.map { address(of: $0) }
    if places != wanted {
      let told = places.map { "+\(Int64(bitPattern: $0 &- start))" }.joined(separator: " ")
      let asked = wanted.map { "+\(Int64(bitPattern: $0 &- start))" }.joined(separator: " ")
      expectations.expect(false, "stops at \(told) instead of \(asked)")
    }
    expectations.expect(allSingleSteps, "DR6 tells other conditions")
  }

  private func software(_ expectations: inout Expectations) {
    let counter = Counter()
    bench.computer.interrupts.setHandler(Vector.software) { _, _ in counter.increment() }
    // IRET restores TF: the instruction behind INT runs before the next trap.
    expect(&expectations, interrupt, stopsAt: [interrupt2, interrupt3])
    expectations.expect("calls", counter.value, is: 1)
    bench.computer.interrupts.setHandler(Vector.software, nil)
  }

  private func started(_ expectations: inout Expectations) {
    for program in [Program.kernel64, .user64, .user32] {
      DebugStatus.clear()
      expectations.expect(
        "NOP, NOP", bench.execute([0x90, 0x90], as: program, flags: .trap), raises: .debug,
        at: bench.codeBuffer.address(for: program) + 1)
      expectations.expect("DR6", DebugStatus.current.rawValue, is: DebugStatus.singleStep.rawValue)
    }
    DebugStatus.clear()
  }
}
