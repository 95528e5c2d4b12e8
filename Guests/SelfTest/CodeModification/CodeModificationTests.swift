import Bedrock
import Synchronization

/// Code that is changed after it has run: AMD64 APM volume 2, section 7.6.1; volume 1, section 3.3.3.
///
/// A processor sees its own changes from the next branch on; another one's, once it has executed an instruction
/// that serialises.
struct CodeModificationTests {
  private static let patience: UInt64 = 5_000_000

  let bench: TestBench

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    let tests = CodeModificationTests(bench: bench)
    list.test("code that was run is written anew and run again", tests.rewritten)
    list.test("an instruction is changed by the one before it", tests.next)
    list.test("a loop changes its own body") { tests.loop(&$0) }
    list.test("code is changed through another address", tests.alias)
    list.test("code across two pages is changed in either", tests.acrossPages)
    list.test("code is changed by REP MOVSB and by CMPXCHG", tests.otherWriters)
    list.test("data in a page of code may change often", tests.dataBesideCode)
    list.test("the same memory is 32-bit and 64-bit code", tests.modes)
    if bench.computer.processors.count > 1 {
      list.test("code is changed by another processor", tests.otherProcessor)
    } else {
      list.skip("code is changed by another processor", because: "there is one")
    }
  }

  private var start: UnsafeMutablePointer<UInt8> { bench.codeBuffer.start }
  private var address: UInt64 { bench.codeBuffer.address(for: .kernel64) }

  /// MOV EAX, imm32
  private static func answer(_ value: UInt32) -> [UInt8] {
    [0xB8] + (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private func rewritten(_ expectations: inout Expectations) {
    for value in 1...20 as ClosedRange<UInt32> {
      expectations.expect("value", bench.execute(Self.answer(value)), returns: UInt64(value))
    }
    // Only the immediate.
    for value in 1...20 as ClosedRange<UInt8> {
      start[1] = value
      expectations.expect("immediate", bench.run(at: address, as: .kernel64), returns: UInt64(value))
    }
  }

  private func next(_ expectations: inout Expectations) {
    // MOV BYTE [RIP + 1], 7 is C6 05 disp32 imm8: the displacement counts from its end, to the immediate of MOV.
    let code: [UInt8] = [0xC6, 0x05, 0x01, 0, 0, 0, 7] + Self.answer(1)
    expectations.expect("first", bench.execute(code), returns: 7)
    // The second time it is not changed by being the same.
    start[8] = 1
    expectations.expect("second", bench.run(at: address, as: .kernel64), returns: 7)
    // In the middle of a longer straight run of instructions.
    let nops = [UInt8](repeating: 0x90, count: 20)
    let later: [UInt8] = [0xC6, 0x05, 21, 0, 0, 0, 9] + nops + Self.answer(1)
    expectations.expect("twenty instructions later", bench.execute(later), returns: 9)
  }

  private func loop(_ expectations: inout Expectations) {
    // XOR EAX, EAX; MOV ECX, 10; loop: ADD EAX, imm8; INC BYTE [RIP - 7], the immediate; DEC ECX; JNZ loop
    // The immediate is 1, 2, 3...: the sum of ten is 55.
    let code: [UInt8] = [
      0x31, 0xC0, 0xB9, 10, 0, 0, 0, 0x83, 0xC0, 1, 0xFE, 0x05, 0xF9, 0xFF, 0xFF, 0xFF, 0xFF, 0xC9, 0x75,
      0xF3,
    ]
    expectations.expect("sum", bench.execute(code), returns: 55)
    expectations.expect("again, from 11", bench.run(at: address, as: .kernel64), returns: 155)
  }

  private func alias(_ expectations: inout Expectations) {
    let other = UnsafeMutablePointer<UInt8>(
      bitPattern: UInt(bench.codeBuffer.address(for: .user64)))
    expectations.expect("before", bench.execute(Self.answer(1)), returns: 1)
    for value in 2...9 as ClosedRange<UInt8> {
      other?[1] = value
      expectations.expect("here", bench.run(at: address, as: .kernel64), returns: UInt64(value))
      expectations.expect(
        "there", bench.run(at: bench.codeBuffer.address(for: .user64), as: .user64), returns: UInt64(value))
    }
  }

  private func acrossPages(_ expectations: inout Expectations) {
    // Three bytes in the first page, two and RET in the second.
    let offset = 4096 - 3
    bench.codeBuffer.write(Self.answer(0x0403_0201), at: offset)
    let place = address + UInt64(offset)
    expectations.expect("before", bench.run(at: place, as: .kernel64), returns: 0x0403_0201)
    start[offset + 4] = 0x14
    expectations.expect("second page", bench.run(at: place, as: .kernel64), returns: 0x1403_0201)
    start[offset + 1] = 0x11
    expectations.expect("first page", bench.run(at: place, as: .kernel64), returns: 0x1403_0211)
    UnsafeMutableRawPointer(start + offset + 1).storeBytes(of: 0x5566_7788, as: UInt32.self)
    expectations.expect("both", bench.run(at: place, as: .kernel64), returns: 0x5566_7788)
  }

  private func otherWriters(_ expectations: inout Expectations) {
    expectations.expect("before", bench.execute(Self.answer(1)), returns: 1)
    // In the second page of the buffer: MOV ECX, 4; REP MOVSB; RET, and then LOCK CMPXCHG [RDI], ESI.
    let move = 4096 + 512
    bench.codeBuffer.write([0xB9, 4, 0, 0, 0, 0xF3, 0xA4], at: move)
    var source: UInt32 = 0x1234_5678
    withUnsafePointer(to: &source) {
      _ = bench.run(
        at: address + UInt64(move), as: .kernel64, address + 1, UInt64(UInt(bitPattern: $0)))
    }
    expectations.expect("after REP MOVSB", bench.run(at: address, as: .kernel64), returns: 0x1234_5678)
    bench.codeBuffer.write([0xB8, 0x78, 0x56, 0x34, 0x12, 0xF0, 0x0F, 0xB1, 0x37], at: move)
    _ = bench.run(at: address + UInt64(move), as: .kernel64, address + 1, 0x7777)
    expectations.expect("after CMPXCHG", bench.run(at: address, as: .kernel64), returns: 0x7777)
  }

  private func dataBesideCode(_ expectations: inout Expectations) {
    // INC DWORD [RIP + 100]; MOV EAX, [RIP + 94]
    let code: [UInt8] = [0xFF, 0x05, 100, 0, 0, 0, 0x8B, 0x05, 94, 0, 0, 0]
    bench.codeBuffer.write(code)
    UnsafeMutableRawPointer(start + 106).storeBytes(of: 0, as: UInt32.self)
    for count in 1...50 as ClosedRange<UInt64> {
      expectations.expect("count", bench.run(at: address, as: .kernel64), returns: count)
    }
  }

  private func modes(_ expectations: inout Expectations) {
    // 48h is DEC EAX in 32-bit code and a prefix in 64-bit code: DEC EAX; INC EAX against REX.W INC EAX.
    let code: [UInt8] = [0xB8, 5, 0, 0, 0, 0x48, 0xFF, 0xC0]
    for _ in 0..<3 {
      expectations.expect("64 bits", bench.execute(code, as: .kernel64), returns: 6)
      expectations.expect("32 bits", bench.run(at: address, as: .kernel32), returns: 5)
    }
  }

  private func otherProcessor(_ expectations: inout Expectations) {
    // The other processor calls the code until it answers with 2, or for too long.
    bench.codeBuffer.write(Self.answer(1))
    let place = address
    let calls = Counter()
    let seen = Counter()
    let other = bench.computer.processors[1]
    _ = other.perform { _ in
      guard let pointer = UnsafeRawPointer(bitPattern: UInt(place)) else { return }
      let code = unsafeBitCast(pointer, to: ProbeRoutine.self)
      for _ in 0..<10_000_000 {
        calls.increment()
        if code(0, 0) == 2 {
          seen.increment()
          return
        }
        // CPUID serialises.
        _ = IdentificationLeaf(0)
      }
    }
    _ = bench.computer.delay.wait(microseconds: Self.patience) { calls.value > 10 }
    // QEMU may translate the old byte anew between its invalidation and its store: the store is repeated.
    let ended = bench.computer.delay.wait(microseconds: Self.patience) {
      start[1] = 2
      return other.isIdle
    }
    expectations.expect(ended && seen.value == 1, "the other processor did not see the change")
  }
}
