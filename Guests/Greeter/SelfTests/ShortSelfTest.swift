import Bedrock
import Synchronization

@_extern(c, "greeter_undefined") func probeUndefined(_: UInt64, _: UInt64) -> UInt64

/// A short test of what a guest needs of a computer. `Guests/SelfTest` is the long one.
enum ShortSelfTest {
  /// How long to wait for what must come, in microseconds.
  private static let patience: UInt64 = 5_000_000
  private static let rounds = 2000
  /// The second 512 GiB: nothing of the identity map is there.
  private static let freeAddress = VirtualAddress(1 << 39)

  /// Runs every test, prints a line for each and a line with the totals.
  static func run(on computer: Computer, _ clocks: Clocks) -> ExitStatus {
    var list = SelfTestList()
    list.area("tests")
    list.test("a page shows its frame") { page(computer, &$0) }
    list.test("an instruction that does not exist is caught") { expectations in
      expectations.expect("UD2", Processor.current.probe(probeUndefined), raises: .invalidOpcode)
    }
    list.test("the timer interrupts") { timer(computer, clocks, &$0) }
    list.test("all processors of the MADT run") { expectations in
      let listed = computer.apicDescription?.processors.count ?? 1
      expectations.expect("processors", UInt64(computer.processors.count), is: UInt64(listed))
    }
    list.test("a spin lock admits one processor at a time") { locking(computer, &$0) }
    return list.run(computer.console)
  }

  private static func page(_ computer: Computer, _ expectations: inout Expectations) {
    let pattern: UInt64 = 0x0123_4567_89AB_CDEF
    guard let frame = computer.frames.allocate() else {
      expectations.expect(false, "no memory")
      return
    }
    defer { computer.frames.free(frame) }
    do throws(PageTable.Failure) {
      try computer.pageTable.map(freeAddress, to: frame, .writable)
    } catch {
      expectations.expect(false, "the page could not be mapped")
      return
    }
    frame.pointer?.storeBytes(of: pattern, as: UInt64.self)
    expectations.expect("value", freeAddress.pointer?.load(as: UInt64.self) ?? 0, is: pattern)
    _ = computer.pageTable.unmap(freeAddress)
  }

  private static func timer(_ computer: Computer, _ clocks: Clocks, _ expectations: inout Expectations) {
    let counter = Counter()
    computer.interrupts.setHandler(Vector.timer) { _, processor in
      counter.increment()
      processor.localAPIC.endOfInterrupt()
    }
    let localAPIC = Processor.current.localAPIC
    localAPIC.startTimer(.periodic, vector: Vector.timer, count: clocks.localAPICCount(microseconds: 1000))
    InterruptFlag.set()
    let arrived = computer.delay.wait(microseconds: patience) { counter.value >= 3 }
    InterruptFlag.clear()
    localAPIC.stopTimer()
    expectations.expect(arrived, "\(counter.value) interrupts instead of 3")
  }

  private static func locking(_ computer: Computer, _ expectations: inout Expectations) {
    let account = Account()
    let others = computer.processors.dropFirst()
    for processor in others { _ = processor.perform { _ in for _ in 0..<rounds { account.deposit() } } }
    for _ in 0..<rounds { account.deposit() }
    let ended = computer.delay.wait(microseconds: patience) { others.allSatisfy { $0.isIdle } }
    expectations.expect(ended, "the work does not end")
    expectations.expect("deposits", account.balance, is: UInt64(rounds * computer.processors.count))
  }
}
