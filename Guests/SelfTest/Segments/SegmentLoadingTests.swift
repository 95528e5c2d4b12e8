import Bedrock

/// What may be loaded into a segment register, LDTR and TR, and the error codes of what may not: AMD64 APM
/// volume 2, sections 4.8 and 4.10; volume 3, "MOV", "LLDT", "LTR".
struct SegmentLoadingTests {
  private static let beyondLimit = Selector(rawValue: 0x800)
  private static let inLocalTable: UInt16 = 1 << 2
  private static let accessed: UInt64 = 1 << 40

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = SegmentLoadingTests(bench: bench)
    list.test("data segment registers: which descriptors they take", tests.dataSegments)
    list.test("data segment registers: privilege", tests.dataPrivilege)
    list.test("SS: which descriptors it takes", tests.stackSegments)
    list.test("SS: privilege, and null selectors by mode", tests.stackPrivilege)
    list.test("#UD for MOV to CS") { expectations in
      expectations.expect(
        "MOV CS", Processor.current.probe(loadCS, Selector.kernelCode.rawValue64), raises: .invalidOpcode)
    }
    list.test("a load sets the accessed bit", tests.accessedBit)
    list.test("LLDT: types, presence, null", tests.localTable)
    list.test("segments of the local table", tests.localSegments)
    list.test("LTR: types, presence, the busy bit", tests.taskRegister)
    list.strictTest("#GP for null selectors in SS with RPL 3 at privilege level 0", "SDM 2, MOV") {
      tests.refuse(&$0, "MOV SS", loadSS, Selector.null.requesting(3))
    }
    list.strictTest("#GP for a null selector in TR", "APM 3, LTR") {
      tests.refuse(&$0, "LTR", loadTaskRegister, .null)
    }
    list.strictTest("#GP for a local table whose base is not canonical", "SDM 1, 3.3.7.1") { expectations in
      let descriptor = Descriptor(type: Descriptor.localTable, flags: 0)
      bench.segments.set(.secondScratch, low: descriptor.rawValue, high: 0x8000)
      tests.refuse(&expectations, "LLDT", loadLocalTable, .secondScratch)
    }
    list.test("LAR, LSL, VERR, VERW", tests.verification)
  }

  /// Loads a selector by `routine` and expects the exception, with the selector as its error code.
  private func refuse(
    _ expectations: inout Expectations, _ what: StaticString, _ routine: ProbeRoutine, _ selector: Selector,
    as program: Program = .kernel64, _ vector: ExceptionVector = .generalProtection
  ) {
    expectations.expect(
      what, bench.run(routine, as: program, selector.rawValue64), raises: vector,
      errorCode: selector.rawValue64 & ~3, at: address(of: routine) + (program.isUser ? UserWindow.base : 0))
  }

  private func accept(
    _ expectations: inout Expectations, _ what: StaticString, _ routine: ProbeRoutine, _ selector: Selector,
    as program: Program = .kernel64
  ) {
    expectations.expectReturn(what, bench.run(routine, as: program, selector.rawValue64))
  }

  private func dataSegments(_ expectations: inout Expectations) {
    for program in [Program.kernel64, .kernel32] {
      for routine in [loadDS, loadES, loadFS] as [ProbeRoutine] {
        accept(&expectations, "null", routine, .null, as: program)
        accept(&expectations, "null with RPL 3", routine, Selector.null.requesting(3), as: program)
        accept(&expectations, "readable code", routine, .kernelCode32, as: program)
        refuse(&expectations, "beyond the table's limit", routine, Self.beyondLimit, as: program)
        refuse(&expectations, "system segment", routine, .taskState, as: program)
        bench.segments[.scratch] = Descriptor(type: Descriptor.executeOnlyCode)
        refuse(&expectations, "execute-only code", routine, .scratch, as: program)
        bench.segments[.scratch] = Descriptor(type: Descriptor.readOnlyData)
        accept(&expectations, "read-only data", routine, .scratch, as: program)
        bench.segments[.scratch] = Descriptor(type: Descriptor.data, isPresent: false)
        refuse(&expectations, "absent", routine, .scratch, as: program, .segmentNotPresent)
        let local = Selector(rawValue: Self.inLocalTable)
        refuse(&expectations, "local, without a local table", routine, local, as: program)
      }
    }
  }

  private func dataPrivilege(_ expectations: inout Expectations) {
    let kernelData = Selector.kernelData
    refuse(&expectations, "DPL 0 with RPL 3", loadDS, kernelData.requesting(3))
    refuse(&expectations, "DPL 0 at privilege level 3", loadDS, kernelData, as: .user64)
    refuse(&expectations, "DPL 0 at privilege level 3, 32 bits", loadDS, kernelData, as: .user32)
    accept(&expectations, "DPL 3", loadDS, .userData)
    accept(&expectations, "DPL 3 at privilege level 3", loadDS, .userData, as: .user64)
    bench.segments[.scratch] = Descriptor(type: Descriptor.conformingCode)
    accept(&expectations, "conforming code of DPL 0 at level 3", loadDS, Selector.scratch, as: .user64)
  }

  private func stackSegments(_ expectations: inout Expectations) {
    for program in [Program.kernel64, .kernel32] {
      refuse(&expectations, "beyond the table's limit", loadSS, Self.beyondLimit, as: program)
      refuse(&expectations, "code", loadSS, .kernelCode32, as: program)
      refuse(&expectations, "system segment", loadSS, .taskState, as: program)
      bench.segments[.scratch] = Descriptor(type: Descriptor.readOnlyData)
      refuse(&expectations, "read-only data", loadSS, .scratch, as: program)
      bench.segments[.scratch] = Descriptor(type: Descriptor.expandDownData)
      if program == .kernel64 {
        accept(&expectations, "expand-down data", loadSS, .scratch, as: program)
      }
      bench.segments[.scratch] = Descriptor(type: Descriptor.data, isPresent: false)
      expectations.expect(
        "absent", bench.run(loadSS, as: program, Selector.scratch.rawValue64), raises: .stackFault,
        errorCode: Selector.scratch.rawValue64)
    }
  }

  private func stackPrivilege(_ expectations: inout Expectations) {
    refuse(&expectations, "RPL 3 at level 0", loadSS, Selector.kernelData.requesting(3))
    refuse(&expectations, "DPL 3 at level 0", loadSS, Selector.userData.requesting(0))
    refuse(&expectations, "RPL 0 at level 3", loadSS, Selector.userData.requesting(0), as: .user64)
    accept(&expectations, "null, 64 bits, level 0", loadSS, .null)
    refuse(&expectations, "null, 64 bits, level 3", loadSS, Selector.null.requesting(3), as: .user64)
    refuse(&expectations, "null, 32 bits", loadSS, .null, as: .kernel32)
  }

  private func accessedBit(_ expectations: inout Expectations) {
    bench.segments[.scratch] = Descriptor(type: Descriptor.data & ~1)
    accept(&expectations, "load", loadFS, .scratch)
    expectations.expect(
      "accessed bit", bench.segments[.scratch].rawValue & Self.accessed, is: Self.accessed)
    bench.segments[.scratch] = Descriptor(type: Descriptor.data & ~1, isPresent: false)
    refuse(&expectations, "absent", loadFS, .scratch, .segmentNotPresent)
    expectations.expect("accessed bit", bench.segments[.scratch].rawValue & Self.accessed, is: 0)
  }

  private func localTable(_ expectations: inout Expectations) {
    accept(&expectations, "null", loadLocalTable, .null)
    refuse(&expectations, "local", loadLocalTable, Selector(rawValue: 0x60 | Self.inLocalTable))
    refuse(&expectations, "data", loadLocalTable, .kernelData)
    refuse(&expectations, "task state", loadLocalTable, .taskState)
    let absent = Descriptor(type: Descriptor.localTable, isPresent: false, flags: 0)
    bench.segments.set(.secondScratch, low: absent.rawValue, high: 0)
    refuse(&expectations, "absent", loadLocalTable, .secondScratch, .segmentNotPresent)
    expectations.expect(
      "at privilege level 3", bench.run(loadLocalTable, as: .user64), raises: .generalProtection)
  }

  private func localSegments(_ expectations: inout Expectations) {
    let table = UnsafeMutablePointer<UInt64>.allocate(capacity: 2)
    defer { table.deallocate() }
    table[0] = Descriptor(type: Descriptor.data).rawValue
    table[1] = Descriptor(type: Descriptor.data, base: 0x10_0000).rawValue
    let base = UInt64(UInt(bitPattern: table))
    let descriptor = Descriptor(type: Descriptor.localTable, base: base, limit: 15, flags: 0)
    bench.segments.set(.secondScratch, low: descriptor.rawValue, high: base >> 32)
    accept(&expectations, "LLDT", loadLocalTable, .secondScratch)
    accept(&expectations, "the first", loadFS, Selector(rawValue: 0 | Self.inLocalTable))
    let second = Selector(rawValue: 8 | Self.inLocalTable)
    let expected = UnsafePointer<UInt32>(bitPattern: 0x10_0000)?.pointee ?? 0
    expectations.expect(
      "through the second", Processor.current.probe(readFS, 0, second.rawValue64), returns: UInt64(expected))
    refuse(&expectations, "beyond its limit", loadFS, Selector(rawValue: 16 | Self.inLocalTable))
    accept(&expectations, "null", loadLocalTable, .null)
    refuse(&expectations, "without a local table", loadFS, second)
    accept(&expectations, "null", loadFS, .null)
  }

  private func taskRegister(_ expectations: inout Expectations) {
    refuse(&expectations, "the busy one", loadTaskRegister, .taskState)
    refuse(&expectations, "data", loadTaskRegister, .kernelData)
    // The current segment once more: its bytes stay those that interrupts need.
    let busy = bench.segments[.taskState].rawValue
    let high = bench.segments[Selector(rawValue: Selector.taskState.rawValue + 8)].rawValue
    let available = busy & ~(1 << 41)
    bench.segments.set(.secondScratch, low: available & ~(1 << 47), high: high)
    refuse(&expectations, "absent", loadTaskRegister, .secondScratch, .segmentNotPresent)
    bench.segments.set(.secondScratch, low: available, high: high)
    accept(&expectations, "available", loadTaskRegister, .secondScratch)
    expectations.expect("now busy", bench.segments[.secondScratch].rawValue, is: busy)
    bench.segments[.taskState] = Descriptor(rawValue: available)
    accept(&expectations, "back", loadTaskRegister, .taskState)
    expectations.expect(
      "at privilege level 3", bench.run(loadTaskRegister, as: .user64), raises: .generalProtection)
  }

  private func verification(_ expectations: inout Expectations) {
    let zero: UInt64 = 1 << 63
    let check = {
      (
        expectations: inout Expectations, what: StaticString, routine: ProbeRoutine, selector: Selector,
        program: Program, expected: UInt64
      ) in
      let outcome = bench.run(routine, as: program, selector.rawValue64)
      expectations.expect(what, outcome, returns: expected)
    }
    check(&expectations, "LAR of data", loadAccessRights, .kernelData, .kernel64, 0xC0_9300 | zero)
    check(&expectations, "LAR of null", loadAccessRights, .null, .kernel64, 0)
    check(&expectations, "LAR beyond the limit", loadAccessRights, Self.beyondLimit, .kernel64, 0)
    check(&expectations, "LAR of DPL 0 at level 3", loadAccessRights, .kernelData, .user64, 0)
    check(&expectations, "LSL of data", loadSegmentLimit, .kernelData, .kernel64, 0xFFFF_FFFF | zero)
    check(&expectations, "LSL of 16-bit data", loadSegmentLimit, .kernelData16, .kernel64, 0xFFFF | zero)
    check(&expectations, "LSL of task state", loadSegmentLimit, .taskState, .kernel64, 103 | zero)
    bench.segments.set(.secondScratch, low: Descriptor(type: Descriptor.callGate, flags: 0).rawValue, high: 0)
    check(&expectations, "LSL of a call gate", loadSegmentLimit, .secondScratch, .kernel64, 0)
    bench.segments[.scratch] = Descriptor(type: Descriptor.executeOnlyCode)
    check(&expectations, "VERR of data", verifyRead, .kernelData, .kernel64, zero)
    check(&expectations, "VERR of execute-only code", verifyRead, .scratch, .kernel64, 0)
    check(&expectations, "VERR of readable code", verifyRead, .kernelCode, .kernel64, zero)
    check(&expectations, "VERR of DPL 0 at level 3", verifyRead, .kernelData, .user64, 0)
    check(&expectations, "VERW of data", verifyWrite, .kernelData, .kernel64, zero)
    check(&expectations, "VERW of code", verifyWrite, .kernelCode, .kernel64, 0)
    check(&expectations, "VERW of a system segment", verifyWrite, .taskState, .kernel64, 0)
  }
}
