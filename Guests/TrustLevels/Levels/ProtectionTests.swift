import Bedrock
import Interfaces

/// Pages that VTL1 protects from VTL0, and the intercepts that follow (TLFS 15.10 and 15.11).
///
/// The first tests switch protection on; the others rely on it.
struct ProtectionTests {
  private static let written: UInt64 = 0x5555_AAAA_5555_AAAA

  let levels: LevelBench
  let page: ProtectedPage

  private var bench: Bench { levels.bench }
  private var address: UInt64 { ProtectedPage.address.rawValue }

  static func add(to list: inout SelfTestList, _ levels: LevelBench, _ page: ProtectedPage) {
    let tests = ProtectionTests(levels: levels, page: page)
    list.test("VTL1's configuration is not VTL0's to read or write", tests.configurationFromBelow)
    list.test("a page cannot be protected before protection is enabled", tests.beforeEnable)
    list.test("protection needs a default that lets pages be read and written", tests.defaults)
    list.test("protection, once enabled, stays", tests.writeOnce)
    list.test("pages that VTL0 cannot protect, and what cannot be protected", tests.refused)
    list.test("a read of a page that VTL0 cannot read is intercepted, and done again", tests.read)
    list.test("a write of a page that VTL0 can only read is intercepted, and done again", tests.write)
    list.test("a fetch from a page that VTL0 cannot execute is intercepted, and done again", tests.execute)
    list.test("an access is intercepted as often as it is done again in vain", tests.repeated)
    list.test("accesses that are allowed are not intercepted", tests.allowed)
    list.test("VTL1 itself is not restricted", tests.above)
    list.test("a page-table page that VTL0 cannot read is protected from its walks", tests.pageTable)
    list.test("a page-table page that VTL0 cannot write keeps its accessed bits", tests.accessedBit)
    list.test("a call of VTL0 with a protected input or output fails, and leaks nothing", tests.calls)
    list.test("a translation that VTL0 has used does not outlive the protection", tests.translations)
  }

  private func expectIntercept(
    _ access: HyperV.InterceptAccess, at instruction: UInt64?, _ expectations: inout Expectations
  ) {
    expectations.expect("intercepts", UInt64(page.intercepts.count), is: 1)
    guard let intercept = page.intercepts.first else { return }
    expectations.expect("type", intercept.type, is: UInt64(HyperV.MessageType.memoryIntercept.rawValue))
    expectations.expect("access", intercept.access, is: UInt64(access.rawValue))
    expectations.expect("processor", intercept.processor, is: UInt64(bench.ownIndex))
    expectations.expect("physical address", intercept.physical & ~0xFFF, is: page.frame.rawValue)
    expectations.expect("validity", intercept.validity & 1, is: 1)
    expectations.expect("linear address", intercept.linear, is: address)
    // CR0.PE and EFER.LMA, CPL 0, VTL0.
    expectations.expect("state", intercept.state & 0x797, is: 0x14)
    if let instruction { expectations.expect("RIP", intercept.instructionPointer, is: instruction) }
  }

  private func configurationFromBelow(_ expectations: inout Expectations) {
    let above = HyperV.InputLevel(.vtl1)
    expectations.expect("a read", fails: .accessDenied) { () throws(HypercallFailure) in
      _ = try levels.partition.register(.levelConfiguration, of: HyperV.processorSelf, above)
    }
    expectations.expect("a write", fails: .accessDenied) { () throws(HypercallFailure) in
      try levels.partition.setRegister(
        .levelConfiguration, to: 0x1F, of: HyperV.processorSelf, above)
    }
  }

  private func beforeEnable(_ expectations: inout Expectations) {
    expectations.expect("status", page.protect([]), is: UInt64(HyperV.HypercallStatus.accessDenied.rawValue))
  }

  private func defaults(_ expectations: inout Expectations) {
    let bad = UInt64(HyperV.HypercallStatus.invalidRegisterValue.rawValue)
    expectations.expect("nothing", page.begin([]), is: bad)
    expectations.expect("no write", page.begin([.read, .kernelExecute, .userExecute]), is: bad)
    expectations.expect("no read", page.begin([.write, .kernelExecute, .userExecute]), is: bad)
    expectations.expect("all", page.begin(), is: 0)
  }

  private func writeOnce(_ expectations: inout Expectations) {
    let bad = UInt64(HyperV.HypercallStatus.invalidRegisterValue.rawValue)
    let off = levels.status { partition throws(HypercallFailure) in
      try partition.setRegister(.levelConfiguration, to: UInt64(HyperV.MapFlags.all.rawValue) << 1)
    }
    expectations.expect("switched off", off, is: bad)
    expectations.expect("another default", page.begin([.read, .write]), is: bad)
    expectations.expect("the same again", page.begin(), is: 0)
    let value = levels.above { try? $0.register(.levelConfiguration).low }
    expectations.expect("the register", (value ?? nil) ?? 0, is: 0x1F)
  }

  private func refused(_ expectations: inout Expectations) {
    expectations.expect("VTL0, by itself", fails: .invalidParameter) { () throws(HypercallFailure) in
      try levels.partition.protect(page.frame, [])
    }
    expectations.expect("VTL0, as VTL1", fails: .accessDenied) { () throws(HypercallFailure) in
      try levels.partition.protect(page.frame, [], by: HyperV.InputLevel(.vtl1))
    }
    let nowhere = levels.status { partition throws(HypercallFailure) in
      try partition.protect(PhysicalAddress(Bench.nowhere), [])
    }
    expectations.expect(
      "no RAM", nowhere, is: UInt64(HyperV.HypercallStatus.invalidParameter.rawValue))
    expectations.expect(
      "the page", Processor.current.probe(probeLoad, address), returns: ProtectedPage.pattern)
  }

  private func read(_ expectations: inout Expectations) {
    page.reset()
    expectations.expect("protect", page.protect([]), is: 0)
    expectations.expect("value", Processor.current.probe(probeLoad, address), returns: ProtectedPage.pattern)
    expectIntercept(.read, at: addressOf(probeLoad), &expectations)
    expectations.expect("entries", levels.upper.interruptEntries.value > 0 ? 1 : 0, is: 1)
  }

  private func write(_ expectations: inout Expectations) {
    page.reset()
    expectations.expect("protect", page.protect([.read]), is: 0)
    expectations.expect("a read", Processor.current.probe(probeLoad, address), returns: ProtectedPage.pattern)
    expectations.expectReturn("a write", Processor.current.probe(probeStore, address, Self.written))
    expectations.expect("value", Processor.current.probe(probeLoad, address), returns: Self.written)
    expectIntercept(.write, at: addressOf(probeStore), &expectations)
  }

  private func execute(_ expectations: inout Expectations) {
    page.reset()
    // MOV EAX, 1; RET
    page.frame.pointer?.storeBytes(of: 0xC3_0000_0001_B8, as: UInt64.self)
    expectations.expect("protect", page.protect([.read, .write]), is: 0)
    expectations.expect("value", Processor.current.probe(probeCall, address), returns: 1)
    expectIntercept(.execute, at: address, &expectations)
  }

  private func repeated(_ expectations: inout Expectations) {
    page.reset()
    page.patience = 2
    expectations.expect("protect", page.protect([]), is: 0)
    expectations.expect("value", Processor.current.probe(probeLoad, address), returns: ProtectedPage.pattern)
    expectations.expect("intercepts", UInt64(page.intercepts.count), is: 3)
    page.patience = 0
  }

  private func allowed(_ expectations: inout Expectations) {
    page.reset()
    expectations.expect("protect", page.protect([.read, .write]), is: 0)
    expectations.expectReturn("a write", Processor.current.probe(probeStore, address, Self.written))
    expectations.expect("a read", Processor.current.probe(probeLoad, address), returns: Self.written)
    expectations.expect("intercepts", UInt64(page.intercepts.count), is: 0)
    expectations.expect("release", page.release(), is: 0)
  }

  private func above(_ expectations: inout Expectations) {
    page.reset()
    expectations.expect("protect", page.protect([]), is: 0)
    let values = levels.above { _ in
      let read = Processor.current.probe(probeLoad, address)
      let write = Processor.current.probe(probeStore, address, Self.written)
      return (read.value, write.value)
    }
    expectations.expect("a read", (values?.0 ?? nil) ?? 0, is: ProtectedPage.pattern)
    expectations.expect("release", page.release(), is: 0)
    expectations.expect("a write", Processor.current.probe(probeLoad, address), returns: Self.written)
    expectations.expect("intercepts", UInt64(page.intercepts.count), is: 0)
  }

  /// The page that has the last entry of the test page's translation.
  private var table: PhysicalAddress? {
    bench.computer.pageTable.entry(of: ProtectedPage.address, level: 1).map {
      PhysicalAddress(UInt64(UInt(bitPattern: $0)) & ~0xFFF)
    }
  }

  private func pageTable(_ expectations: inout Expectations) {
    page.reset()
    guard let table else { return }
    expectations.expect("protect", page.protect([], page: table), is: 0)
    bench.computer.pageTable.activate()
    expectations.expect("value", Processor.current.probe(probeLoad, address), returns: ProtectedPage.pattern)
    expectations.expect(page.intercepts.count == 1, "\(page.intercepts.count) intercepts")
    if let intercept = page.intercepts.first {
      expectations.expect("physical address", intercept.physical & ~0xFFF, is: table.rawValue)
      expectations.expect("linear address", intercept.linear, is: address)
      // The physical address is not the linear address's translation.
      expectations.expect("validity", intercept.validity, is: 1)
      expectations.expect("RIP", intercept.instructionPointer, is: addressOf(probeLoad))
    }
  }

  private func accessedBit(_ expectations: inout Expectations) {
    page.reset()
    guard let table, let entry = bench.computer.pageTable.entry(of: ProtectedPage.address, level: 1)
    else { return }
    let accessed = PageAttributes.accessed.rawValue
    entry.pointee &= ~accessed
    expectations.expect("protect", page.protect([.read], page: table), is: 0)
    bench.computer.pageTable.activate()
    expectations.expect("value", Processor.current.probe(probeLoad, address), returns: ProtectedPage.pattern)
    expectations.expect(page.intercepts.count == 1, "\(page.intercepts.count) intercepts")
    if let intercept = page.intercepts.first {
      expectations.expect("access", intercept.access, is: UInt64(HyperV.InterceptAccess.write.rawValue))
      expectations.expect("physical address", intercept.physical & ~0xFFF, is: table.rawValue)
    }
    let now = bench.computer.pageTable.entry(of: ProtectedPage.address, level: 1)?.pointee ?? 0
    expectations.expect("the bit afterwards", now & accessed, is: accessed)
  }

  private func calls(_ expectations: inout Expectations) {
    let one = HyperV.HypercallControl(.getRegisters, count: 1)
    bench.putLevelStatus()
    page.reset()
    page.frame.pointer?.copyMemory(from: UnsafeRawPointer(bench.input), byteCount: 64)
    expectations.expect("protect", page.protect([.write]), is: 0)
    bench.output.storeBytes(of: .max, as: UInt64.self)
    let input = bench.partition.call(one, page.frame.rawValue, bench.outputPage.rawValue)
    expectations.expect(input.status != .success && input.completed == 0, "the input was read")
    expectations.expect("the output", bench.output.load(as: UInt64.self), is: .max)
    expectations.expect("release", page.release(), is: 0)

    page.reset()
    expectations.expect("protect", page.protect([.read]), is: 0)
    let output = bench.partition.call(one, bench.inputPages.rawValue, page.frame.rawValue)
    expectations.expect(output.status != .success && output.completed == 0, "the output was written")
    expectations.expect("release", page.release(), is: 0)
    expectations.expect(
      "the page", Processor.current.probe(probeLoad, address), returns: ProtectedPage.pattern)
  }

  private func translations(_ expectations: inout Expectations) {
    page.reset()
    for _ in 0..<3 {
      expectations.expectReturn("a write", Processor.current.probe(probeStore, address, Self.written))
    }
    expectations.expect("protect", page.protect([.read]), is: 0)
    expectations.expectReturn("a write", Processor.current.probe(probeStore, address, ~Self.written))
    expectIntercept(.write, at: addressOf(probeStore), &expectations)
    expectations.expect("value", Processor.current.probe(probeLoad, address), returns: ~Self.written)
  }
}
