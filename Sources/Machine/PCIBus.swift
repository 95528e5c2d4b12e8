import Bus
import Chipset
import Devices

/// The PCI host with the functions that the machine was given, and the counters of accesses to them.
final class PCIBus {
  let host: PCIHost

  private let hostStatistics: DeviceStatistics.Index
  private var functionStatistics: [ObjectIdentifier: DeviceStatistics.Index] = [:]
  /// How many functions of each kind there are.
  private var counts: [String: Int] = [:]
  /// The slot of the next function; the host bridge has the first.
  private var slot = 1

  init(
    memory: GuestMemory, messages: any MessageInterruptSink, interrupts: any InterruptController,
    counting statistics: inout DeviceStatistics
  ) {
    host = PCIHost(
      layout: PCIHostLayout(endOfRAM: memory.physicalEnd), memory: memory, messages: messages,
      interrupts: interrupts)
    hostStatistics = statistics.add(host.name)
  }

  /// Puts a virtio device into the next slot, under the name of its kind and its number among those.
  ///
  /// - Throws: ``MachineError/tooManyDevices``.
  func attach(
    _ kind: String, counting statistics: inout DeviceStatistics, _ make: (_ number: Int) -> any VirtioDevice
  ) throws {
    try attach(kind, counting: &statistics) { number, name, slot in
      VirtioPCITransport(name: name, slot: slot, device: make(number))
    }
  }

  /// Puts a function into the next slot, likewise; `make` gets its number, its name and its slot.
  ///
  /// - Throws: ``MachineError/tooManyDevices``.
  func attach(
    _ kind: String, counting statistics: inout DeviceStatistics,
    _ make: (_ number: Int, _ name: String, _ slot: PCISlot) -> any PCIFunction
  ) throws {
    guard let address = PCIAddress(device: slot) else { throw MachineError.tooManyDevices }
    let number = counts[kind, default: 0]
    let function = make(number, "\(kind)\(number)", host.slot(at: address))
    try host.attach(function)
    functionStatistics[ObjectIdentifier(function)] = statistics.add(function.name)
    counts[kind] = number + 1
    slot += 1
  }

  /// The host and its functions, in the order of the bus.
  var devices: [any Device] { [host] + (host.functions as [any Device]) }

  /// What counts the accesses to a port that no other device claims.
  func counter(ofPort port: UInt16, width: AccessWidth) -> DeviceStatistics.Index {
    counter(of: host.portTarget(for: port, width: width)?.function)
  }

  /// What counts the accesses to an address that no other device claims.
  func counter(ofMemory address: UInt64, width: AccessWidth) -> DeviceStatistics.Index {
    counter(of: host.memoryTarget(for: address, width: width)?.function)
  }

  private func counter(of function: (any PCIFunction)?) -> DeviceStatistics.Index {
    function.flatMap { functionStatistics[ObjectIdentifier($0)] } ?? hostStatistics
  }
}
