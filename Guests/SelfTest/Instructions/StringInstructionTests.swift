import Bedrock

// Swift's view of StringRoutines.S.

@_extern(c, "selftest_rep_movsb")
private func repMovsb(
  _: UnsafeMutableRawPointer, _: UnsafeRawPointer, _: UInt64, _: UInt64, _: UnsafeMutablePointer<UInt64>)
@_extern(c, "selftest_rep_movsq")
private func repMovsq(
  _: UnsafeMutableRawPointer, _: UnsafeRawPointer, _: UInt64, _: UInt64, _: UnsafeMutablePointer<UInt64>)
@_extern(c, "selftest_rep_movsb_down")
private func repMovsbDown(
  _: UnsafeMutableRawPointer, _: UnsafeRawPointer, _: UInt64, _: UInt64, _: UnsafeMutablePointer<UInt64>)
@_extern(c, "selftest_rep_stosw")
private func repStosw(
  _: UnsafeMutableRawPointer, _: UnsafeRawPointer, _: UInt64, _: UInt64, _: UnsafeMutablePointer<UInt64>)
@_extern(c, "selftest_repne_scasb")
private func repneScasb(
  _: UnsafeMutableRawPointer, _: UnsafeRawPointer, _: UInt64, _: UInt64, _: UnsafeMutablePointer<UInt64>)
@_extern(c, "selftest_repe_cmpsb")
private func repeCmpsb(
  _: UnsafeMutableRawPointer, _: UnsafeRawPointer, _: UInt64, _: UInt64, _: UnsafeMutablePointer<UInt64>)
@_extern(c, "selftest_rep_lodsb")
private func repLodsb(
  _: UnsafeMutableRawPointer, _: UnsafeRawPointer, _: UInt64, _: UInt64, _: UnsafeMutablePointer<UInt64>)
@_extern(c, "selftest_stosl_once")
private func stoslOnce(
  _: UnsafeMutableRawPointer, _: UnsafeRawPointer, _: UInt64, _: UInt64, _: UnsafeMutablePointer<UInt64>)

/// String instructions: what they move, where they stop, and where their registers point then.
enum StringInstructionTests {
  static func add(to list: inout SelfTestList) {
    list.test("REP MOVS copies, upwards and downwards", copying)
    list.test("REP MOVSB onto itself repeats", overlapping)
    list.test("REP MOVSQ across pages", acrossPages)
    list.test("REP with count 0 touches nothing", countZero)
    list.test("STOS stores the accumulator's part", storing)
    list.test("REPNE SCASB and REPE CMPSB stop where they should", scanning)
  }

  /// Memory with the bytes 0, 1, 2, ... and room for results behind it.
  private struct Arena: ~Copyable {
    let bytes: UnsafeMutablePointer<UInt8>
    let results = UnsafeMutablePointer<UInt64>.allocate(capacity: 4)

    init(size: Int) {
      bytes = .allocate(capacity: size)
      for offset in 0..<size { bytes[offset] = UInt8(truncatingIfNeeded: offset) }
      results.initialize(repeating: 0, count: 4)
    }

    deinit {
      bytes.deallocate()
      results.deallocate()
    }

    /// How far RDI has come from the given offset.
    func destinationMoved(from offset: Int) -> UInt64 {
      results[0] &- UInt64(UInt(bitPattern: bytes + offset))
    }

    /// How far RSI has come from the given offset.
    func sourceMoved(from offset: Int) -> UInt64 { results[1] &- UInt64(UInt(bitPattern: bytes + offset)) }

    var remainingCount: UInt64 { results[2] }
  }

  private static func copying(_ expectations: inout Expectations) {
    let arena = Arena(size: 64)
    let bytes = arena.bytes
    repMovsb(bytes + 32, bytes, 10, 0, arena.results)
    expectations.expect("last byte copied", UInt64(bytes[41]), is: 9)
    expectations.expect("first byte behind", UInt64(bytes[42]), is: 42)
    expectations.expect("RDI", arena.destinationMoved(from: 32), is: 10)
    expectations.expect("RSI", arena.sourceMoved(from: 0), is: 10)
    expectations.expect("RCX", arena.remainingCount, is: 0)

    repMovsbDown(bytes + 63, bytes + 7, 4, 0, arena.results)
    expectations.expect("last byte copied downwards", UInt64(bytes[60]), is: 4)
    expectations.expect("RDI downwards", arena.destinationMoved(from: 63), is: 0 &- 4)
    expectations.expect("RSI downwards", arena.sourceMoved(from: 7), is: 0 &- 4)
  }

  private static func overlapping(_ expectations: inout Expectations) {
    let arena = Arena(size: 32)
    arena.bytes[0] = 0xAB
    repMovsb(arena.bytes + 1, arena.bytes, 20, 0, arena.results)
    expectations.expect((0...20).allSatisfy { arena.bytes[$0] == 0xAB }, "the first byte is not repeated")
    expectations.expect("first byte behind", UInt64(arena.bytes[21]), is: 21)
  }

  private static func acrossPages(_ expectations: inout Expectations) {
    let size = 3 * 4096
    let arena = Arena(size: 2 * size)
    // A period that is no divisor of the page size shows a page copied to the wrong place.
    for offset in 0..<size { arena.bytes[offset] = UInt8(truncatingIfNeeded: offset % 251) }
    repMovsq(arena.bytes + size + 5, arena.bytes + 3, UInt64(size / 8 - 2), 0, arena.results)
    let wrong = (0..<size - 16).filter { arena.bytes[size + 5 + $0] != UInt8(($0 + 3) % 251) }
    expectations.expect("wrong bytes", UInt64(wrong.count), is: 0)
  }

  private static func countZero(_ expectations: inout Expectations) {
    let arena = Arena(size: 16)
    repMovsb(arena.bytes + 8, arena.bytes, 0, 0, arena.results)
    expectations.expect("destination", UInt64(arena.bytes[8]), is: 8)
    expectations.expect("RDI", arena.destinationMoved(from: 8), is: 0)
  }

  private static func storing(_ expectations: inout Expectations) {
    let arena = Arena(size: 32)
    repStosw(arena.bytes, arena.bytes, 3, 0x1122_3344, arena.results)
    expectations.expect("low byte", UInt64(arena.bytes[4]), is: 0x44)
    expectations.expect("high byte", UInt64(arena.bytes[5]), is: 0x33)
    expectations.expect("first byte behind", UInt64(arena.bytes[6]), is: 6)
    stoslOnce(arena.bytes + 16, arena.bytes, 9, 0x5566_7788, arena.results)
    expectations.expect("byte of STOSD", UInt64(arena.bytes[19]), is: 0x55)
    expectations.expect("RCX without REP", arena.remainingCount, is: 9)
  }

  private static func scanning(_ expectations: inout Expectations) {
    let arena = Arena(size: 64)
    repneScasb(arena.bytes, arena.bytes, 64, 20, arena.results)
    expectations.expect("RDI behind the byte found", arena.destinationMoved(from: 0), is: 21)
    expectations.expect("RCX when found", arena.remainingCount, is: 43)
    repneScasb(arena.bytes, arena.bytes, 10, 20, arena.results)
    expectations.expect("RCX when not found", arena.remainingCount, is: 0)

    for offset in 0..<8 { arena.bytes[32 + offset] = arena.bytes[offset] }
    repeCmpsb(arena.bytes + 32, arena.bytes, 16, 0, arena.results)
    expectations.expect("RSI behind the difference", arena.sourceMoved(from: 0), is: 9)
    repLodsb(arena.bytes, arena.bytes + 8, 4, 0, arena.results)
    expectations.expect("AL after REP LODSB", arena.results[3], is: 11)
  }
}
