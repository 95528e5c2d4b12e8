import Bus
import Testing

@testable import Machine

/// What is on a board, by its platform.
@Suite struct LegacyFreePlatformTests {
  private func machine(_ platform: Platform, _ devices: [DeviceConfiguration] = []) throws -> Machine {
    var configuration = MachineConfiguration(memorySize: 16 << 20, processorCount: 2, platform: platform)
    configuration.devices = devices
    return try Machine(configuration)
  }

  private static let legacyFree = [Platform.legacyFree(.deviceTree), .legacyFree(.acpi)]

  /// A port of each chip of a PC.
  private static let chipPorts: [UInt16] = [
    0x20, 0x21, 0x40, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x80, 0xA0, 0xA1, 0x4D0, 0x510, 0x511, 0x600, 0x604,
    0x608, 0xCF8, 0xCF9, 0xCFC,
  ]

  @Test("Where a PC has its chips nobody answers", arguments: legacyFree)
  func chipsAreAbsent(platform: Platform) throws {
    let board = try machine(platform).board
    for port in Self.chipPorts {
      for value: UInt32 in [0, 0x12] { board.writePort(port, width: .byte, value: value) }
      #expect(board.readPort(port, width: .byte) == 0xFF, "port \(String(port, radix: 16))")
      #expect(board.readPort(port, width: .doubleword) == 0xFFFF_FFFF, "port \(String(port, radix: 16))")
    }
    for address: UInt64 in [0xFED0_0000, 0xE000_0000, 0xC000_0000] {
      board.writeMemory(address, width: .doubleword, value: 0, processor: 0)
      #expect(board.readMemory(address, width: .doubleword, processor: 0) == 0xFFFF_FFFF)
    }
    let accesses = Self.chipPorts.count * 4 + 3 * 2
    #expect(board.statistics.entries.first { $0.name == "unclaimed" }?.accesses == UInt64(accesses))
  }

  @Test func thoseChipsAreThereOnAPC() throws {
    let board = try machine(.pc).board
    board.writePort(0xCF8, width: .doubleword, value: 0x8000_0000)
    #expect(board.readPort(0xCFC, width: .doubleword) != 0xFFFF_FFFF, "the host bridge")
    #expect(board.readPort(0x21, width: .byte) == 0xB8, "the 8259's mask")
    #expect(board.readPort(0xCF9, width: .byte) != 0xFF, "reset control")
    #expect(board.readPort(0xCF8, width: .doubleword) == 0x8000_0000, "and it is only a byte of the four")
    #expect(board.readMemory(0xFED0_0000, width: .doubleword, processor: 0) != 0xFFFF_FFFF, "the HPET")
  }

  @Test("Interrupt controllers and the serial port are on every board", arguments: legacyFree + [.pc])
  func commonPartsAreThere(platform: Platform) throws {
    let board = try machine(platform).board
    board.writeMemory(0xFEC0_0000, width: .doubleword, value: 1, processor: 0)
    #expect(board.readMemory(0xFEC0_0010, width: .doubleword, processor: 0) >> 16 & 0xFF == 23, "24 inputs")
    #expect(
      board.readMemory(0xFEE0_0020, width: .doubleword, processor: 1) == 1 << 24, "the APIC's identifier")
    board.writePort(0x3FF, width: .byte, value: 0x5A)
    #expect(board.readPort(0x3FF, width: .byte) == 0x5A, "the UART's scratch register")
  }

  @Test("The serial port's interrupt comes by the IOAPIC", arguments: legacyFree + [.pc])
  func serialPortInterrupts(platform: Platform) throws {
    let board = try machine(platform).board
    let (vector, input): (UInt64, UInt64) = (0x41, 4)
    func writeIOAPIC(_ register: UInt64, _ value: UInt64) {
      board.writeMemory(0xFEC0_0000, width: .doubleword, value: register, processor: 0)
      board.writeMemory(0xFEC0_0010, width: .doubleword, value: value, processor: 0)
    }
    board.writeMemory(0xFEE0_00F0, width: .doubleword, value: 0x1FF, processor: 0)
    writeIOAPIC(0x10 + 2 * input, vector)
    board.writePort(0x3FC, width: .byte, value: 0x08)  // OUT2 opens the wire
    board.writePort(0x3F9, width: .byte, value: 0x02)  // the transmitter is empty
    let requests = board.readMemory(0xFEE0_0220, width: .doubleword, processor: 0)
    #expect(requests == 1 << (vector & 31))
  }

  @Test("PCI comes with the first function", arguments: legacyFree)
  func functionsBringPCI(platform: Platform) throws {
    let board = try machine(platform, [.debugExit, .entropy]).board
    board.writePort(0xCF8, width: .doubleword, value: 0x8000_0800)
    #expect(board.readPort(0xCFC, width: .word) == 0x1AF4, "virtio's vendor, in the first slot")
    #expect(board.readPort(0xCF9, width: .byte) == 0xFF, "there is no reset control")
    #expect(board.readPort(0x20, width: .byte) == 0xFF)
    #expect(board.debugExit != nil)
    #expect(try machine(platform, [.debugExit]).board.pci == nil)
  }

  @Test("Processors wait with their local APICs as INIT leaves them", arguments: legacyFree)
  func localAPICsAreAsAfterReset(platform: Platform) throws {
    let machine = try machine(platform)
    for processor in machine.processors {
      let base = machine.readAPICRegister(0x1B, of: processor)
      #expect(base == (processor.index == 0 ? 0xFEE0_0900 : 0xFEE0_0800))
      let spurious = machine.board.readMemory(0xFEE0_00F0, width: .doubleword, processor: processor.index)
      #expect(spurious == 0xFF)
      let pin = machine.board.readMemory(0xFEE0_0350, width: .doubleword, processor: processor.index)
      #expect(pin == 0x1_0000, "LINT0 is masked: no 8259 is behind it")
    }
  }

  @Test func theDeviceTreeComesWithoutACPITables() throws {
    let machine = try machine(.legacyFree(.deviceTree))
    guard case .deviceTree(let bytes) = try machine.describeMachine() else {
      Issue.record("another description")
      return
    }
    #expect(try DeviceTreeReader(bytes).cells("/cpus/cpu@1", "reg") == [1])
    #expect(machine.memory.bytes(at: 0, count: 1 << 20)?.allSatisfy { $0 == 0 } == true)
  }
}
