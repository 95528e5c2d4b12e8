/// The computer that the guest runs on, as far as it could be found out at start.
///
/// There is one; `Guest.main` makes it and hands it to the guest.
public final class Computer: @unchecked Sendable {
  /// The console.
  public let console: SerialConsole
  /// What the loader told.
  public let startInformation: StartInformation
  /// The pages that belong to nobody.
  public let frames: PageFrameAllocator
  /// The page table that all processors share.
  public let pageTable: PageTable
  /// The handlers that all processors share.
  public let interrupts: InterruptDescriptorTable
  /// The firmware's tables, if there are any.
  public let acpi: ACPITables?
  /// The fixed description, if the tables have one.
  public let fixedDescription: FixedDescription?
  /// Processors and interrupt controllers, if the tables describe them.
  public let apicDescription: MultipleAPICDescription?
  /// The partition, under Microsoft's hypervisor.
  public let partition: Partition?
  /// What the guest uses to wait.
  public let delay: Delay
  /// The processors that run: the first one, and those that have been started.
  public private(set) var processors: [Processor]

  private let softOff: SoftOff?

  init() {
    let console = SerialConsole()
    guard let startInformation = StartInformation() else {
      console.print("Bedrock: the loader left neither Multiboot nor PVH information.")
      ProcessorControl.haltForever()
    }
    self.console = console
    self.startInformation = startInformation
    frames = PageFrameAllocator(memoryMap: startInformation.memoryMap)
    pageTable = PageTable(current: frames)
    interrupts = InterruptDescriptorTable()
    let acpi = ACPITables(rootPointer: startInformation.rootPointer)
    let fixedDescription = acpi.flatMap(FixedDescription.init)
    let softOff = fixedDescription.flatMap(SoftOff.init)
    self.acpi = acpi
    self.fixedDescription = fixedDescription
    self.softOff = softOff
    apicDescription = acpi.flatMap(MultipleAPICDescription.init)

    let localAPIC = LocalAPIC()
    let first = Processor(
      number: 0, apicIdentifier: localAPIC.identifier, interrupts: interrupts, localAPIC: localAPIC,
      reportFatal: { frame, processor in
        Self.report(frame, on: processor, to: console)
        Self.end(.failure, startInformation, softOff)
      })
    processors = [first]
    first.takeOver()

    let partition = Partition(frames)
    self.partition = partition
    delay =
      partition?.referenceCounter.map(Delay.referenceCounter)
      ?? fixedDescription?.timer.map(Delay.powerManagement) ?? .intervalTimer(ProgrammableIntervalTimer())
    if let partition, partition.isAboveLowestLevel {
      // There are no devices of a PC, and XSAVE's state belongs to the levels below as well.
      ControlRegister4.current = ControlRegister4.current.withoutExtendedSave
    } else {
      LegacyInterruptController.disable()
    }
    localAPIC.enable()
  }

  /// The identifiers of the processors' local APICs: from ACPI's tables, or from the hypervisor.
  public var apicIdentifiers: [UInt32] {
    if let apicDescription { return apicDescription.processors }
    guard let partition, partition.isAboveLowestLevel else { return [] }
    return partition.apicIdentifiers()
  }

  /// Starts the processors that there are and that do not run yet. Returns how many did not start.
  public func startProcessors() -> Int {
    let missing = apicIdentifiers.filter { identifier in
      !processors.contains { $0.apicIdentifier == identifier }
    }
    let candidates = missing.enumerated().map { index, identifier in
      Processor(number: processors.count + index, apicIdentifier: identifier, like: processors[0])
    }
    let started = ProcessorStarter(computer: self).start(candidates)
    processors += started
    return candidates.count - started.count
  }

  /// Ends the guest: through `isa-debug-exit` if the command line has the word "debug-exit", otherwise
  /// by switching the computer off. If that is impossible the processor halts.
  public func end(_ status: ExitStatus) -> Never {
    Self.end(status, startInformation, softOff)
  }

  private static func end(_ status: ExitStatus, _ information: StartInformation, _ softOff: SoftOff?) -> Never
  {
    if information.hasArgument("debug-exit") { DebugExit.leave(status) }
    softOff?.enter()
    ProcessorControl.haltForever()
  }

  private static func report(_ frame: InterruptFrame, on processor: Processor, to console: SerialConsole) {
    let mnemonic = ExceptionVector(rawValue: UInt8(truncatingIfNeeded: frame.vector))?.mnemonic ?? "reserved"
    console.write(
      "\nBedrock: exception \(frame.vector) \(mnemonic), error code \(hexadecimal(frame.errorCode)), "
        + "on processor \(processor.number)\n\(frame.report)")
  }
}
