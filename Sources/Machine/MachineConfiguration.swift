import Devices
import Hypervisors
import Processor
import Tracing

/// What a machine is made of.
public struct MachineConfiguration {
  /// Bytes of RAM: a multiple of 4 KiB, at least ``AddressMap/minimumMemorySize``.
  public var memorySize: UInt64
  /// The number of processors, in ``processorCounts``.
  public var processorCount: Int
  /// What the board is made of, besides what every board has.
  public var platform: Platform
  /// The hypervisor under the processors; without one the machine is bare.
  public var hypervisor: HyperVConfiguration?
  /// What the processors offer.
  public var model: ProcessorModel
  /// Decides everything that is random in a machine: RDRAND, the entropy device, the lengths of turns.
  public var seed: UInt64
  /// The devices that the board is given; those on the PCI bus in the order of their slots.
  public var devices: [DeviceConfiguration]

  /// How many records of events are kept, from when one is enabled: see ``Machine/tracer``.
  public var traceCapacity = Tracer.Capacity()

  /// How many processors a machine can have.
  public static let processorCounts = 1...64

  /// A machine without further devices.
  public init(
    memorySize: UInt64 = 512 << 20, processorCount: Int = 1, platform: Platform = .pc,
    hypervisor: HyperVConfiguration? = nil, model: ProcessorModel = .default, seed: UInt64 = 0
  ) {
    self.memorySize = memorySize
    self.processorCount = processorCount
    self.platform = platform
    self.hypervisor = hypervisor
    self.model = model
    self.seed = seed
    devices = []
  }
}

/// A device that a machine is given.
public enum DeviceConfiguration {
  /// A virtio disk.
  case disk(any BlockBackend)
  /// A virtio console.
  case console(any ConsoleBackend)
  /// A virtio entropy source.
  case entropy
  /// A modem, with what is behind its channels.
  case modem(MHIPersonality, makeServices: () -> any ModemServiceSource)
  /// A port at 0xF4 by which a test program ends the machine.
  case debugExit
  /// What bare-metal tests for other emulators talk to; see ``TestDevice``.
  case testDevice
  /// Ports by which programs on the bare machine record events; see ``GuestTracePort``.
  case tracePort
}

/// Why a machine cannot be made.
public enum MachineError: Error, Equatable, CustomStringConvertible {
  /// There cannot be so many processors.
  case processorCount(Int)
  /// RAM of this size is not possible.
  case memorySize(UInt64)
  /// The host does not give the memory.
  case hostMemory(UInt64)
  /// There are more devices than slots.
  case tooManyDevices

  /// One line for a person.
  public var description: String {
    switch self {
    case .processorCount(let count):
      "a machine has 1 to 64 processors, not \(count)"
    case .memorySize(let size):
      "memory must be a multiple of 4 KiB and at least \(AddressMap.minimumMemorySize >> 20) MiB, not \(size) bytes"
    case .hostMemory(let size):
      "the host refuses to map \(size >> 20) MiB for the guest; try less --memory"
    case .tooManyDevices: "there are more devices than the PCI bus has slots (31)"
    }
  }
}
