import Bedrock

/// IRETQ: what it takes, and what it refuses before anything has changed. AMD64 APM volume 3, "IRET".
struct InterruptReturnTests {
  private static let nonCanonical: UInt64 = 1 << 47
  /// Exceptions arrive on this stack too.
  private static let stackWords = 2048

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = InterruptReturnTests(bench: bench)
    list.test("IRETQ within privilege level 0 restores RSP and takes a null SS", tests.inside)
    list.test("IRETQ: what is refused", tests.refusals)
    list.strictTest("IRETQ: an absent SS, and a null one for 32-bit code", "APM 3, IRET") { expectations in
      bench.segments[.scratch] = Descriptor(type: Descriptor.data, isPresent: false)
      let selector = Selector.scratch
      tests.refuse(&expectations, "absent SS", ss: selector, selector.rawValue64, .stackFault)
      tests.refuse(&expectations, "null SS", cs: .kernelCode32, ss: .null, 0)
    }
    list.test("IRETQ restores RFLAGS", tests.flags)
    list.strictTest(
      "#GP for IRETQ to addresses that are not canonical", "APM 3, IRET", tests.nonCanonicalTarget)
    list.strictTest("#GP for IRETQ with RFLAGS.NT set", "APM 2, 12.3.2", tests.nested)
    list.test("IRETQ outwards makes unusable what the user may not have", tests.nullsSegments)
  }

  /// Executes IRETQ with a frame, and the stack that the frame names behind it.
  private func returning(
    to rip: UInt64, cs: Selector = .kernelCode, flags: UInt64 = 2, ss: Selector = .kernelData,
    startedWith startFlags: ProgramFlags = [], offset: UInt64 = 0
  ) -> ProbeOutcome {
    let stack = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * Self.stackWords)
    defer { stack.deallocate() }
    let frame = stack + Self.stackWords
    let target = stack + 2 * Self.stackWords - 4
    // What runs there returns to where `TestBench.run` recognises the end.
    target.pointee = address(of: leaveExcursion) + offset
    frame[0] = rip + offset
    frame[1] = cs.rawValue64
    frame[2] = flags
    frame[3] = UInt64(UInt(bitPattern: target)) + offset
    frame[4] = ss.rawValue64
    return bench.run(
      interruptReturn, as: .kernel64, UInt64(UInt(bitPattern: frame)), flags: startFlags)
  }

  private func returning(
    to target: ProbeRoutine = answerOne, cs: Selector = .kernelCode, flags: UInt64 = 2,
    ss: Selector = .kernelData, offset: UInt64 = 0
  ) -> ProbeOutcome {
    returning(to: address(of: target), cs: cs, flags: flags, ss: ss, offset: offset)
  }

  private func inside(_ expectations: inout Expectations) {
    expectations.expect("to 64-bit code", returning(), returns: 1)
    expectations.expect("with a null SS", returning(ss: .null), returns: 1)
    expectations.expect("to 32-bit code", returning(cs: .kernelCode32), returns: 1)
  }

  private func refuse(
    _ expectations: inout Expectations, _ what: StaticString, cs: Selector = .kernelCode,
    ss: Selector = .kernelData, _ errorCode: UInt64, _ vector: ExceptionVector = .generalProtection
  ) {
    expectations.expect(what, returning(cs: cs, ss: ss), raises: vector, errorCode: errorCode)
  }

  private func refusals(_ expectations: inout Expectations) {
    refuse(&expectations, "null CS", cs: .null, 0)
    refuse(&expectations, "CS beyond the limit", cs: Selector(rawValue: 0x800), 0x800)
    refuse(&expectations, "data in CS", cs: .kernelData, 0x10)
    refuse(&expectations, "RPL 0 with DPL 3", cs: .userCode.requesting(0), 0x20)
    refuse(&expectations, "RPL 3 with DPL 0", cs: .kernelCode.requesting(3), 0x08)
    bench.segments[.scratch] = Descriptor(type: Descriptor.code, isPresent: false, flags: Descriptor.longCode)
    refuse(&expectations, "absent CS", cs: .scratch, Selector.scratch.rawValue64, .segmentNotPresent)
    refuse(&expectations, "null SS at level 3", cs: .userCode, ss: .null, 0)
    refuse(&expectations, "SS of RPL 0 with CS of RPL 3", cs: .userCode, ss: .kernelData, 0x10)
    refuse(&expectations, "code in SS", ss: .kernelCode32, 0x38)
  }

  private func flags(_ expectations: inout Expectations) {
    // CF, PF, AF, ZF, SF, DF, OF, IOPL 3, RF, AC, ID: what a program sees of them behind IRETQ.
    let expected: UInt64 = 0x24_3CD5 | 2
    let outcome = returning(to: readFlagsProgram, flags: expected)
    expectations.expect("RFLAGS", outcome, returns: expected)
  }

  private func nonCanonicalTarget(_ expectations: inout Expectations) {
    expectations.expect(
      "RIP", returning(to: Self.nonCanonical), raises: .generalProtection,
      at: address(of: interruptReturn) + 3)
  }

  private func nested(_ expectations: inout Expectations) {
    expectations.expect(
      "IRETQ", returning(to: address(of: answerOne), startedWith: .nestedTask), raises: .generalProtection)
  }

  private func nullsSegments(_ expectations: inout Expectations) {
    // FS holds data of DPL 0 when privilege level 3 is entered.
    _ = Processor.current.probe(loadFS, Selector.kernelData.rawValue64)
    expectations.expect(
      "FS of DPL 0", returning(to: readFSSelector, cs: .userCode, ss: .userData, offset: UserWindow.base),
      returns: 0)
    _ = Processor.current.probe(loadFS, Selector.userData.rawValue64)
    expectations.expect(
      "FS of DPL 3", returning(to: readFSSelector, cs: .userCode, ss: .userData, offset: UserWindow.base),
      returns: Selector.userData.rawValue64)
    _ = Processor.current.probe(loadFS, 0)
  }
}

@_extern(c, "selftest_user_read_flags") private func readFlagsProgram(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_user_read_fs") private func readFSSelector(_: UInt64, _: UInt64) -> UInt64
