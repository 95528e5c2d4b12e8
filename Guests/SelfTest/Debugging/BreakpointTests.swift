import Bedrock

@_extern(c, "selftest_break_here") private func breakHere(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_break_write1") private func write1(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_break_write1_next") private func write1Next(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_break_read1") private func read1(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_break_write8") private func write8(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_break_out") private func output(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_break_out_next") private func outputNext(_: UInt64, _: UInt64) -> UInt64

/// The debug registers: AMD64 APM volume 2, sections 13.1.1 and 13.1.3.
struct BreakpointTests {
  private static let lengths: [(bytes: UInt64, encoding: UInt64)] = [(1, 0), (2, 1), (4, 3), (8, 2)]

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = BreakpointTests(bench: bench)
    list.test("an instruction breakpoint is a fault", tests.instruction)
    list.test("RFLAGS.RF lets one instruction pass its breakpoint", tests.resume)
    list.test("data breakpoints: every length, to the byte", tests.lengths)
    list.test("data breakpoints for writes ignore reads", tests.conditions)
    list.test("a data breakpoint is a trap, the access done", tests.trap)
    list.test("data breakpoints inside a wider access, and across pages", tests.overlaps)
    list.test("breakpoints that are not enabled do nothing", tests.disabled)
    list.strictTest("DR6 tells every breakpoint that was met", "APM 2, 13.1.1.3", tests.twoAtOnce)
    list.strictTest(
      "DR7.GD: a move of a debug register is a fault, once", "APM 2, 13.1.1.4", tests.generalDetect)
    list.test("DR4 is DR6 while CR4.DE is clear, and #UD otherwise", tests.aliases)
    list.test("fixed bits of DR6 and DR7") { tests.fixedBits(&$0) }
    list.strictTest("#GP for the upper halves of DR6 and DR7", "APM 2, 13.1.1") { expectations in
      let high: UInt64 = 1 << 32
      expectations.expect("DR6", Processor.current.probe(writeDR6, high), raises: .generalProtection)
      expectations.expect("DR7", Processor.current.probe(writeDR7, high), raises: .generalProtection)
    }
    list.test("port breakpoints, if CR4.DE is set", tests.port)
  }

  /// Sets a breakpoint in DR0 and DR7, probes, and takes it away. DR6 stays to be read.
  private func probe(
    _ control: UInt64, at address: UInt64, _ routine: ProbeRoutine, _ first: UInt64 = 0, _ second: UInt64 = 0
  ) -> ProbeOutcome {
    DebugStatus.clear()
    _ = writeDR0(address, 0)
    _ = writeDR7(control, 0)
    let outcome = Processor.current.probe(routine, first, second)
    _ = writeDR7(DebugControl.reserved, 0)
    return outcome
  }

  private var scratch: UInt64 { bench.codeBuffer.address(for: .kernel64) + 4096 }

  private func instruction(_ expectations: inout Expectations) {
    let outcome = probe(DebugControl.breakpoint(0, .execute), at: address(of: breakHere), breakHere)
    expectations.expect("MOV", outcome, raises: .debug, at: address(of: breakHere))
    expectations.expect("DR6", DebugStatus.current.rawValue, is: DebugStatus.breakpoint0.rawValue)
    expectations.expectReturn("without", Processor.current.probe(breakHere))
  }

  private func resume(_ expectations: inout Expectations) {
    DebugStatus.clear()
    _ = writeDR0(address(of: breakHere), 0)
    _ = writeDR7(DebugControl.breakpoint(0, .execute), 0)
    let passed = bench.run(breakHere, as: .kernel64, flags: .resume)
    let stopped = bench.run(breakHere, as: .kernel64)
    _ = writeDR7(DebugControl.reserved, 0)
    expectations.expect("with RF", passed, returns: 7)
    expectations.expect("without RF", stopped, raises: .debug, at: address(of: breakHere))
  }

  private func lengths(_ expectations: inout Expectations) {
    for (bytes, encoding) in Self.lengths {
      let control = DebugControl.breakpoint(0, .write, length: encoding)
      let start = scratch + 64
      for offset in 0...(bytes + 1) {
        let address = start &+ offset &- 1
        let outcome = probe(control, at: start, write1, address)
        let isWatched = offset >= 1 && offset <= bytes
        expectations.expect(
          (outcome.exception?.vector == .debug) == isWatched, "byte \(offset) - 1 of a length of \(bytes)")
      }
    }
  }

  private func conditions(_ expectations: inout Expectations) {
    expectations.expectReturn("read", probe(DebugControl.breakpoint(0, .write), at: scratch, read1, scratch))
    expectations.expect(
      "read or write", probe(DebugControl.breakpoint(0, .readOrWrite), at: scratch, read1, scratch),
      raises: .debug)
    expectations.expect(
      "write", probe(DebugControl.breakpoint(0, .readOrWrite), at: scratch, write1, scratch), raises: .debug)
  }

  private func trap(_ expectations: inout Expectations) {
    let pointer = UnsafeMutablePointer<UInt8>(bitPattern: UInt(scratch))
    pointer?.pointee = 0
    let outcome = probe(DebugControl.breakpoint(0, .write), at: scratch, write1, scratch, 0x5A)
    expectations.expect("MOV", outcome, raises: .debug, at: address(of: write1Next))
    expectations.expect("DR6", DebugStatus.current.rawValue, is: DebugStatus.breakpoint0.rawValue)
    expectations.expect("the byte", UInt64(pointer?.pointee ?? 0), is: 0x5A)
  }

  private func overlaps(_ expectations: inout Expectations) {
    let byte = DebugControl.breakpoint(0, .write)
    expectations.expect("its last byte", probe(byte, at: scratch + 7, write8, scratch), raises: .debug)
    expectations.expectReturn("the byte behind", probe(byte, at: scratch + 8, write8, scratch))
    expectations.expect("its first byte", probe(byte, at: scratch, write8, scratch), raises: .debug)
    TestPage.with(bench.computer, &expectations, number: 4) { first, expectations in
      TestPage.with(bench.computer, &expectations, number: 5) { second, expectations in
        let start = second.address.rawValue
        expectations.expect(
          "in the second page", probe(byte, at: start + 2, write8, start - 4), raises: .debug)
        expectations.expect(
          "in the first page", probe(byte, at: start - 1, write8, start - 4), raises: .debug)
      }
    }
  }

  private func disabled(_ expectations: inout Expectations) {
    let control = DebugControl.breakpoint(0, .write) & ~3
    expectations.expectReturn("write", probe(control, at: scratch, write1, scratch))
    let global = control | 2
    expectations.expect("enabled globally", probe(global, at: scratch, write1, scratch), raises: .debug)
  }

  private func twoAtOnce(_ expectations: inout Expectations) {
    _ = writeDR3(scratch, 0)
    let both = DebugControl.breakpoint(0, .write) | DebugControl.breakpoint(3, .write)
    expectations.expect("two", probe(both, at: scratch, write1, scratch), raises: .debug)
    expectations.expect(
      "DR6", DebugStatus.current.rawValue,
      is: DebugStatus([.breakpoint0, .breakpoint3]).rawValue)
  }

  private func generalDetect(_ expectations: inout Expectations) {
    DebugStatus.clear()
    _ = writeDR7(DebugControl.reserved | DebugControl.generalDetect, 0)
    let outcome = Processor.current.probe(readDR0)
    expectations.expect("MOV", outcome, raises: .debug, at: address(of: readDR0))
    // Delivering the exception has cleared GD.
    expectations.expect("DR7", readDR7(0, 0) & DebugControl.generalDetect, is: 0)
    expectations.expect(
      "DR6", DebugStatus.current.rawValue, is: DebugStatus.debugRegisterAccess.rawValue)
    DebugStatus.clear()
  }

  private func aliases(_ expectations: inout Expectations) {
    DebugStatus.clear()
    expectations.expect("DR4", Processor.current.probe(readDR4), returns: readDR6(0, 0))
    ControlRegister4.current.insert(.debuggingExtensions)
    let outcome = Processor.current.probe(readDR4)
    ControlRegister4.current.remove(.debuggingExtensions)
    expectations.expect("with DE", outcome, raises: .invalidOpcode)
  }

  private func fixedBits(_ expectations: inout Expectations) {
    _ = writeDR6(0, 0)
    expectations.expect("DR6", readDR6(0, 0), is: DebugStatus.idle)
    _ = writeDR7(0, 0)
    expectations.expect("DR7", readDR7(0, 0), is: DebugControl.reserved)
  }

  private func port(_ expectations: inout Expectations) {
    ControlRegister4.current.insert(.debuggingExtensions)
    let outcome = probe(DebugControl.breakpoint(0, .port), at: 0x80, output)
    let other = probe(DebugControl.breakpoint(0, .port), at: 0x81, output)
    ControlRegister4.current.remove(.debuggingExtensions)
    expectations.expect("port 80h", outcome, raises: .debug, at: address(of: outputNext))
    expectations.expectReturn("port 81h", other)
  }
}
