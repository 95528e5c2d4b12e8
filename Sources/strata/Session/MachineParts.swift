import Devices
import Machine
import SystemPackage

/// Everything that a machine is built from, so that it can be built again after a reset.
struct MachineParts {
  private let configuration: MachineConfiguration
  private let kernel: KernelImage
  private let initialRamdisk: [UInt8]?
  private let commandLine: String
  private let trace: TraceRequest?
  /// The guest's networks, which are to look at the host now and then.
  let networks: [any NetworkBackend]

  /// Reads the kernel and opens the disks and networks.
  init(
    _ request: RunRequest, console: (any ConsoleBackend)?, modemTerminal: ModemTerminal?
  ) throws(CommandError) {
    do throws(BootError) {
      kernel = try KernelImage.identify(try BootFile.read(request.kernel))
      initialRamdisk =
        if let file = request.initialRamdisk { try BootFile.read(file) } else { nil }
    } catch {
      throw CommandError(error)
    }
    commandLine = request.commandLine
    trace = request.trace
    var configuration = MachineConfiguration(
      memorySize: request.memory.bytes, processorCount: request.processorCount, platform: request.platform,
      hypervisor: request.hypervisor, model: request.model, seed: request.seed)
    if let trace { configuration.traceCapacity = trace.capacity }
    for disk in request.disks {
      do throws(FileBlockBackendError) {
        let backend = try FileBlockBackend(path: disk.path, access: disk.access)
        configuration.devices.append(.disk(backend))
      } catch {
        throw CommandError(error)
      }
    }
    // Guests expect a source of entropy of a virtual PC. Other platforms have what was asked for.
    if request.platform == .pc { configuration.devices.append(.entropy) }
    var networks: [any NetworkBackend] = []
    for device in request.devices {
      switch device {
      case .debugExit: configuration.devices.append(.debugExit)
      case .testDevice: configuration.devices.append(.testDevice)
      case .tracePort: configuration.devices.append(.tracePort)
      case .entropy: configuration.devices.append(.entropy)
      case .console: if let console { configuration.devices.append(.console(console)) }
      case .modem(let option):
        let connections = try option.connect(line: modemTerminal?.modemLine)
        networks.append(connections.network)
        configuration.devices.append(
          .modem(option.personality) {
            ModemServices(identity: ModemIdentity(model: option.model), connections: connections)
          })
      }
    }
    self.networks = networks
    if trace?.isAboutGuests == true, !request.devices.contains(.tracePort) {
      configuration.devices.append(.tracePort)
    }
    self.configuration = configuration
  }

  /// A machine that is about to execute its first instruction.
  ///
  /// - Parameter predecessor: the machine that was reset, whose trace goes on.
  func makeMachine(after predecessor: Machine? = nil) throws(CommandError) -> Machine {
    do {
      let machine = try Machine(configuration, after: predecessor)
      try machine.load(kernel, commandLine: commandLine, initialRamdisk: initialRamdisk)
      if predecessor == nil { try trace?.apply(to: machine.tracer) }
      return machine
    } catch let error as TraceRequestError {
      throw CommandError(error.description, SystemExit.usage)
    } catch let error as BootError {
      throw CommandError(error)
    } catch let error as MachineError {
      throw CommandError(error)
    } catch {
      throw CommandError("cannot build the machine: \(error)", SystemExit.unavailable)
    }
  }
}

extension CommandError {
  fileprivate init(_ error: FileBlockBackendError) {
    let code =
      switch error {
      case .cannotOpen, .inUse: SystemExit.noInput
      case .notAFile, .notWholeSectors, .empty: SystemExit.data
      }
    self.init(error.description, code)
  }
}
