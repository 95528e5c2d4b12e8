import Bedrock

/// Pages of 2 MiB and 1 GiB, reserved bits, and what the processor notes in the entries.
struct PageEntryTests {
  private static let present: UInt64 = 1 << 0
  private static let writable: UInt64 = 1 << 1
  private static let accessed: UInt64 = 1 << 5
  private static let dirty: UInt64 = 1 << 6
  private static let large: UInt64 = 1 << 7
  private static let noExecute: UInt64 = 1 << 63
  private static let pattern: UInt64 = 0x1122_3344_5566_7788

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = PageEntryTests(bench: bench)
    list.test("accessed bits at every level, the dirty bit at the last", tests.accessedAndDirty)
    list.test("accessed bits are noted in user mode, in read-only tables too", tests.accessedByUser)
    list.test("a 2 MiB page") { tests.largePage(level: 2, size: 2 << 20, &$0) }
    if ProcessorIdentification().has(.gigabytePages) {
      list.test("a 1 GiB page") { tests.largePage(level: 3, size: 1 << 30, &$0) }
    } else {
      list.skip("a 1 GiB page", because: "the processor has none")
    }
    list.strictTest("#PF with P and RSVD for reserved bits at every level", "APM 2, 8.4.2") {
      tests.reservedBits(&$0)
    }
    list.strictTest("#PF with P and RSVD for NX where EFER.NXE is clear", "APM 2, 5.6.1") {
      tests.noExecuteDisabled(&$0)
    }
  }

  /// Runs `body` with the entries of levels 1 to 4 of a test page.
  private func withEntries(
    _ expectations: inout Expectations,
    _ body: (TestPage, [UnsafeMutablePointer<UInt64>], inout Expectations) -> Void
  ) {
    TestPage.with(bench.computer, &expectations, [.writable, .user]) { page, expectations in
      let entries = (1...4).compactMap { bench.computer.pageTable.entry(of: page.address, level: $0) }
      guard entries.count == 4 else {
        expectations.expect(false, "no entries")
        return
      }
      let before = entries.map { $0.pointee }
      body(page, entries, &expectations)
      for (entry, value) in zip(entries, before) { entry.pointee = value }
      bench.computer.pageTable.activate()
    }
  }

  private func clearNotes(_ entries: [UnsafeMutablePointer<UInt64>]) {
    for entry in entries { entry.pointee &= ~(Self.accessed | Self.dirty) }
    bench.computer.pageTable.activate()
  }

  private func notes(_ entries: [UnsafeMutablePointer<UInt64>]) -> [UInt64] {
    entries.map { $0.pointee & (Self.accessed | Self.dirty) }
  }

  private func accessedAndDirty(_ expectations: inout Expectations) {
    withEntries(&expectations) { page, entries, expectations in
      let address = page.address.rawValue
      clearNotes(entries)
      _ = Processor.current.probe(probeRead, address)
      expectations.expect(notes(entries) == Array(repeating: Self.accessed, count: 4), "after a read")
      _ = Processor.current.probe(probeWrite, address, Self.pattern)
      expectations.expect("after a write to what was read", notes(entries)[0], is: Self.accessed | Self.dirty)
      expectations.expect(
        notes(entries).dropFirst().allSatisfy { $0 == Self.accessed }, "a table is dirty")

      clearNotes(entries)
      _ = Processor.current.probe(probeWrite, address, Self.pattern)
      expectations.expect("after a write", notes(entries)[0], is: Self.accessed | Self.dirty)

      clearNotes(entries)
      page.fill([0xC3])
      _ = Processor.current.probe(probeExecute, address)
      expectations.expect("after a fetch", notes(entries)[0], is: Self.accessed)

      clearNotes(entries)
      entries[0].pointee &= ~Self.writable
      bench.computer.pageTable.activate()
      _ = Processor.current.probe(probeWrite, address, Self.pattern)
      expectations.expect("dirty after a write that was refused", notes(entries)[0] & Self.dirty, is: 0)
    }
  }

  private func accessedByUser(_ expectations: inout Expectations) {
    withEntries(&expectations) { page, entries, expectations in
      // The tables are in supervisor memory of the identity map: the processor writes them all the same.
      clearNotes(entries)
      let outcome = bench.run(probeWrite, as: .user64, page.address.rawValue, Self.pattern)
      expectations.expect("write", outcome, returns: Self.pattern)
      expectations.expect("notes", notes(entries)[0], is: Self.accessed | Self.dirty)
    }
  }

  /// Maps the memory around a frame by a large page and compares with the identity map.
  private func largePage(level: Int, size: UInt64, _ expectations: inout Expectations) {
    TestPage.with(bench.computer, &expectations) { page, expectations in
      guard let entry = bench.computer.pageTable.entry(of: page.address, level: level) else {
        expectations.expect(false, "no entry")
        return
      }
      let before = entry.pointee
      defer {
        entry.pointee = before
        bench.computer.pageTable.activate()
      }
      let frame = page.frame.rawValue & (size - 1)
      let start = page.address.rawValue & ~(size - 1)
      entry.pointee = page.frame.rawValue & ~(size - 1) | Self.present | Self.writable | Self.large
      bench.computer.pageTable.activate()
      page.frame.pointer?.storeBytes(of: Self.pattern, toByteOffset: 64, as: UInt64.self)
      expectations.expect(
        "read", Processor.current.probe(probeRead, start + frame + 64), returns: Self.pattern)
      expectations.expect("dirty after a read", entry.pointee & Self.dirty, is: 0)
      expectations.expectReturn("write", Processor.current.probe(probeWrite, start + frame + 72, 1))
      expectations.expect(
        "the frame's bytes", page.frame.pointer?.load(fromByteOffset: 72, as: UInt64.self) ?? 0, is: 1)
      expectations.expect(
        "notes", entry.pointee & (Self.dirty | Self.accessed), is: Self.dirty | Self.accessed)
    }
  }

  private func reservedBits(_ expectations: inout Expectations) {
    let bits = ProcessorIdentification().physicalAddressBits
    guard bits < 52 else { return }
    withEntries(&expectations) { page, entries, expectations in
      let code: PageFaultCode = [.protection, .reservedBit]
      for entry in entries {
        let before = entry.pointee
        for bit in [bits, 51] {
          entry.pointee = before | 1 << UInt64(bit)
          bench.computer.pageTable.activate()
          let address = page.address.rawValue
          expectations.expect(
            "supervisor's read", Processor.current.probe(probeRead, address), raises: .pageFault,
            errorCode: code.rawValue, faultAddress: address)
          expectations.expect(
            "user's write", bench.run(probeWrite, as: .user64, address), raises: .pageFault,
            errorCode: code.union([.write, .user]).rawValue, faultAddress: address)
        }
        entry.pointee = before
      }
      // The PS bit of the highest level must be zero.
      entries[3].pointee |= Self.large
      bench.computer.pageTable.activate()
      expectations.expect(
        "PS at the highest level", Processor.current.probe(probeRead, page.address.rawValue),
        raises: .pageFault, errorCode: code.rawValue)
      // Bits 13 to 20 of a 2 MiB page's address, bits 13 to 29 of a 1 GiB page's.
      entries[3].pointee &= ~Self.large
      entries[1].pointee = Self.present | Self.large | 1 << 20
      bench.computer.pageTable.activate()
      expectations.expect(
        "a 2 MiB page that is not aligned", Processor.current.probe(probeRead, page.address.rawValue),
        raises: .pageFault, errorCode: code.rawValue)
    }
  }

  private func noExecuteDisabled(_ expectations: inout Expectations) {
    guard ExtendedFeatures.current.contains(.noExecuteEnable) else { return }
    withEntries(&expectations) { page, entries, expectations in
      for entry in entries {
        entry.pointee |= Self.noExecute
        ExtendedFeatures.current.remove(.noExecuteEnable)
        bench.computer.pageTable.activate()
        let outcome = Processor.current.probe(probeRead, page.address.rawValue)
        let fetch = Processor.current.probe(probeExecute, page.address.rawValue)
        ExtendedFeatures.current.insert(.noExecuteEnable)
        entry.pointee &= ~Self.noExecute
        let code: PageFaultCode = [.protection, .reservedBit]
        expectations.expect("read", outcome, raises: .pageFault, errorCode: code.rawValue)
        // Without EFER.NXE, CR4.SMEP being clear too, bit 4 is not told.
        expectations.expect("fetch", fetch, raises: .pageFault, errorCode: code.rawValue)
      }
    }
  }
}
