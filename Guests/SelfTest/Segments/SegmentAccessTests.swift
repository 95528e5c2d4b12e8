import Bedrock

/// Accesses through segments: limits, types and bases count in compatibility mode, and hardly in 64-bit mode.
/// AMD64 APM volume 2, sections 4.7, 4.8.1 and 4.12.
struct SegmentAccessTests {
  private static let selector = Selector.scratch.rawValue64

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = SegmentAccessTests(bench: bench)
    list.strictTest("limits of expand-up segments, to the byte", "APM 2, 4.12.1", tests.expandUp)
    list.strictTest("limits of expand-down segments, by their size", "APM 2, 4.12.1", tests.expandDown)
    list.strictTest("limits through SS raise #SS", "APM 2, 8.2.13", tests.stackLimit)
    list.strictTest("read-only data, execute-only code, writes to code", "APM 2, 4.7.2", tests.types)
    list.strictTest("#GP for accesses through a null selector", "APM 2, 4.5.1", tests.null)
    list.test("segment bases, with wrap-around at 4 GiB", tests.bases)
    list.test("64-bit mode heeds neither limits nor types", tests.longMode)
  }

  private func expandUp(_ expectations: inout Expectations) {
    bench.segments[.scratch] = Descriptor(type: Descriptor.data, limit: 0x1003, flags: Descriptor.big)
    expectations.expectReturn("last doubleword", bench.run(readFS32, as: .kernel32, 0x1000, Self.selector))
    expectations.expectReturn("last byte", bench.run(readByteFS32, as: .kernel32, 0x1003, Self.selector))
    refuse(&expectations, "one byte beyond", readFS32, 0x1001)
    refuse(&expectations, "the byte beyond", readByteFS32, 0x1004)
    refuse(&expectations, "wrapping around", readFS32, 0xFFFF_FFFE)
    bench.segments[.scratch] = Descriptor(type: Descriptor.data, limit: 1)
    expectations.expectReturn(
      "last doubleword of two pages", bench.run(readFS32, as: .kernel32, 0x1FFC, Self.selector))
    refuse(&expectations, "one byte beyond two pages", readFS32, 0x1FFD)
  }

  private func expandDown(_ expectations: inout Expectations) {
    bench.segments[.scratch] = Descriptor(
      type: Descriptor.expandDownData, limit: 0xFFF, flags: Descriptor.big)
    refuse(&expectations, "the limit", readByteFS32, 0xFFF)
    refuse(&expectations, "across the limit", readFS32, 0xFFD)
    expectations.expectReturn("above the limit", bench.run(readFS32, as: .kernel32, 0x1000, Self.selector))
    expectations.expectReturn("above 64 KiB", bench.run(readFS32, as: .kernel32, 0x1_0000, Self.selector))
    bench.segments[.scratch] = Descriptor(
      type: Descriptor.expandDownData, limit: 0xFFF, flags: Descriptor.bytes16)
    expectations.expectReturn("below 64 KiB", bench.run(readFS32, as: .kernel32, 0xFFFC, Self.selector))
    refuse(&expectations, "across 64 KiB", readFS32, 0xFFFD)
    refuse(&expectations, "at 64 KiB", readByteFS32, 0x1_0000)
  }

  private func stackLimit(_ expectations: inout Expectations) {
    bench.segments[.scratch] = Descriptor(type: Descriptor.data, limit: 0x1003, flags: Descriptor.big)
    expectations.expectReturn("within", bench.run(readSS32, as: .kernel32, 0x1000, Self.selector))
    expectations.expect(
      "beyond", bench.run(readSS32, as: .kernel32, 0x1001, Self.selector), raises: .stackFault)
  }

  private func types(_ expectations: inout Expectations) {
    bench.segments[.scratch] = Descriptor(type: Descriptor.readOnlyData)
    expectations.expectReturn(
      "read of read-only data", bench.run(readFS32, as: .kernel32, 0x1000, Self.selector))
    refuse(&expectations, "write of read-only data", writeFS32, 0x1000)
    refuse(&expectations, "write of code", writeCS32, 0x1000)
    expectations.expectReturn("read of code", bench.run(readCS32, as: .kernel32, 0x1000))
    bench.segments[.scratch] = Descriptor(type: Descriptor.code)
    refuse(&expectations, "write of code through FS", writeFS32, 0x1000)
  }

  private func null(_ expectations: inout Expectations) {
    for program in [Program.kernel32, .user32] {
      expectations.expect("read", bench.run(readFS32, as: program, 0x1000, 0), raises: .generalProtection)
      expectations.expect("write", bench.run(writeFS32, as: program, 0x1000, 0), raises: .generalProtection)
    }
  }

  private func bases(_ expectations: inout Expectations) {
    let expected = UInt64(UnsafePointer<UInt32>(bitPattern: 0x10_0000)?.pointee ?? 0)
    bench.segments[.scratch] = Descriptor(type: Descriptor.data, base: 0xF_F000)
    expectations.expect(
      "base plus offset", bench.run(readFS32, as: .kernel32, 0x1000, Self.selector), returns: expected)
    bench.segments[.scratch] = Descriptor(type: Descriptor.data, base: 0xFFF0_0000)
    expectations.expect(
      "sum above 4 GiB", bench.run(readFS32, as: .kernel32, 0x20_0000, Self.selector), returns: expected)
    expectations.expect(
      "in 64-bit mode", Processor.current.probe(readFS, 0, Selector.scratch.rawValue64),
      returns: UInt64(UnsafePointer<UInt32>(bitPattern: 0xFFF0_0000)?.pointee ?? 0))
  }

  private func longMode(_ expectations: inout Expectations) {
    bench.segments[.scratch] = Descriptor(type: Descriptor.data, limit: 3, flags: Descriptor.big)
    expectations.expectReturn("beyond the limit", Processor.current.probe(readFS, 0x1000, Self.selector))
    expectations.expectReturn("null", Processor.current.probe(readFS, 0x1000, 0))
  }

  private func refuse(
    _ expectations: inout Expectations, _ what: StaticString, _ routine: ProbeRoutine, _ offset: UInt64
  ) {
    expectations.expect(
      what, bench.run(routine, as: .kernel32, offset, Self.selector), raises: .generalProtection)
  }
}
