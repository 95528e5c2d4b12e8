import Bus
import Testing

@testable import Chipset

/// Whatever a guest writes, and whatever a file claims to be a saved state, the host goes on.
@Suite("Hostile guests and files")
struct HostileGuestTests {
  /// A repeatable sequence of numbers (xorshift64*).
  struct RandomNumbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state ^= state >> 12
      state ^= state << 25
      state ^= state >> 27
      return state &* 0x2545_F491_4F6C_DD1D
    }
  }

  /// Every device of the chip set, wired as on a board.
  final class Board {
    let fixture = InterruptFixture()
    let ports: [any PortDevice]
    let mapped: [any MemoryMappedDevice]

    init() {
      let clock = fixture.clock
      let pic = ProgrammableInterruptController()
      let ioapic = IOAPIC(router: fixture.router)
      func isa(_ number: Int) -> InterruptLine { InterruptLine(controller: pic, number: number) }
      pic.outputChanged = { [local = fixture.local] in local.setLine(0, asserted: $0) }
      fixture.local.acknowledgeExternalInterrupt = { pic.acknowledge() }
      let timer = ProgrammableIntervalTimer(interrupt: isa(0), clock: clock)
      let realTimeClock = RealTimeClock(interrupt: isa(8), clock: clock)
      let hpet = HighPrecisionEventTimer(
        inputs: ioapic, routes: 0xF0_0000, legacyTimer: isa(0), legacyClock: isa(8), clock: clock)
      hpet.legacyReplacementChanged = {
        timer.isInterruptConnected = !$0
        realTimeClock.isInterruptConnected = !$0
      }
      ports = [
        pic, timer, realTimeClock, PowerManagement(interrupt: isa(9), clock: clock), ResetControl(),
        KeyboardController(interrupt: isa(1)), SerialPort(name: "serial0", interrupt: isa(4), clock: clock),
        DebugExit(), FirmwareConfiguration(processorCount: 4, memorySize: 1 << 30),
      ]
      mapped = [ioapic, hpet] + fixture.localAPICs
    }

    /// What can be saved and restored.
    var devices: [any Device] { ports + mapped }

    /// Does something that a guest might do.
    func act(_ random: inout RandomNumbers) {
      let widths = AccessWidth.allCases
      let width = widths[Int(random.next() % 4)]
      let value = random.next() >> (random.next() % 64)
      switch random.next() % 8 {
      case 0, 1:
        let device = ports[Int(random.next() % UInt64(ports.count))]
        device.writePort(
          UInt16(random.next() % 0x42), width: width, value: UInt32(truncatingIfNeeded: value))
      case 2:
        let device = ports[Int(random.next() % UInt64(ports.count))]
        _ = device.readPort(UInt16(random.next() % 0x42), width: width)
      case 3, 4:
        let device = mapped[Int(random.next() % UInt64(mapped.count))]
        device.writeRegister(random.next() % 0x400 & ~3, width: width, value: value)
      case 5:
        let device = mapped[Int(random.next() % UInt64(mapped.count))]
        _ = device.readRegister(random.next() % 0x1000, width: width)
      case 6:
        let local = fixture.localAPICs[Int(random.next() % 4)]
        let numbers: [UInt32] = [0x1B, 0x6E0, 0x800 + UInt32(random.next() % 0x40)]
        let number = numbers[Int(random.next() % 3)]
        _ = local.writeMSR(number, value)
        _ = local.readMSR(number)
        _ = local.acknowledge()
      default:
        // A step that may be as long as a machine that halts can make.
        let step = random.next() >> (2 + random.next() % 62)
        fixture.clock.now = min(fixture.clock.now + step, EventQueue.endOfTime - 1)
        if random.next() % 64 == 0 { fixture.clock.now = random.next() % 1_000_000 }
        fixture.clock.ringDueAlarms()
      }
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func accesses(seed: UInt64) {
    var random = RandomNumbers(state: seed)
    let board = Board()
    for _ in 0..<20_000 { board.act(&random) }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func states(seed: UInt64) {
    var random = RandomNumbers(state: seed &* 977)
    let board = Board()
    var restored = 0
    for _ in 0..<300 {
      for _ in 0..<20 { board.act(&random) }
      for device in board.devices {
        var writer = StateWriter()
        device.save(to: &writer)
        var bytes = writer.bytes
        guard !bytes.isEmpty else { continue }
        for _ in 0..<random.next() % 4 {
          bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
        }
        var reader = StateReader(bytes)
        do {
          try device.restore(from: &reader)
          restored += 1
        } catch {
          var original = StateReader(writer.bytes)
          #expect(throws: Never.self, "\(device.name)") { try device.restore(from: &original) }
        }
      }
    }
    #expect(restored > 0)
  }
}
