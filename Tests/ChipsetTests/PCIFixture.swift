import Bus

@testable import Chipset

/// Records what arrives where messages and wires lead to.
final class PCIInterruptRecorder: MessageInterruptSink, InterruptController {
  struct Message: Equatable {
    let address: UInt64
    let data: UInt32
  }

  struct LineChange: Equatable {
    let line: Int
    let asserted: Bool
  }

  private(set) var messages: [Message] = []
  private(set) var lineChanges: [LineChange] = []

  func deliver(address: UInt64, data: UInt32) { messages.append(Message(address: address, data: data)) }
  func setLine(_ number: Int, asserted: Bool) {
    lineChanges.append(LineChange(line: number, asserted: asserted))
  }
}

/// A function that remembers what the bus asked of it.
final class ProbeFunction: PCIFunction {
  struct Access: Equatable {
    let register: Int
    let offset: UInt64
    let value: UInt64
  }

  let name = "probe"
  let endpoint: PCIEndpoint
  private(set) var writes: [Access] = []

  init(_ endpoint: PCIEndpoint) { self.endpoint = endpoint }

  /// Reads give the register and the offset back.
  func readBAR(_ index: Int, offset: UInt64, width: AccessWidth) -> UInt64 { UInt64(index) << 24 | offset }
  func writeBAR(_ index: Int, offset: UInt64, width: AccessWidth, value: UInt64) {
    writes.append(Access(register: index, offset: offset, value: value))
  }

  func reset() { endpoint.reset() }
  func save(to writer: inout StateWriter) { endpoint.save(to: &writer) }
  func restore(from reader: inout StateReader) throws(StateError) { try endpoint.restore(from: &reader) }
}

/// A host with a recorder at the end of its wires, and shorthands for what software does.
struct PCIFixture {
  static let identity = PCIIdentity(vendor: 0x1234, device: 0x5678, revision: 9, classCode: 0x01_02_03)

  let memory: GuestMemory
  let recorder = PCIInterruptRecorder()
  let host: PCIHost

  init?() {
    guard let memory = GuestMemory(size: 1 << 20) else { return nil }
    self.memory = memory
    host = PCIHost(
      layout: PCIHostLayout(endOfRAM: 1 << 20), memory: memory, messages: recorder, interrupts: recorder)
  }

  /// Attaches a function made by `body`.
  func attach(
    device: Int, function: Int = 0, pin: PCIInterruptPin? = nil,
    extent: ConfigurationSpace.Extent = .conventional,
    baseAddressRegisters: KeyValuePairs<Int, BaseAddressRegister> = [:],
    _ define: (PCIEndpoint) -> Void = { _ in }
  ) throws -> ProbeFunction {
    guard let address = PCIAddress(device: device, function: function) else {
      throw PCIHostError.occupied(PCIAddress(index: 0))
    }
    let endpoint = PCIEndpoint(
      slot: host.slot(at: address), identity: Self.identity, extent: extent,
      baseAddressRegisters: baseAddressRegisters, interruptPin: pin)
    define(endpoint)
    let probe = ProbeFunction(endpoint)
    try host.attach(probe)
    return probe
  }

  /// The address of a configuration register in memory.
  func enhanced(_ device: Int, _ function: Int = 0, _ register: Int) -> UInt64 {
    host.layout.configurationBase + UInt64(device << 15 | function << 12 | register)
  }

  /// Reads configuration space through memory.
  func configuration(_ device: Int, _ register: Int, _ width: AccessWidth = .doubleword) -> UInt64? {
    host.read(physical: enhanced(device, 0, register), width: width)
  }

  /// Writes configuration space through memory.
  func configure(_ device: Int, _ register: Int, _ value: UInt64, _ width: AccessWidth = .doubleword) {
    _ = host.write(physical: enhanced(device, 0, register), width: width, value: value)
  }

  /// The offset of a capability, found as an operating system finds it.
  func capability(_ device: Int, _ identifier: PCICapabilityID) -> Int? {
    guard let status = configuration(device, PCIRegister.status, .word), status & 1 << 4 != 0 else {
      return nil
    }
    var offset = Int(configuration(device, PCIRegister.capabilitiesPointer, .byte) ?? 0)
    for _ in 0..<48 where offset >= 0x40 {
      if configuration(device, offset, .byte) == UInt64(identifier.rawValue) { return offset }
      offset = Int(configuration(device, offset + 1, .byte) ?? 0)
    }
    return nil
  }
}
