import Bedrock

/// Far jumps, calls and returns: AMD64 APM volume 2, sections 4.9 and 4.10; volume 3, "JMP (Far)", "CALL (Far)".
struct FarTransferTests {
  private static let beyondLimit = Selector(rawValue: 0x800)

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = FarTransferTests(bench: bench)
    list.test("far jumps and calls between 64-bit and 32-bit code", tests.betweenModes)
    list.test("far jumps and calls: what is refused", tests.refusals)
    list.test("conforming code keeps the privilege level", tests.conforming)
    list.test("#GP for task states and task gates in long mode", tests.taskGates)
    list.strictTest("#GP for code segments with both L and D", "APM 2, 4.8.1") { expectations in
      bench.segments[.scratch] = Descriptor(type: Descriptor.code, flags: 0b1110)
      tests.refuse(&expectations, "L and D", .scratch)
    }
    list.test("call gates: same privilege", tests.callGateInside)
    list.test("call gates: inwards, with the stack of the task state, and back", tests.callGateInwards)
    list.test("call gates: what is refused", tests.callGateRefusals)
  }

  /// A far pointer in memory for the time of `body`: 32 bits of offset, 16 of selector.
  private func withPointer<Result>(
    _ offset: UInt64, _ selector: Selector, _ body: (UnsafeMutableRawPointer) -> Result
  ) -> Result {
    let operand = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    defer { operand.deallocate() }
    operand.storeBytes(of: UInt32(truncatingIfNeeded: offset), as: UInt32.self)
    operand.storeBytes(of: selector.rawValue, toByteOffset: 4, as: UInt16.self)
    return body(operand)
  }

  private func transfer(
    _ routine: ProbeRoutine, to target: ProbeRoutine, _ selector: Selector, as program: Program = .kernel64
  ) -> ProbeOutcome {
    let offset = program.isUser ? UserWindow.base : 0
    return withPointer(address(of: target) + offset, selector) { operand in
      bench.run(routine, as: program, UInt64(UInt(bitPattern: operand)) + offset)
    }
  }

  private func refuse(
    _ expectations: inout Expectations, _ what: StaticString, _ selector: Selector,
    as program: Program = .kernel64, _ vector: ExceptionVector = .generalProtection
  ) {
    for routine in [farJump, farCall] as [ProbeRoutine] {
      let offset = program.isUser ? UserWindow.base : 0
      expectations.expect(
        what, transfer(routine, to: farAnswer, selector, as: program), raises: vector,
        errorCode: selector.rawValue64 & ~3, at: address(of: routine) + offset)
    }
  }

  private func betweenModes(_ expectations: inout Expectations) {
    for selector in [Selector.kernelCode, .kernelCode32] {
      expectations.expect(
        "jump", transfer(farJump, to: farJumpAnswer, selector), returns: selector.rawValue64)
      expectations.expect("call", transfer(farCall, to: farAnswer, selector), returns: selector.rawValue64)
    }
    expectations.expect(
      "call at level 3", transfer(farCall, to: farAnswer, .userCode32, as: .user64),
      returns: Selector.userCode32.rawValue64)
  }

  private func refusals(_ expectations: inout Expectations) {
    refuse(&expectations, "null", .null)
    refuse(&expectations, "beyond the table's limit", Self.beyondLimit)
    refuse(&expectations, "data", .kernelData)
    refuse(&expectations, "code of DPL 3 at level 0", .userCode.requesting(0))
    refuse(&expectations, "code of DPL 0 at level 3", .kernelCode, as: .user64)
    refuse(&expectations, "RPL 3 at level 0", .kernelCode.requesting(3))
    bench.segments[.scratch] = Descriptor(type: Descriptor.code, isPresent: false, flags: Descriptor.longCode)
    refuse(&expectations, "absent", .scratch, .segmentNotPresent)
  }

  private func conforming(_ expectations: inout Expectations) {
    bench.segments[.scratch] = Descriptor(type: Descriptor.conformingCode, flags: Descriptor.longCode)
    expectations.expect(
      "from level 3 into DPL 0", transfer(farCall, to: farAnswer, .scratch, as: .user64),
      returns: Selector.scratch.requesting(3).rawValue64)
    bench.segments[.scratch] = Descriptor(
      type: Descriptor.conformingCode, privilege: 3, flags: Descriptor.longCode)
    refuse(&expectations, "from level 0 into DPL 3", .scratch)
  }

  private func taskGates(_ expectations: inout Expectations) {
    refuse(&expectations, "busy task state", .taskState)
    let taskGate: UInt64 = 0x5
    bench.segments.set(
      .secondScratch, low: Descriptor(type: taskGate, base: Selector.taskState.rawValue64, flags: 0).rawValue,
      high: 0)
    refuse(&expectations, "task gate", .secondScratch)
    let available = Descriptor(type: Descriptor.availableTaskState, limit: 103, flags: 0)
    bench.segments.set(.secondScratch, low: available.rawValue, high: 0)
    refuse(&expectations, "available task state", .secondScratch)
  }

  // MARK: - Call gates

  private func setGate(
    _ target: UInt64, _ code: Selector, privilege: UInt64 = 0, isPresent: Bool = true, high: UInt64? = nil
  ) {
    let low =
      target & 0xFFFF | code.rawValue64 << 16 | Descriptor.callGate << 40 | privilege << 45
      | (isPresent ? 1 << 47 : 0) | (target >> 16 & 0xFFFF) << 48
    bench.segments.set(.secondScratch, low: low, high: high ?? target >> 32)
  }

  private func callGateInside(_ expectations: inout Expectations) {
    setGate(address(of: gateAnswer), .kernelCode)
    // The offset in the pointer is ignored: the gate has its own.
    expectations.expect(
      "call", transfer(farCall, to: farAnswer, .secondScratch), returns: Selector.kernelCode.rawValue64)
    setGate(address(of: farJumpAnswer), .kernelCode)
    expectations.expect(
      "jump", transfer(farJump, to: farAnswer, .secondScratch), returns: Selector.kernelCode.rawValue64)
  }

  private func callGateInwards(_ expectations: inout Expectations) {
    setGate(address(of: gateAnswer), .kernelCode, privilege: 3)
    expectations.expect(
      "call", transfer(farCall, to: farAnswer, .secondScratch.requesting(3), as: .user64),
      returns: Selector.kernelCode.rawValue64)
    let frame = gateFrame()
    expectations.expect("pushed CS", frame[1], is: Selector.userCode.rawValue64)
    expectations.expect("pushed SS", frame[3], is: Selector.userData.rawValue64)
    expectations.expect("pushed RSP is the user's", frame[2] & UserWindow.base, is: UserWindow.base)
    expectations.expect("RSP", frame[4], is: bench.exceptionStackTop - 32)
  }

  private func callGateRefusals(_ expectations: inout Expectations) {
    let target = address(of: gateAnswer)
    setGate(target, .kernelCode)
    refuse(&expectations, "gate of DPL 0 at level 3", .secondScratch, as: .user64)
    refuse(&expectations, "gate of DPL 0 with RPL 3", .secondScratch.requesting(3))
    setGate(target, .kernelCode, isPresent: false)
    refuse(&expectations, "absent gate", .secondScratch, .segmentNotPresent)
    let refuseTarget = { (expectations: inout Expectations, what: StaticString, code: Selector) in
      setGate(target, code)
      expectations.expect(
        what, transfer(farCall, to: farAnswer, .secondScratch), raises: .generalProtection,
        errorCode: code.rawValue64 & ~3)
    }
    refuseTarget(&expectations, "null target", .null)
    refuseTarget(&expectations, "data as a target", .kernelData)
    refuseTarget(&expectations, "32-bit code as a target", .kernelCode32)
    refuseTarget(&expectations, "code of DPL 3 as a target", .userCode)
    setGate(target, .kernelCode, high: 0x1F << 40)
    refuse(&expectations, "a second half with a type", .secondScratch)
  }
}
