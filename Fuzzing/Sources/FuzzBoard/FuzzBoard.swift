import Bus
import Chipset
import FuzzSupport

@testable import Machine

/// Reads and writes ports, device memory, PCI configuration and APIC registers of a whole board, and lets time
/// pass.
///
/// Each operation is a byte for what is done, one for the place and the rest for the access.
@c(LLVMFuzzerTestOneInput)
public func boardMain(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = FuzzInput(start, count: count)
  guard var session = BoardSession() else { return 0 }
  while !input.isAtEnd { session.perform(&input) }
  session.finish()
  return 0
}

/// A board with every device, and what is done to it.
private struct BoardSession {
  private let machine: Machine
  private var board: Board { machine.board }

  init?() {
    var configuration = MachineConfiguration(memorySize: 2 << 20, processorCount: 2)
    configuration.devices = [.disk(MemoryDisk()), .console(SilentConsole()), .entropy, .debugExit]
    guard let machine = try? Machine(configuration) else { return nil }
    self.machine = machine
  }

  mutating func perform(_ input: inout FuzzInput) {
    let operation = input.byte()
    let processor = Int(operation >> 7)
    switch operation & 0xF {
    case 0, 1: accessPort(Self.port(&input), isWrite: operation & 0x10 != 0, &input)
    case 2, 3, 4: accessMemory(Self.address(&input), processor, isWrite: operation & 0x10 != 0, &input)
    case 5, 6: accessConfiguration(isWrite: operation & 0x10 != 0, &input)
    case 7, 8: passTime(UInt64(input.byte()) << UInt64(input.byte() & 31))
    case 9: _ = board.localAPICs[processor].acknowledge()
    case 10: _ = board.localAPICs[processor].readMSR(Self.modelSpecificRegister(&input))
    case 11: _ = board.localAPICs[processor].writeMSR(Self.modelSpecificRegister(&input), input.number())
    case 12:
      _ = operation & 0x10 == 0 ? board.serialPort.receive(input.byte()) : board.serialPort.receiveBreak()
    case 13: board.consoles.first?.receive(input.bytes(Int(input.byte())))
    case 14: board.localAPICs[processor].taskPriority = input.byte()
    default: store(&input)
    }
  }

  /// The state can be written, and the board be put back to what it was.
  func finish() {
    precondition(!machine.stateHash().description.isEmpty)
    board.reset()
  }

  // MARK: Places

  private static let ports: [UInt16] = [
    0x20, 0x21, 0xA0, 0xA1, 0x40, 0x41, 0x42, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x4D0, 0x4D1, 0xF4, 0x510,
    0x511, 0x514, 0x600, 0x602, 0x604, 0x608, 0x60C, 0xCF8, 0xCF9, 0xCFC, 0xCFE, 0x3F8, 0x3F9, 0x3FA, 0x3FB,
    0x3FC, 0x3FD, 0x3FE, 0x3FF,
  ]

  private static func port(_ input: inout FuzzInput) -> UInt16 {
    let choice = Int(input.byte())
    return choice < 216 ? ports[choice % ports.count] : input.number()
  }

  private static let regions: [UInt64] = [
    AddressMap.localAPIC.lowerBound, AddressMap.localAPIC.lowerBound, AddressMap.ioAPIC.lowerBound,
    AddressMap.hpet.lowerBound, AddressMap.hpet.lowerBound, 0xC000_0000, 0xC000_4000, 0xC000_8000,
  ]

  private static func address(_ input: inout FuzzInput) -> UInt64 {
    let choice = Int(input.byte())
    guard choice < 240 else { return input.number() }
    return regions[choice % regions.count] &+ UInt64(input.number(UInt16.self) & 0x7FFF)
  }

  /// IA32_APIC_BASE, the TSC deadline and the registers of x2APIC.
  private static func modelSpecificRegister(_ input: inout FuzzInput) -> UInt32 {
    let choice = UInt32(input.byte())
    return choice == 0 ? 0x1B : choice == 1 ? 0x6E0 : 0x800 + choice
  }

  private static func width(_ input: inout FuzzInput) -> AccessWidth {
    AccessWidth.allCases[Int(input.byte() & 3)]
  }

  // MARK: Accesses

  private func accessPort(_ port: UInt16, isWrite: Bool, _ input: inout FuzzInput) {
    let choice = Self.width(&input)
    let width = choice == .quadword ? .byte : choice
    if isWrite {
      board.writePort(port, width: width, value: input.number(UInt32.self) & UInt32(width.mask))
    } else {
      _ = board.readPort(port, width: width)
    }
  }

  private func accessMemory(_ address: UInt64, _ processor: Int, isWrite: Bool, _ input: inout FuzzInput) {
    let width = Self.width(&input)
    if isWrite {
      let value = input.number(UInt64.self) & width.mask
      board.writeMemory(address, width: width, value: value, processor: processor)
    } else {
      _ = board.readMemory(address, width: width, processor: processor)
    }
  }

  /// Through the memory window or, for the first 256 bytes, through the ports.
  private func accessConfiguration(isWrite: Bool, _ input: inout FuzzInput) {
    let function = UInt64(input.byte() & 0x3F)
    let place = UInt64(input.number(UInt16.self) & 0xFFF)
    if place < 0x100, input.byte() & 1 == 0 {
      board.writePort(
        0xCF8, width: .doubleword, value: UInt32(0x8000_0000 | function << 11 | place & 0xFC))
      accessPort(0xCFC + UInt16(place & 3), isWrite: isWrite, &input)
    } else {
      accessMemory(
        AddressMap.pciConfiguration.lowerBound | function << 15 | place, 0, isWrite: isWrite, &input)
    }
  }

  private func store(_ input: inout FuzzInput) {
    let address = UInt64(input.number(UInt16.self)) << 4
    machine.memory.store(input.number(UInt64.self), at: address)
  }

  /// Alarms ring when they are due, as in a run; more than so many are not waited for.
  private func passTime(_ nanoseconds: UInt64) {
    let end = board.clock.now &+ nanoseconds
    for _ in 0..<64 {
      let next = min(end, max(board.clock.nextDeadline, board.clock.now))
      board.clock.now = next
      board.clock.ringDueAlarms()
      if next == end { return }
    }
  }
}
