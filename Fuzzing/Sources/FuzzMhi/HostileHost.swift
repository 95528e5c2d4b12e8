import Bus
import Devices
import FuzzSupport
import Interfaces

@testable import Machine

/// A guest's driver of a modem that sets it up well and then does anything.
struct HostileHost {
  private let machine: Machine
  private let modem: MHIEndpoint
  /// A dump goes to where the host says, outside of the windows, too.
  private var mayDump = false

  private static let memorySize: UInt64 = 2 << 20
  /// What the device may use: contexts, rings and buffers.
  private static let window: ClosedRange<UInt64> = 0x1_0000...0x7_FFFF
  private static let channelContexts: UInt64 = 0x1_0000
  private static let eventContexts: UInt64 = 0x1_2000
  private static let commandContext: UInt64 = 0x1_3000
  private static let commandRing: UInt64 = 0x1_4000
  private static let eventRings: UInt64 = 0x2_0000
  private static let transferRings: UInt64 = 0x3_0000
  private static let ringLength: UInt64 = 0x100
  private static let eventRingCount = 3
  /// Nothing may write here.
  private static let outside: [UInt64] = [0xF000, 0x8_0000, 0x10_0000]
  private static let untouched: UInt64 = 0x5A5A_A5A5_1234_5678

  init?(personality: Int) {
    let personality = MHIPersonality.all[personality % MHIPersonality.all.count]
    var configuration = MachineConfiguration(memorySize: Self.memorySize)
    configuration.devices = [
      .modem(personality) {
        ModemServices(
          identity: ModemIdentity(model: personality.name),
          connections: ModemConnections(network: LoopbackPeer()))
      }
    ]
    guard let machine = try? Machine(configuration), let modem = machine.modems.first else { return nil }
    self.machine = machine
    self.modem = modem
    modem.writeConfiguration(PCIRegister.command, width: .word, value: 0b110)
    for address in Self.outside { machine.memory.store(Self.untouched, at: address) }
  }

  // MARK: The set-up

  private func write(_ offset: UInt32, _ value: UInt32) {
    modem.writeRegion(0, offset: UInt64(offset), width: .doubleword, value: UInt64(value))
  }

  private func write(_ offset: UInt32, address: UInt64) {
    write(offset &+ 4, UInt32(truncatingIfNeeded: address >> 32))
    write(offset, UInt32(truncatingIfNeeded: address))
  }

  private func storeContext(_ context: UInt64, _ words: (UInt32, UInt32, UInt32), ring: UInt64) {
    let memory = machine.memory
    memory.store(words.0, at: context)
    memory.store(words.1, at: context + 4)
    memory.store(words.2, at: context + 8)
    memory.store(ring, at: context + UInt64(MHIContext.ringBase))
    memory.store(Self.ringLength, at: context + UInt64(MHIContext.ringLength))
    memory.store(ring, at: context + UInt64(MHIContext.readPointer))
    memory.store(ring, at: context + UInt64(MHIContext.writePointer))
  }

  /// Lays out contexts and rings and goes to M0.
  func initialize() {
    for channel in 0..<UInt64(MHIRegister.channelCount) {
      let type: MHIChannelType = channel % 2 == 0 ? .outbound : .inbound
      let burst: MHIBurstMode = channel >= 100 ? .enabled : .disabled
      storeContext(
        Self.channelContexts + channel * UInt64(MHIContext.size),
        (MHIChannelConfiguration(state: .enabled, burstMode: burst).rawValue, type.rawValue, 1),
        ring: Self.transferRings + channel * Self.ringLength)
    }
    for index in 0..<UInt64(Self.eventRingCount) {
      let context = Self.eventContexts + index * UInt64(MHIContext.size)
      let ring = Self.eventRings + index * Self.ringLength
      storeContext(
        context,
        (MHIInterruptModeration(milliseconds: 1).rawValue, MHIEventContext.validType, UInt32(index)),
        ring: ring)
      machine.memory.store(
        ring + Self.ringLength - UInt64(MHIRingElement.size),
        at: context + UInt64(MHIContext.writePointer))
    }
    storeContext(Self.commandContext, (0, 0, 0), ring: Self.commandRing)
    write(MHIRegister.channelContextBase, address: Self.channelContexts)
    write(MHIRegister.eventContextBase, address: Self.eventContexts)
    write(MHIRegister.commandContextBase, address: Self.commandContext)
    for base in [MHIRegister.controlBase, MHIRegister.dataBase] {
      write(base, address: Self.window.lowerBound)
    }
    for limit in [MHIRegister.controlLimit, MHIRegister.dataLimit] {
      write(limit, address: Self.window.upperBound)
    }
    let configuration = MHIConfiguration(
      channels: 128, hardwareChannels: 2, eventRings: UInt8(Self.eventRingCount), hardwareEventRings: 2)
    write(MHIRegister.configuration, configuration.rawValue)
    write(MHIRegister.control, MHIControl(rawValue: 0).requesting(.m0).rawValue)
  }

  // MARK: Operations

  mutating func perform(_ input: inout FuzzInput) {
    let operation = input.byte()
    switch operation & 0x1F {
    case 0...4: command(&input)
    case 5...9: transfer(&input)
    case 10...12: freeEvents(operation >> 5)
    case 13: writeRegister(UInt32(input.byte()) & ~3, input.number())
    case 14: writeRegister(UInt32(input.number(UInt16.self) & 0xFFF), input.number())
    case 15:
      _ = modem.readRegion(
        0, offset: UInt64(input.number(UInt16.self) & 0xFFF), width: Self.width(input.byte()))
    case 16: request(input.byte())
    case 17...19: machine.memory.store(input.number(UInt64.self), at: place(&input))
    case 20: machine.memory.store(input.number(UInt32.self), at: place(&input))
    case 21: modem.inject(MHIFault.allCases[Int(input.byte()) % MHIFault.allCases.count])
    case 22...25: pass(UInt64(input.byte()) << 12)
    case 26: pass(300_000_000)
    case 27:
      modem.writeConfiguration(Int(input.byte()), width: Self.width(input.byte()), value: input.number())
    case 28: initialize()
    case 29: image(&input)
    case 30: restore()
    default: ringDoorbell(input.byte(), input.number())
    }
  }

  private static func width(_ number: UInt8) -> AccessWidth {
    [AccessWidth.byte, .word, .doubleword, .quadword][Int(number & 3)]
  }

  /// Somewhere in the window, most often in contexts and rings.
  private func place(_ input: inout FuzzInput) -> UInt64 {
    Self.window.lowerBound + UInt64(input.number(UInt16.self)) << 1
  }

  /// A number into a register that does not open the windows.
  private mutating func writeRegister(_ offset: UInt32, _ value: UInt32) {
    guard !(MHIRegister.controlBase & ~7..<MHIRegister.systemOnChipReset).contains(offset & ~3) else {
      return
    }
    if offset & ~3 == MHIRegisterMap.bhie + BHIERegister.receiveVectorDoorbell { mayDump = true }
    write(offset, value)
  }

  private func request(_ state: UInt8) {
    let states = MHIState.allCases
    let control = MHIControl(rawValue: state & 0x80 != 0 ? MHIControl.reset : 0)
    write(MHIRegister.control, control.requesting(states[Int(state & 0x7F) % states.count]).rawValue)
  }

  private func command(_ input: inout FuzzInput) {
    let commands = MHICommand.allCases
    let command = commands[Int(input.byte()) % commands.count]
    let ring = Self.commandContext + UInt64(MHIContext.readPointer)
    guard let pointer: UInt64 = machine.memory.load(ring) else { return }
    let element = MHIRingElement.command(command, channel: input.byte())
    store(element, at: pointer)
    let next = pointer &+ UInt64(MHIRingElement.size)
    write(
      MHIRegister.commandDoorbell,
      address: next == Self.commandRing + Self.ringLength ? Self.commandRing : next)
  }

  private func store(_ element: MHIRingElement, at address: UInt64) {
    guard Self.window.contains(address) else { return }
    machine.memory.store(element.pointer, at: address)
    machine.memory.store(element.dword0, at: address &+ UInt64(MHIRingElement.dword0Offset))
    machine.memory.store(element.dword1, at: address &+ UInt64(MHIRingElement.dword1Offset))
  }

  private func transfer(_ input: inout FuzzInput) {
    let channels = modem.personality.channels
    let name = channels[Int(input.byte()) % channels.count].name
    let flags = input.byte()
    let channel = flags & 0x80 != 0 ? name.inboundChannel : name.outboundChannel
    let context = Self.channelContexts + UInt64(channel) * UInt64(MHIContext.size)
    let base = Self.transferRings + UInt64(channel) * Self.ringLength
    let place = base + UInt64(flags & 0xF) * UInt64(MHIRingElement.size)
    let element = MHIRingElement.transfer(
      buffer: Self.window.lowerBound + UInt64(input.number(UInt16.self)) << 3,
      length: UInt16(input.byte()) << (flags >> 4 & 3),
      flags: MHITransferFlags(rawValue: UInt32(input.byte()) << 8 | UInt32(flags & 1)).intersection(.all))
    store(element, at: place)
    let next = flags & 0xF == 0xF ? base : place + UInt64(MHIRingElement.size)
    machine.memory.store(next, at: context + UInt64(MHIContext.writePointer))
    ringDoorbell(channel, next)
  }

  private func ringDoorbell(_ channel: UInt8, _ value: UInt64) {
    write(
      MHIRegisterMap.channelDoorbells + UInt32(channel & 0x7F) * MHIRegister.doorbellStride, address: value)
  }

  /// Gives the device all of an event ring.
  private func freeEvents(_ number: UInt8) {
    let index = UInt64(Int(number) % Self.eventRingCount)
    let context = Self.eventContexts + index * UInt64(MHIContext.size)
    let base = Self.eventRings + index * Self.ringLength
    guard let pointer: UInt64 = machine.memory.load(context + UInt64(MHIContext.readPointer)) else { return }
    let last = (pointer == base ? base + Self.ringLength : pointer) &- UInt64(MHIRingElement.size)
    machine.memory.store(last, at: context + UInt64(MHIContext.writePointer))
    write(
      MHIRegisterMap.eventDoorbells + UInt32(index) * MHIRegister.doorbellStride, address: last)
  }

  /// Firmware from anywhere.
  private func image(_ input: inout FuzzInput) {
    let bhi = MHIRegisterMap.bhi
    write(bhi + BHIRegister.imageAddress, address: UInt64(input.number(UInt32.self)))
    write(bhi + BHIRegister.imageSize, UInt32(input.number(UInt16.self)))
    write(bhi + BHIRegister.imageDoorbell, 1)
  }

  private func pass(_ nanoseconds: UInt64) {
    machine.board.clock.now &+= nanoseconds
    machine.board.clock.ringDueAlarms()
  }

  /// What was saved is what is there after it was restored.
  private func restore() {
    var writer = StateWriter()
    modem.save(to: &writer)
    var reader = StateReader(writer.bytes)
    do {
      try modem.restore(from: &reader)
    } catch {
      preconditionFailure("a saved state is refused: \(error)")
    }
    var second = StateWriter()
    modem.save(to: &second)
    precondition(writer.bytes == second.bytes)
  }

  /// Nothing was written where nothing may be.
  func check() {
    guard !mayDump else { return }
    for address in Self.outside { precondition(machine.memory.load(address) == Self.untouched) }
  }
}
