import Bedrock
import Interfaces
import _Volatile

/// The I/O APIC that the serial port's interrupt leads to: Intel 82093AA, section 3.2.
///
/// The source is the port's "transmitter empty" interrupt: its line is high from when it is enabled until the
/// port's identification register is read.
struct IOAPICTests: Sendable {
  private static let vector: UInt8 = 0x65
  private static let patience: UInt64 = 1_000_000

  private static let interruptEnable = IOPort(0x3F9)
  private static let interruptIdentification = IOPort(0x3FA)
  private static let modemControl = IOPort(0x3FC)
  private static let transmitterEmpty: UInt8 = 1 << 1

  private static let remoteIRR: UInt32 = 1 << 14
  private static let level: UInt32 = 1 << 15
  private static let masked: UInt32 = 1 << 16
  private static let logical: UInt32 = 1 << 11

  let bench: TestBench
  private let window: UInt64
  private let pin: UInt32

  /// Nil without an I/O APIC that has the serial port's input.
  private init?(_ bench: TestBench) {
    guard let description = bench.computer.apicDescription else { return nil }
    let number = description.input(ofLine: SerialConsole.firstInterruptLine).number
    guard let controller = description.ioAPICs.first, number >= controller.firstInterrupt else { return nil }
    self.bench = bench
    window = controller.base.rawValue
    pin = number - controller.firstInterrupt
  }

  static func add(to list: inout SelfTestList, _ bench: TestBench) {
    guard let tests = IOAPICTests(bench) else {
      list.skip("I/O APIC", because: "there is none for the serial port")
      return
    }
    list.test("version, number of entries, identifier") { tests.identity(&$0) }
    list.test("entries: every field can be written, what tells cannot") { tests.fields(&$0) }
    list.strictTest("entries: reserved bits read as zero", "82093AA, 3.2.4") { tests.reservedFields(&$0) }
    list.test("an edge is one interrupt") { tests.edge(&$0) }
    list.test("an edge at a masked input is lost") { tests.maskedEdge(&$0) }
    list.test("a level interrupts again after EOI until it falls; remote IRR meanwhile") { tests.level(&$0) }
    list.test("a level at a masked input interrupts when unmasked") { tests.maskedLevel(&$0) }
    list.test("logical destinations") { tests.logicalDestination(&$0) }
  }

  // MARK: - Registers

  private func register(_ offset: UInt64) -> VolatileMappedRegister<UInt32> {
    VolatileMappedRegister(unsafeBitPattern: UInt(window + offset))
  }

  private func read(_ index: UInt32) -> UInt32 {
    register(0).store(index)
    return register(0x10).load()
  }

  private func write(_ index: UInt32, _ value: UInt32) {
    register(0).store(index)
    register(0x10).store(value)
  }

  private var entryLow: UInt32 { 0x10 + 2 * pin }
  private var entryHigh: UInt32 { 0x11 + 2 * pin }

  private func route(_ low: UInt32, to destination: UInt32? = nil) {
    write(entryHigh, (destination ?? Processor.current.apicIdentifier) << 24)
    write(entryLow, low | UInt32(Self.vector))
  }

  private func identity(_ expectations: inout Expectations) {
    let version = read(1)
    expectations.expect(version & 0xFF >= 0x11, "the version is \(version & 0xFF)")
    expectations.expect("highest entry", UInt64(version >> 16 & 0xFF), is: 23)
    let before = read(0)
    write(0, .max)
    expectations.expect("identifier", UInt64(read(0) & 0x0F00_0000), is: 0x0F00_0000)
    write(0, before)
    expectations.expect(
      "version after a write",
      {
        write(1, 0); return UInt64(read(1))
      }(), is: UInt64(version))
  }

  private func fields(_ expectations: inout Expectations) {
    write(entryHigh, .max)
    write(entryLow, 0x1_AFFF)
    expectations.expect("destination", UInt64(read(entryHigh) >> 24), is: 0xFF)
    expectations.expect("low half", UInt64(read(entryLow) & 0x1_FFFF), is: 0x1_AFFF)
    write(entryLow, 0x1_0000 | Self.remoteIRR | 1 << 12)
    expectations.expect("remote IRR and delivery status", UInt64(read(entryLow)), is: 0x1_0000)
  }

  private func reservedFields(_ expectations: inout Expectations) {
    write(entryHigh, .max)
    write(entryLow, .max)
    expectations.expect("high half", UInt64(read(entryHigh)), is: 0xFF00_0000)
    expectations.expect("low half", UInt64(read(entryLow)) & ~0x1_FFFF, is: 0)
    write(entryLow, Self.masked)
  }

  // MARK: - Interrupts

  /// Raises the line; it is low before.
  private func raise() {
    Self.interruptEnable.write8(0)
    _ = Self.interruptIdentification.read8()
    Self.interruptEnable.write8(Self.transmitterEmpty)
  }

  private func lower() { _ = Self.interruptIdentification.read8() }

  private func entries() -> UInt32 { read(entryLow) }

  /// Runs `body` with interrupts accepted and a handler that notes remote IRR, and lowers the line when it
  /// has been called that often.
  private func withHandler(lowersAt limit: UInt64, _ body: (AddressRecord) -> Void) {
    let console = Self.modemControl.read8()
    // OUT2 lets the port's interrupt out; DTR and RTS are what it has otherwise.
    Self.modemControl.write8(0x0B)
    _ = bench.computer.delay.wait(microseconds: Self.patience) { IOPort(0x3FD).read8() & 0x60 == 0x60 }
    let record = AddressRecord()
    let tests = self
    bench.computer.interrupts.setHandler(Self.vector) { _, processor in
      record.append(UInt64(tests.read(tests.entryLow) & Self.remoteIRR))
      if record.addresses.count >= Int(limit) { tests.lower() }
      processor.localAPIC.endOfInterrupt()
    }
    InterruptFlag.set()
    body(record)
    InterruptFlag.clear()
    write(entryLow, Self.masked)
    Self.interruptEnable.write8(0)
    lower()
    Self.modemControl.write8(console)
    bench.computer.interrupts.setHandler(Self.vector, nil)
  }

  private func settle() { bench.computer.delay.spin(microseconds: 500) }

  private func edge(_ expectations: inout Expectations) {
    withHandler(lowersAt: 1) { record in
      route(0)
      raise()
      settle()
      expectations.expect("interrupts", UInt64(record.addresses.count), is: 1)
      raise()
      settle()
      expectations.expect("interrupts after another edge", UInt64(record.addresses.count), is: 2)
      expectations.expect(record.addresses.allSatisfy { $0 == 0 }, "remote IRR is set")
    }
  }

  private func maskedEdge(_ expectations: inout Expectations) {
    withHandler(lowersAt: 1) { record in
      route(Self.masked)
      raise()
      settle()
      route(0)
      settle()
      expectations.expect("interrupts", UInt64(record.addresses.count), is: 0)
    }
  }

  private func level(_ expectations: inout Expectations) {
    withHandler(lowersAt: 3) { record in
      route(Self.level)
      raise()
      settle()
      expectations.expect("interrupts", UInt64(record.addresses.count), is: 3)
      expectations.expect(
        record.addresses.allSatisfy { $0 == UInt64(Self.remoteIRR) }, "remote IRR is clear in the handler")
      expectations.expect("remote IRR afterwards", UInt64(read(entryLow) & Self.remoteIRR), is: 0)
    }
  }

  private func maskedLevel(_ expectations: inout Expectations) {
    withHandler(lowersAt: 1) { record in
      route(Self.level | Self.masked)
      raise()
      settle()
      expectations.expect("interrupts while masked", UInt64(record.addresses.count), is: 0)
      route(Self.level)
      settle()
      expectations.expect("interrupts", UInt64(record.addresses.count), is: 1)
    }
  }

  private func logicalDestination(_ expectations: inout Expectations) {
    let before = LocalAPIC.current[.logicalDestination]
    LocalAPIC.current[.destinationFormat] = .max
    LocalAPIC.current[.logicalDestination] = 0x40 << 24
    withHandler(lowersAt: 1) { record in
      route(Self.logical, to: 0x40)
      raise()
      settle()
      expectations.expect("to 40h", UInt64(record.addresses.count), is: 1)
      route(Self.logical, to: 0x20)
      raise()
      settle()
      expectations.expect("to 20h", UInt64(record.addresses.count), is: 1)
    }
    LocalAPIC.current[.logicalDestination] = before
  }
}
