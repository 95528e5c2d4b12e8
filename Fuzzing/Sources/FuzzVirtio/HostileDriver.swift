import Bus
import Devices
import FuzzSupport

@testable import Machine

/// A guest's driver of a disk, a console and an entropy source that sets them up well and then does anything.
struct HostileDriver {
  private let machine: Machine
  private let disk: MemoryDisk
  private var board: Board { machine.board }

  private static let queueCounts = [1, 2, 1]
  private static let memorySize: UInt64 = 2 << 20

  init?() {
    disk = MemoryDisk()
    var configuration = MachineConfiguration(memorySize: Self.memorySize)
    configuration.devices = [.disk(disk), .console(SilentConsole()), .entropy]
    guard let machine = try? Machine(configuration) else { return nil }
    self.machine = machine
    for function in 0..<3 {
      // I/O space, memory space and bus master.
      writeConfiguration(function, 4, .word, 7)
    }
  }

  // MARK: Registers

  private func configurationAddress(_ function: Int, _ offset: UInt64) -> UInt64 {
    AddressMap.pciConfiguration.lowerBound | UInt64(function + 1) << 15 | offset
  }

  private func writeConfiguration(_ function: Int, _ offset: UInt64, _ width: AccessWidth, _ value: UInt64) {
    board.writeMemory(
      configurationAddress(function, offset), width: width, value: value & width.mask, processor: 0)
  }

  /// The address behind base address register 0.
  private func structures(_ function: Int) -> UInt64 {
    board.readMemory(configurationAddress(function, 0x10), width: .doubleword, processor: 0) & ~0xF
  }

  private func write(_ function: Int, _ offset: UInt64, _ width: AccessWidth, _ value: UInt64) {
    board.writeMemory(
      structures(function) &+ offset, width: width, value: value & width.mask, processor: 0)
  }

  // MARK: The set-up

  /// Where a queue's three parts are: a page each, behind one another.
  private static func rings(_ function: Int, _ queue: Int) -> UInt64 {
    0x1_0000 + UInt64(function * 2 + queue) * 0x4000
  }

  /// Agrees on features, enables the queues and goes live (VIRTIO 1.2, 3.1.1).
  func initialize(_ function: Int, _ input: inout FuzzInput) {
    let features = UInt64(input.byte())
    write(function, 0x14, .byte, 0)
    write(function, 0x14, .byte, 3)
    write(function, 0x08, .doubleword, 0)
    write(function, 0x0C, .doubleword, features & 3 << 28 | features << 24 & 0x3000_0000)
    write(function, 0x08, .doubleword, 1)
    write(function, 0x0C, .doubleword, 1)
    write(function, 0x14, .byte, 0xB)
    for queue in 0..<Self.queueCounts[function] {
      let rings = Self.rings(function, queue)
      write(function, 0x16, .word, UInt64(queue))
      write(function, 0x18, .word, 1 << UInt64(features >> 4 & 7))
      write(function, 0x1A, .word, UInt64(queue))
      write(function, 0x20, .quadword, rings)
      write(function, 0x28, .quadword, rings + 0x1000)
      write(function, 0x30, .quadword, rings + 0x2000)
      write(function, 0x1C, .word, 1)
    }
    write(function, 0x14, .byte, 0xF)
  }

  // MARK: Operations

  func perform(_ input: inout FuzzInput) {
    let operation = input.byte()
    let function = Int(operation >> 6) % 3
    let queue = Int(operation >> 5 & 1) % Self.queueCounts[function]
    let rings = Self.rings(function, queue)
    switch operation & 0x1F {
    case 0...6: writeDescriptor(rings + UInt64(input.byte()) * 16, &input)
    case 7...10: offer(UInt16(input.byte()), rings)
    case 11...15: write(function, 0x3000 + UInt64(queue) * 4, .word, UInt64(queue))
    case 16: write(function, UInt64(input.byte() & 0x3F), width(&input), input.number())
    case 17: write(function, UInt64(input.number(UInt16.self) & 0x3FFF), width(&input), input.number())
    case 18: read(function, UInt64(input.number(UInt16.self) & 0x3FFF), width(&input))
    case 19:
      writeConfiguration(function, UInt64(input.number(UInt16.self) & 0xFFF), width(&input), input.number())
    case 20: initialize(function, &input)
    case 21: board.consoles.first?.receive(input.bytes(Int(input.byte())))
    case 22: board.consoles.first?.resize(columns: input.number(), rows: input.number())
    case 23: enableMessages(function, &input)
    case 24:
      machine.memory.store(input.number(UInt64.self), at: rings + UInt64(input.number(UInt16.self) & 0x3FFF))
    case 25: machine.memory.store(input.number(UInt16.self), at: rings + 0x1002)
    case 26...28: writeRequest(rings, &input)
    default: writeRing(rings, &input)
    }
  }

  private func width(_ input: inout FuzzInput) -> AccessWidth { AccessWidth.allCases[Int(input.byte() & 3)] }

  private func read(_ function: Int, _ offset: UInt64, _ width: AccessWidth) {
    _ = board.readMemory(structures(function) &+ offset, width: width, processor: 0)
  }

  /// An address in RAM, in a ring, near the end of RAM or nowhere; a length; flags; the next.
  private func writeDescriptor(_ place: UInt64, _ input: inout FuzzInput) {
    let kind = input.byte()
    let page = UInt64(input.byte())
    let address: UInt64 =
      switch kind & 7 {
      case 0: Self.memorySize - page
      case 1: input.number()
      case 2: 0x1_0000 + page << 8
      default: 0x10_0000 + page << 9
      }
    let length: UInt32 =
      switch kind >> 3 & 3 {
      case 0: UInt32(input.byte())
      case 1: UInt32(input.byte()) << 9
      case 2: 16
      default: input.number()
      }
    machine.memory.store(address, at: place)
    machine.memory.store(length, at: place + 8)
    machine.memory.store(UInt16(kind >> 5), at: place + 12)
    machine.memory.store(UInt16(input.byte()), at: place + 14)
  }

  /// Puts a chain into the available ring.
  private func offer(_ head: UInt16, _ rings: UInt64) {
    let index = machine.memory.load(rings + 0x1002, as: UInt16.self) ?? 0
    machine.memory.store(head, at: rings + 0x1004 + UInt64(index & 127) * 2)
    machine.memory.store(index &+ 1, at: rings + 0x1002)
  }

  /// A disk's request in three descriptors: header, data, status.
  private func writeRequest(_ rings: UInt64, _ input: inout FuzzInput) {
    let header: UInt64 = 0x8_0000
    let type = input.byte()
    machine.memory.store(UInt32(type & 0xF), at: header)
    machine.memory.store(UInt64(input.byte()), at: header + 8)
    let isRead = type & 0x10 != 0
    let parts: [(UInt64, UInt32, UInt16)] = [
      (header, 16, 1), (0x10_0000, UInt32(input.byte()) << 8, isRead ? 3 : 1), (header + 0x100, 1, 2),
    ]
    for (index, part) in parts.enumerated() {
      let place = rings + UInt64(index) * 16
      machine.memory.store(part.0, at: place)
      machine.memory.store(part.1, at: place + 8)
      machine.memory.store(part.2, at: place + 12)
      machine.memory.store(UInt16(index + 1), at: place + 14)
    }
  }

  /// Bytes of the input anywhere in the rings.
  private func writeRing(_ rings: UInt64, _ input: inout FuzzInput) {
    let place = rings + UInt64(input.number(UInt16.self) & 0x3FFF)
    for (index, byte) in input.bytes(Int(input.byte() & 31)).enumerated() {
      machine.memory.store(byte, at: place + UInt64(index))
    }
  }

  /// Turns MSI-X on, wherever its capability is, with a table entry of the input.
  private func enableMessages(_ function: Int, _ input: inout FuzzInput) {
    var place = board.readMemory(configurationAddress(function, 0x34), width: .byte, processor: 0)
    for _ in 0..<48 where place >= 0x40 {
      let header = board.readMemory(configurationAddress(function, place & 0xFC), width: .word, processor: 0)
      if header & 0xFF == 0x11 {
        writeConfiguration(function, place + 2, .word, UInt64(input.byte()) << 8)
      }
      place = header >> 8
    }
    let table =
      board.readMemory(configurationAddress(function, 0x14), width: .doubleword, processor: 0) & ~0xF
    let entry = table &+ UInt64(input.byte() & 3) * 16
    for field in 0..<4 as Range<UInt64> {
      board.writeMemory(
        entry &+ field * 4, width: .doubleword, value: UInt64(input.number(UInt32.self)), processor: 0)
    }
  }

  /// The disk was only asked for what it has, and the state can be written.
  func check() {
    precondition(!disk.wasAskedForMore)
    precondition(!machine.stateHash().description.isEmpty)
  }
}
