import Bedrock

@_extern(c, "selftest_straddle_write8") private func write8(_ address: UInt64, _ value: UInt64) -> UInt64
@_extern(c, "selftest_straddle_write16") private func write16(_ address: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_straddle_add") private func addMemory(_ address: UInt64, _ value: UInt64) -> UInt64
@_extern(c, "selftest_straddle_xchg") private func exchange(_ address: UInt64, _ value: UInt64) -> UInt64
@_extern(c, "selftest_straddle_cmpxchg8b") private func compareExchange(_ address: UInt64, _: UInt64)
  -> UInt64
@_extern(c, "selftest_straddle_push") private func push(_ address: UInt64, _ value: UInt64) -> UInt64
@_extern(c, "selftest_straddle_fxsave") private func fastSave(_ address: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_straddle_fstp") private func storeExtended(_ address: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_straddle_call") private func callMemory(_ address: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_straddle_stos") private func storeString(_ address: UInt64, _: UInt64) -> UInt64

/// Accesses across the end of a page, of which the second page refuses: nothing of the first may change.
struct StraddlingTests {
  private static let pageSize: UInt64 = 4096
  private static let filler: UInt8 = 0x5A

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = StraddlingTests(bench: bench)
    list.test("reads and writes across two pages that are far apart in memory", tests.bothPresent)
    list.test("writes across pages with the second absent change nothing") {
      tests.secondAbsent(Self.writers, &$0)
    }
    list.test("writes across pages with the second read-only change nothing") {
      tests.secondReadOnly(Self.writers + Self.readersAndWriters, &$0)
    }
    list.strictTest("what reads and writes faults as a write", "APM 2, 8.4.2") {
      tests.secondAbsent(Self.readersAndWriters, &$0)
    }
    list.test("writes across pages with the first refused name the first") { tests.firstRefused(&$0) }
    list.test("an instruction across pages with the second absent") { tests.fetch(&$0) }
    list.test("an instruction across pages with the second not executable") { tests.fetchNoExecute(&$0) }
    list.test("REP MOVSB stops at a page that is absent, registers where it stopped", tests.move)
    list.test("REP MOVSB downwards stops at a page that is absent", tests.moveDown)
    list.test("REP STOSQ, REP LODSB, REPE CMPSB, REPNE SCASB stop at a page that is absent", tests.others)
    list.test("PUSH, CALL and exchange instructions that fault leave RSP and memory", tests.stack)
  }

  /// Two pages one behind the other, whose frames are not, and what becomes of the second.
  private func withPages(
    _ expectations: inout Expectations, second attributes: PageAttributes? = .writable,
    _ body: (TestPage, TestPage, inout Expectations) -> Void
  ) {
    TestPage.with(bench.computer, &expectations, number: 4) { first, expectations in
      TestPage.with(bench.computer, &expectations, number: 5) { second, expectations in
        fill(first)
        fill(second)
        let entry = bench.computer.pageTable.entry(of: second.address, level: 1)
        let before = entry?.pointee ?? 0
        if let attributes {
          _ = bench.computer.pageTable.protect(second.address, attributes)
        } else {
          entry?.pointee = 0
          bench.computer.pageTable.activate()
        }
        body(first, second, &expectations)
        entry?.pointee = before
        bench.computer.pageTable.activate()
      }
    }
  }

  private func fill(_ page: TestPage) {
    page.frame.pointer?.initializeMemory(as: UInt8.self, repeating: Self.filler, count: Int(Self.pageSize))
  }

  private func isUntouched(_ page: TestPage) -> Bool {
    guard let pointer = page.frame.pointer else { return false }
    for offset in 0..<Int(Self.pageSize)
    where pointer.load(fromByteOffset: offset, as: UInt8.self) != Self.filler {
      return false
    }
    return true
  }

  private func bothPresent(_ expectations: inout Expectations) {
    withPages(&expectations) { first, second, expectations in
      let value: UInt64 = 0x1122_3344_5566_7788
      expectations.expectReturn("write", Processor.current.probe(write8, second.address.rawValue - 3, value))
      expectations.expect(
        "read", Processor.current.probe(probeRead, second.address.rawValue - 3), returns: value)
      let low = first.frame.pointer?.loadUnaligned(fromByteOffset: 4093, as: UInt16.self) ?? 0
      let high = second.frame.pointer?.loadUnaligned(fromByteOffset: 1, as: UInt32.self) ?? 0
      expectations.expect("in the first page", UInt64(low), is: 0x7788)
      expectations.expect("in the second page", UInt64(high), is: 0x1122_3344)
    }
  }

  private typealias Writer = (name: StaticString, routine: ProbeRoutine, distance: UInt64)

  private static let writers: [Writer] = [
    ("MOV", write8, 4), ("MOVUPS", write16, 7), ("FSTP", storeExtended, 5), ("STOSQ", storeString, 6),
  ]

  private static let readersAndWriters: [Writer] = [
    ("ADD", addMemory, 1), ("XCHG", exchange, 3), ("LOCK CMPXCHG8B", compareExchange, 2),
  ]

  private func secondAbsent(_ writers: [Writer], _ expectations: inout Expectations) {
    withPages(&expectations, second: nil) { first, second, expectations in
      for (name, routine, distance) in writers {
        expectations.expect(
          name, Processor.current.probe(routine, second.address.rawValue - distance, 1), raises: .pageFault,
          errorCode: PageFaultCode.write.rawValue, faultAddress: second.address.rawValue)
        expectations.expect(isUntouched(first), "\(name) wrote in the first page")
        fill(first)
      }
      // FXSAVE is aligned, and 512 bytes long.
      expectations.expect(
        "FXSAVE", Processor.current.probe(fastSave, second.address.rawValue - 16), raises: .pageFault,
        errorCode: PageFaultCode.write.rawValue, faultAddress: second.address.rawValue)
    }
  }

  private func secondReadOnly(_ writers: [Writer], _ expectations: inout Expectations) {
    withPages(&expectations, second: []) { first, second, expectations in
      let code: PageFaultCode = [.write, .protection]
      for (name, routine, distance) in writers {
        expectations.expect(
          name, Processor.current.probe(routine, second.address.rawValue - distance, 1), raises: .pageFault,
          errorCode: code.rawValue, faultAddress: second.address.rawValue)
        expectations.expect(isUntouched(first), "\(name) wrote in the first page")
        expectations.expect(isUntouched(second), "\(name) wrote in the second page")
        fill(first)
      }
    }
  }

  private func firstRefused(_ expectations: inout Expectations) {
    withPages(&expectations) { first, second, expectations in
      _ = bench.computer.pageTable.protect(first.address, [])
      let code: PageFaultCode = [.write, .protection]
      let address = second.address.rawValue - 3
      expectations.expect(
        "MOV", Processor.current.probe(write8, address, 1), raises: .pageFault, errorCode: code.rawValue,
        faultAddress: address)
      expectations.expect(isUntouched(second), "the second page was written")
      _ = bench.computer.pageTable.protect(first.address, .writable)
    }
  }

  // MARK: - Instructions

  /// MOV EAX, imm32 with its last `bytes` bytes in the second page, then RET.
  private func placeInstruction(_ first: TestPage, _ second: TestPage, bytes: Int) -> UInt64 {
    let code: [UInt8] = [0xB8, 0x44, 0x33, 0x22, 0x11, 0xC3]
    let start = Int(Self.pageSize) - (5 - bytes)
    for (index, byte) in code.enumerated() {
      let offset = start + index
      let page = offset < Int(Self.pageSize) ? first : second
      page.frame.pointer?.storeBytes(of: byte, toByteOffset: offset % Int(Self.pageSize), as: UInt8.self)
    }
    return first.address.rawValue + UInt64(start)
  }

  private func fetch(_ expectations: inout Expectations) {
    for bytes in 1...4 {
      withPages(&expectations) { first, second, expectations in
        let address = placeInstruction(first, second, bytes: bytes)
        expectations.expect("present", bench.run(at: address, as: .kernel64), returns: 0x1122_3344)
        // Decoded code must not outlive the page.
        let entry = bench.computer.pageTable.entry(of: second.address, level: 1)
        entry?.pointee &= ~1
        bench.computer.pageTable.activate()
        let code: PageFaultCode = ExtendedFeatures.current.contains(.noExecuteEnable) ? .fetch : []
        expectations.expect(
          "absent", bench.run(at: address, as: .kernel64), raises: .pageFault, errorCode: code.rawValue,
          faultAddress: second.address.rawValue, at: address)
        entry?.pointee |= 1
      }
    }
  }

  private func fetchNoExecute(_ expectations: inout Expectations) {
    guard ExtendedFeatures.current.contains(.noExecuteEnable) else { return }
    withPages(&expectations, second: [.writable, .noExecute]) { first, second, expectations in
      let address = placeInstruction(first, second, bytes: 2)
      let code: PageFaultCode = [.fetch, .protection]
      expectations.expect(
        "MOV", bench.run(at: address, as: .kernel64), raises: .pageFault, errorCode: code.rawValue,
        faultAddress: second.address.rawValue, at: address)
    }
  }

  // MARK: - String instructions

  /// Runs a repeated string instruction, given as its bytes, until it faults; expects the registers then.
  private func interrupted(
    _ expectations: inout Expectations, _ what: StaticString, _ code: [UInt8], rdi: UInt64, rsi: UInt64,
    count: UInt8, write: Bool, fault: UInt64, moved: UInt64, elementSize: UInt64 = 1, downwards: Bool = false
  ) {
    // MOV ECX, count; the instruction; CLD
    let prologue: [UInt8] = [0xB9, count, 0, 0, 0]
    let outcome = bench.execute(prologue + code + [0xFC], as: .kernel64, rdi, rsi)
    expectations.expect(
      what, outcome, raises: .pageFault, errorCode: write ? PageFaultCode.write.rawValue : 0,
      faultAddress: fault)
    guard let frame = outcome.exception?.frame else { return }
    let distance = downwards ? 0 &- moved &* elementSize : moved &* elementSize
    expectations.expect("RCX", frame.rcx, is: UInt64(count) - moved)
    if code.last != 0xAC { expectations.expect("RDI", frame.rdi, is: rdi &+ distance) }
    if code.last == 0xA4 || code.last == 0xAC || code.last == 0xA6 {
      expectations.expect("RSI", frame.rsi, is: rsi &+ distance)
    }
    // Other instructions may come before the prefix.
    let prefix = code.firstIndex { $0 == 0xF2 || $0 == 0xF3 } ?? 0
    let start = bench.codeBuffer.address(for: .kernel64) + UInt64(prologue.count + prefix)
    expectations.expect("RIP", frame.rip, is: start)
  }

  private func move(_ expectations: inout Expectations) {
    withPages(&expectations, second: nil) { first, second, expectations in
      let start = second.address.rawValue
      interrupted(
        &expectations, "destination ends", [0xF3, 0xA4], rdi: start - 10, rsi: first.address.rawValue,
        count: 30,
        write: true, fault: start, moved: 10)
      interrupted(
        &expectations, "source ends", [0xF3, 0xA4], rdi: first.address.rawValue, rsi: start - 20, count: 30,
        write: false, fault: start, moved: 20)
    }
  }

  private func moveDown(_ expectations: inout Expectations) {
    withPages(&expectations) { first, second, expectations in
      let entry = bench.computer.pageTable.entry(of: first.address, level: 1)
      entry?.pointee &= ~1
      bench.computer.pageTable.activate()
      let start = second.address.rawValue
      interrupted(
        &expectations, "downwards", [0xFD, 0xF3, 0xA4], rdi: start + 5, rsi: start + 100, count: 30,
        write: true,
        fault: start - 1, moved: 6, downwards: true)
      entry?.pointee |= 1
    }
  }

  private func others(_ expectations: inout Expectations) {
    withPages(&expectations, second: nil) { first, second, expectations in
      let start = second.address.rawValue
      interrupted(
        &expectations, "REP STOSQ", [0xF3, 0x48, 0xAB], rdi: start - 24, rsi: 0, count: 30, write: true,
        fault: start, moved: 3, elementSize: 8)
      fill(first)
      interrupted(
        &expectations, "REP LODSB", [0xF3, 0xAC], rdi: 0, rsi: start - 7, count: 30, write: false,
        fault: start,
        moved: 7)
      interrupted(
        &expectations, "REPE CMPSB", [0xF3, 0xA6], rdi: start - 9, rsi: start - 90, count: 30, write: false,
        fault: start, moved: 9)
      // AL is not what the page is filled with.
      interrupted(
        &expectations, "REPNE SCASB", [0x30, 0xC0, 0xF2, 0xAE], rdi: start - 9, rsi: 0, count: 30,
        write: false,
        fault: start, moved: 9)
    }
  }

  // MARK: - Stack

  private func stack(_ expectations: inout Expectations) {
    withPages(&expectations, second: nil) { first, second, expectations in
      let address = second.address.rawValue
      // The exception's own frame is aligned to 16 bytes, and finds its place in the first page.
      let outcome = Processor.current.probe(push, address + 4)
      expectations.expect(
        "PUSH across pages", outcome, raises: .pageFault, errorCode: PageFaultCode.write.rawValue,
        faultAddress: address)
      expectations.expect("RSP", outcome.exception?.frame.rsp ?? 0, is: address + 4)
      // Here it does not.
      let lost = Processor.current.probe(push, address + 24)
      expectations.expect("PUSH without a stack", lost, raises: .doubleFault)
      expectations.expect("RSP", lost.exception?.frame.rsp ?? 0, is: address + 24)
      expectations.expect(
        "CALL through memory", Processor.current.probe(callMemory, address - 4), raises: .pageFault,
        faultAddress: address)
    }
  }
}
