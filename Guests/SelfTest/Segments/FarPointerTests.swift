import Bedrock

@_extern(c, "selftest_lfs") private func loadFarFS(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lgs") private func loadFarGS(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lss") private func loadFarSS(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lfs_16") private func loadNearFS(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lfs_register") private func loadFSFromRegister(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_les") private func loadFarES(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_lds") private func loadFarDS(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_arpl") private func adjustPrivilege(_: UInt64, _: UInt64) -> UInt64

/// Instructions that load a selector with an offset, and the one that adjusts a selector: AMD64 APM volume 3, "LxS" and
/// "ARPL".
struct FarPointerTests {
  private static let offset: UInt32 = 0x1234_0000
  private static let beyondLimit = Selector(rawValue: 0x800)

  let bench: TestBench
  let mode: LegacyMode

  static func add(to list: inout SelfTestList, _ bench: TestBench, _ mode: LegacyMode) {
    let tests = FarPointerTests(bench: bench, mode: mode)
    list.test("LFS, LGS, LSS: offset and selector, and what is refused", tests.longMode)
    list.test("LES, LDS in protected mode", tests.protectedMode)
    list.test("ARPL", tests.privilegeAdjustment)
  }

  /// Calls `body` with the address of a far pointer.
  private func withPointer(to selector: Selector, _ body: (UInt64) -> Void) {
    let operand = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)
    defer { operand.deallocate() }
    operand.storeBytes(of: Self.offset, as: UInt32.self)
    operand.storeBytes(of: selector.rawValue, toByteOffset: 4, as: UInt16.self)
    body(UInt64(UInt(bitPattern: operand)))
  }

  private func sum(_ selector: Selector) -> UInt64 { UInt64(Self.offset) + selector.rawValue64 }

  private func longMode(_ expectations: inout Expectations) {
    bench.segments[.scratch] = Descriptor(type: Descriptor.data)
    for program in [Program.kernel64, .kernel32] {
      check(&expectations, "LFS", loadFarFS, .scratch, program)
      check(&expectations, "LSS", loadFarSS, .scratch, program)
      refuse(&expectations, "LFS beyond the table's limit", loadFarFS, Self.beyondLimit, program)
      refuse(&expectations, "LSS of code", loadFarSS, .kernelCode32, program)
      check(&expectations, "LFS of null", loadFarFS, .null, program)
    }
    check(&expectations, "LGS", loadFarGS, .scratch, .kernel64)
    withPointer(to: .scratch) { operand in
      // Its 16-bit offset is 0, its selector the upper half of the other's offset.
      expectations.expect(
        "LFS with 16 bits", bench.run(loadNearFS, as: .kernel64, operand), raises: .generalProtection,
        errorCode: UInt64(Self.offset >> 16) & ~3)
      expectations.expect(
        "LFS of a register", bench.run(loadFSFromRegister, as: .kernel64, operand), raises: .invalidOpcode)
    }
    withPointer(to: .scratch) { operand in
      UnsafeMutablePointer<UInt32>(bitPattern: UInt(operand))?.pointee =
        0xABCD | UInt32(Selector.scratch.rawValue) << 16
      expectations.expect(
        "LFS with 16 bits", bench.run(loadNearFS, as: .kernel64, operand), returns: 0x7654_ABCD)
    }
    expectations.expectReturn("null", bench.run(loadFS, as: .kernel64, Selector.null.rawValue64))
  }

  private func check(
    _ expectations: inout Expectations, _ what: StaticString, _ routine: ProbeRoutine, _ selector: Selector,
    _ program: Program
  ) {
    withPointer(to: selector) {
      expectations.expect(what, bench.run(routine, as: program, $0), returns: sum(selector))
    }
  }

  private func refuse(
    _ expectations: inout Expectations, _ what: StaticString, _ routine: ProbeRoutine, _ selector: Selector,
    _ program: Program
  ) {
    withPointer(to: selector) {
      expectations.expect(
        what, bench.run(routine, as: program, $0), raises: .generalProtection, errorCode: selector.rawValue64)
    }
  }

  private func protectedMode(_ expectations: inout Expectations) {
    mode.resetTables()
    for (what, routine) in [("LES", loadFarES), ("LDS", loadFarDS)] as [(StaticString, ProbeRoutine)] {
      withPointer(to: LegacyMode.data) {
        expectations.expect(what, mode.run(routine, LegacyControl(), $0), returns: sum(LegacyMode.data))
      }
      withPointer(to: Self.beyondLimit) {
        expectations.expect(
          what, mode.run(routine, LegacyControl(), $0), raises: .generalProtection,
          errorCode: Self.beyondLimit.rawValue64)
      }
    }
  }

  private func privilegeAdjustment(_ expectations: inout Expectations) {
    mode.resetTables()
    let zero: UInt64 = 1 << 16
    let run = { (first: UInt64, second: UInt64) in mode.run(adjustPrivilege, LegacyControl(), first, second) }
    expectations.expect("less privilege asked for", run(0x10, 0x23), returns: 0x13 | zero)
    expectations.expect("more privilege asked for", run(0x13, 0x21), returns: 0x13)
    expectations.expect("the same", run(0x12, 0x22), returns: 0x12)
  }
}
