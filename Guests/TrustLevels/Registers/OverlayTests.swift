import Bedrock
import Interfaces

/// Pages that the hypervisor lays over the guest's (TLFS 5.2.1), first of all the one with its code.
struct OverlayTests {
  private static let pattern: UInt64 = 0x0123_4567_89AB_CDEF
  private static let vmcall: [UInt8] = [0x0F, 0x01, 0xC1]
  private static let vmmcall: [UInt8] = [0x0F, 0x01, 0xD9]
  private static let endBranch: [UInt8] = [0xF3, 0x0F, 0x1E, 0xFA]

  let bench: Bench
  let frame: PhysicalAddress
  let other: PhysicalAddress

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    guard let frame = bench.computer.frames.allocate(), let other = bench.computer.frames.allocate() else {
      list.skip("overlay pages", because: "there is no memory")
      return
    }
    let tests = OverlayTests(bench: bench, frame: frame, other: other)
    list.test("the hypercall page has the processor's instruction", tests.code)
    list.test("#GP for a write to the hypercall page", tests.write)
    list.test("the hypercall page hides RAM and gives it back", tests.hypercallPage)
    list.test("the hypercall page moves", tests.move)
    list.test("no hypercall page for a guest that does not say who it is", tests.anonymous)
    list.test("#UD for a call of a guest that does not say who it is", tests.anonymousCall)
    list.test("#UD for a call from CPL 3", tests.userCall)
    list.test("the assist page can be written, and gives RAM back", tests.assistPage)
    list.test("the message page can be written, and gives RAM back", tests.messagePage)
  }

  /// The first instructions of a page of code.
  private func bytes(_ address: PhysicalAddress, count: Int, at offset: Int = 0) -> [UInt8] {
    guard let page = address.pointer else { return [] }
    return (0..<count).map { page.load(fromByteOffset: offset + $0, as: UInt8.self) }
  }

  private func load(_ address: PhysicalAddress) -> UInt64 {
    address.pointer?.load(as: UInt64.self) ?? 0
  }

  private func store(_ value: UInt64, to address: PhysicalAddress) {
    address.pointer?.storeBytes(of: value, as: UInt64.self)
  }

  private func lay(_ register: HyperV.SyntheticRegister, over address: PhysicalAddress?) {
    let control = address.map { HyperV.OverlayControl(at: $0.rawValue).rawValue } ?? 0
    ModelSpecificRegister(register).write(control)
  }

  private func code(_ expectations: inout Expectations) {
    let page = bench.partition.hypercallPage
    let start = bytes(page, count: 4) == Self.endBranch ? 4 : 0
    let isAMD = ProcessorIdentification().vendor == "AuthenticAMD"
    expectations.expect(
      bytes(page, count: 3, at: start) == (isAMD ? Self.vmmcall : Self.vmcall), "another instruction")
    expectations.expect("RET", UInt64(bytes(page, count: 1, at: start + 3)[0]), is: 0xC3)
  }

  private func write(_ expectations: inout Expectations) {
    let page = bench.partition.hypercallPage
    let before = load(page)
    let outcome = Processor.current.probe(probeStore, page.rawValue, Self.pattern)
    expectations.expect("a write", outcome, raises: .generalProtection)
    expectations.expect("the page", load(page), is: before)
  }

  private func hypercallPage(_ expectations: inout Expectations) {
    let page = bench.partition.hypercallPage
    lay(.hypercall, over: nil)
    store(Self.pattern, to: page)
    lay(.hypercall, over: page)
    expectations.expect(load(page) != Self.pattern, "RAM is not hidden")
    bench.putLevelStatus()
    expectations.expect("a call", bench.call(.getRegisters, count: 1), is: .success, completed: 1)
    lay(.hypercall, over: nil)
    expectations.expect("RAM", load(page), is: Self.pattern)
    store(0, to: page)
    lay(.hypercall, over: page)
  }

  private func move(_ expectations: inout Expectations) {
    store(Self.pattern, to: frame)
    store(Self.pattern, to: other)
    lay(.hypercall, over: frame)
    let code = load(frame)
    lay(.hypercall, over: other)
    expectations.expect(code != Self.pattern, "RAM is not hidden")
    expectations.expect("where it was", load(frame), is: Self.pattern)
    expectations.expect("where it is", load(other), is: code)
    lay(.hypercall, over: bench.partition.hypercallPage)
    expectations.expect("where it was then", load(other), is: Self.pattern)
  }

  private func anonymous(_ expectations: inout Expectations) {
    let control = ModelSpecificRegister(.hypercall)
    ModelSpecificRegister(.guestIdentity).write(0)
    expectations.expect("enabled", control.value & 1, is: 0)
    lay(.hypercall, over: frame)
    expectations.expect("enabled by a write", control.value & 1, is: 0)
    store(Self.pattern, to: frame)
    expectations.expect("RAM", load(frame), is: Self.pattern)
    bench.partition.announce()
  }

  private func anonymousCall(_ expectations: inout Expectations) {
    let code = bytes(bench.partition.hypercallPage, count: 16)
    for (offset, byte) in code.enumerated() {
      frame.pointer?.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
    bench.putLevelStatus()
    ModelSpecificRegister(.guestIdentity).write(0)
    let outcome = bench.partition.probe(
      HyperV.HypercallControl(.getRegisters, count: 1), bench.inputPages.rawValue,
      bench.outputPage.rawValue, at: frame)
    bench.partition.announce()
    expectations.expect("a copy of the code", outcome, raises: .invalidOpcode)
  }

  private func userCall(_ expectations: inout Expectations) {
    let address = VirtualAddress(1 << 39)
    do throws(PageTable.Failure) {
      try bench.computer.pageTable.map(address, to: bench.partition.hypercallPage, .user)
    } catch {
      expectations.expect(false, "no memory for a mapping")
      return
    }
    bench.putLevelStatus()
    let stack = UnsafeMutableRawPointer.allocate(byteCount: 16384, alignment: 16)
    Processor.current.setExceptionStack(top: stack + 16384)
    ModelSpecificRegister.kernelGSBase.write(ModelSpecificRegister.gsBase.value)
    let control = HyperV.HypercallControl(.getRegisters, count: 1)
    let outcome = Processor.current.probe(enterUser, address.rawValue, control.rawValue)
    let start = bytes(bench.partition.hypercallPage, count: 4) == Self.endBranch ? 4 : 0 as UInt64
    expectations.expect(
      "the page's instruction", outcome, raises: .invalidOpcode, at: address.rawValue + start)
    _ = bench.computer.pageTable.unmap(address)
    ModelSpecificRegister.kernelGSBase.write(0)
  }

  private func assistPage(_ expectations: inout Expectations) {
    writablePage(.assistPage, &expectations)
  }

  private func messagePage(_ expectations: inout Expectations) {
    writablePage(.messagePage, &expectations)
  }

  private func writablePage(_ register: HyperV.SyntheticRegister, _ expectations: inout Expectations) {
    store(Self.pattern, to: frame)
    lay(register, over: frame)
    expectations.expect("a new page", load(frame), is: 0)
    store(~Self.pattern, to: frame)
    expectations.expect("written", load(frame), is: ~Self.pattern)
    // The hypervisor may keep what is in the page: a message's slot is to be free the next time.
    store(0, to: frame)
    lay(register, over: nil)
    expectations.expect("RAM", load(frame), is: Self.pattern)
  }
}
