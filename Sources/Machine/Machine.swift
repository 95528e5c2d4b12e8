import Bus
import Chipset
import Devices
import Hypervisors
import Interfaces
import Processor
import Tracing

/// A whole computer.
///
/// Everything happens on the thread that calls ``run(instructions:)``, as a function of the configuration, the
/// kernel and the input: two machines that are given the same do the same, to the bit.
///
/// The properties that every slice of a turn touches go without checks for overlapping accesses: each is read
/// or written as a whole, and none is held while a processor runs.
public final class Machine {
  /// What the machine is made of.
  public let configuration: MachineConfiguration
  /// Its RAM.
  public let memory: GuestMemory
  /// Its processors; the first is the bootstrap processor.
  @exclusivity(unchecked)
  public private(set) var processors: [VirtualProcessor] = []

  /// What records the machine's events; none is enabled at first. It may be that of a machine before.
  public let tracer: Tracer

  let board: Board
  let codeCache: CodeCache
  let endPoint: TracePoint
  let accessPoints: AccessTracePoints
  @exclusivity(unchecked)
  var clock = MachineClock()
  @exclusivity(unchecked)
  var turns: TurnLengths
  /// The processor whose slice it is, and what it had retired at its start.
  @exclusivity(unchecked)
  var current: (processor: VirtualProcessor, retired: UInt64)?
  /// Set by a device when the slice must end because an alarm was set for an earlier time.
  @exclusivity(unchecked)
  var needsNewSlice = false
  /// What ended the run.
  @exclusivity(unchecked)
  var event: MachineEvent?
  private var interfaces: [ProcessorInterface] = []
  private(set) var hyperV: HyperVPlatform?
  private var random: SplitMix64

  /// Called after each round of turns, at instruction counts that do not depend on the host: the only place
  /// from which input may be given to the machine.
  public var betweenRounds: (() -> Void)?
  /// Called when every processor waits, with the nanoseconds of the machine until a timer is due, or `nil` if
  /// none is set. Returns whether the machine may go on; without it time jumps, or the machine is at an end.
  public var whileIdle: ((_ nanoseconds: UInt64?) -> Bool)?

  /// A machine that is switched on but has no program: see ``load(_:_:)``.
  ///
  /// - Parameter predecessor: a machine of the same configuration that was reset and does not run again. Its tracer goes
  ///   on, with all that is recorded and that it holds.
  /// - Throws: ``MachineError``.
  public init(_ configuration: MachineConfiguration, after predecessor: Machine? = nil) throws {
    guard MachineConfiguration.processorCounts.contains(configuration.processorCount) else {
      throw MachineError.processorCount(configuration.processorCount)
    }
    guard configuration.memorySize >= AddressMap.minimumMemorySize,
      configuration.memorySize % UInt64(GuestMemory.pageSize) == 0
    else { throw MachineError.memorySize(configuration.memorySize) }
    let overlayPages =
      configuration.hypervisor == nil
      ? 0 : HyperVHypervisor.overlayPageCount(processors: configuration.processorCount)
    guard let memory = GuestMemory(size: configuration.memorySize, overlayPageCount: overlayPages),
      let codeCache = CodeCache(memory: memory)
    else { throw MachineError.hostMemory(configuration.memorySize) }
    self.configuration = configuration
    self.memory = memory
    self.codeCache = codeCache
    tracer =
      predecessor?.tracer
      ?? Tracer(
        Self.traceEvents, processorCount: configuration.processorCount, capacity: configuration.traceCapacity)
    if let predecessor { tracer.continueAfter(nanoseconds: predecessor.nanoseconds) }
    accessPoints = AccessTracePoints(tracer)
    endPoint = tracer.point(for: ContextTraceEvents.end)
    board = try Board(configuration, memory: memory, tracer: tracer)
    turns = TurnLengths(seed: configuration.seed)
    random = SplitMix64(seed: configuration.seed)
    var model = configuration.model
    if configuration.hypervisor?.showsExtendedState == false { model = model.removing(.xsave) }
    model.processorCount = configuration.processorCount
    for index in 0..<configuration.processorCount {
      let processor = VirtualProcessor(
        index: index, model: model, memory: memory, codeCache: codeCache, platform: self, tracer: tracer)
      processors.append(processor)
    }
    connect()
    board.reset()
  }

  private func connect() {
    if let hypervisor = configuration.hypervisor {
      hyperV = HyperVPlatform(hypervisor, machine: self)
    } else {
      interfaces = zip(processors, board.localAPICs).map {
        ProcessorInterface(processor: $0, localAPIC: $1)
      }
    }
    board.clock.deadlineChanged = { [unowned self] in
      needsNewSlice = true
      current?.processor.endTurn()
    }
    if let chips = board.pcChips {
      chips.powerManagement.powerOffRequested = { [unowned self] in end(.powerOff) }
      chips.resetControl.resetRequested = { [unowned self] _ in end(.reset) }
      chips.keyboardController.resetRequested = { [unowned self] _ in end(.reset) }
    }
    board.debugExit?.exitRequested = { [unowned self] in end(.debugExit(code: $0)) }
  }

  /// Puts a kernel into memory and the first processor at its entry.
  ///
  /// - Throws: ``BootError``.
  public func load(_ kernel: KernelImage, commandLine: String, initialRamdisk: [UInt8]?) throws(BootError) {
    let configuration = BootConfiguration(
      commandLine: commandLine, initialRamdisk: initialRamdisk, description: try describeMachine(),
      seed: configuration.seed)
    try load(kernel, configuration)
  }

  /// The same for a kernel that is told of the machine in another way than its platform's.
  func load(_ kernel: KernelImage, _ configuration: BootConfiguration) throws(BootError) {
    processors[0].apply(ProcessorStart(try kernel.load(into: memory, configuration)))
  }

  /// Stops the run that is under way, after the current instruction.
  public func stop() { end(.stopped) }

  func end(_ event: MachineEvent) {
    if self.event == nil {
      self.event = event
      trace(event)
    }
    current?.processor.endTurn()
  }

  /// The serial port of the machine, COM1.
  public var serialPort: SerialPort { board.serialPort }
  /// How often the guest has accessed its registers.
  public var serialPortAccesses: UInt64 { board.serialPortAccesses }
  /// The virtio consoles, in the order of the configuration.
  public var consoles: [VirtioConsole] { board.consoles }
  /// The modems, likewise.
  public var modems: [MHIEndpoint] { board.modems }
  /// The hypervisor, if the machine has one.
  public var hypervisor: HyperVHypervisor? { hyperV?.hypervisor }
  /// Nanoseconds of the machine since power-on.
  public var nanoseconds: UInt64 { clock.nanoseconds }
  /// The accesses to each device.
  public var statistics: DeviceStatistics { board.statistics }
  /// The instructions that all processors together have retired.
  public var instructionsRetired: UInt64 { processors.reduce(0) { $0 &+ $1.instructionsRetired } }

  func nextRandomNumber() -> UInt64 { random.next() }
}
