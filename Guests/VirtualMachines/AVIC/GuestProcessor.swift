import Bedrock
import Interfaces
import Synchronization

/// How a guest's processors get interrupts.
enum ControllerMode: Equatable {
  /// The hypervisor emulates the APIC.
  case software
  /// AVIC.
  case accelerated
  /// x2AVIC: the APIC's registers are model-specific ones.
  case extended
}

/// A processor of a virtual machine, with its local APIC.
final class GuestProcessor: @unchecked Sendable {
  typealias Offset = SVM.ControlBlock

  let identifier: UInt8
  let virtual: VirtualProcessor
  let page: BackingPage
  /// Why the processor has exited, how often, since the last reset.
  private(set) var exits = ExitStatistics()
  private var mode = ControllerMode.software
  private let machine: VirtualMachine
  /// The identifier of the processor that has this one, whether it runs or sleeps; ``nowhere`` if none has it.
  private let host = Atomic<UInt32>(GuestProcessor.nowhere)
  private static let nowhere = UInt32.max
  private let stackTop: UInt64
  private let isStopped = Atomic<Bool>(false)

  var block: ControlBlock { virtual.block }

  /// Nil if there is no memory.
  init?(_ identifier: UInt8, of machine: VirtualMachine) {
    let memory = machine.memory
    guard let virtual = VirtualProcessor(memory),
      let page = BackingPage(memory.frames, identifier: identifier),
      let stack = memory.frames.allocate(count: GuestMemory.stackSize / PageFrameAllocator.frameSize)
    else { return nil }
    self.identifier = identifier
    self.virtual = virtual
    self.page = page
    self.machine = machine
    stackTop = (stack + GuestMemory.stackSize).rawValue - 64
  }

  /// The processor's interrupt record, as `ControllerPrograms.S` has it, in the guest.
  var recordAddress: UInt64 { GuestMemory.windowPage(machine.recordPage(of: identifier)) }

  /// How many interrupts the processor has handled, and their vectors.
  var record: InterruptRecord {
    InterruptRecord(machine.memory.windowFrame(machine.recordPage(of: identifier)))
  }

  /// Makes the processor and its APIC as after reset, about to run a routine of the image.
  func reset(_ routine: @convention(c) () -> Void, _ mode: ControllerMode) {
    virtual.reset()
    block.instructionPointer = address(of: routine)
    reset(mode)
  }

  /// Makes the processor and its APIC as after reset, about to run the code page.
  func reset(_ mode: ControllerMode) {
    isStopped.store(false, ordering: .relaxed)
    exits = ExitStatistics()
    page.reset(identifier: identifier)
    if mode == .extended { page.becomeExtended(identifier: identifier) }
    record.clear()
    block.stackPointer = stackTop
    virtual.registers.r14 = mode == .extended ? 0 : GuestMemory.apicBase
    virtual.registers.r15 = recordAddress
    setController(mode)
  }

  /// Gives the guest its interrupts in another way, while it does not run. The page stays as it is.
  func setController(_ mode: ControllerMode) {
    self.mode = mode
    block[Offset.apicBar] = GuestMemory.apicBase
    block[Offset.apicBackingPage] = page.address.rawValue
    block[Offset.logicalIdentifierTable] = machine.tables.logical.rawValue
    block[Offset.physicalIdentifierTable] =
      SVM.PhysicalIdentifierTable(
        address: machine.tables.physical.rawValue,
        lastIndex: mode == .extended
          ? SVM.PhysicalIdentifierTable.greatestExtendedIndex : IdentifierTables.greatestIdentifier
      ).rawValue
    block.interruptControl = SVM.InterruptControl(
      isMaskingVirtual: true, isAVICEnabled: mode != .software, isX2AVICEnabled: mode == .extended)
    block.setTranslationControl(.flushAll)
  }

  /// Puts the processor's entry of the physical table: its backing page, and where it runs.
  func publish(runningOn host: UInt32?) {
    machine.tables.setPhysicalEntry(
      identifier, SVM.PhysicalIdentifierEntry(backingPage: page.address.rawValue, runsOn: host))
  }

  /// Runs the guest until it has something to tell, on the processor that calls this.
  ///
  /// Returns the exit that the hypervisor does not deal with by itself.
  func run(on host: Processor) -> SVM.ExitCode {
    publish(runningOn: host.apicIdentifier)
    self.host.store(host.apicIdentifier, ordering: .sequentiallyConsistent)
    defer {
      publish(runningOn: nil)
      self.host.store(Self.nowhere, ordering: .sequentiallyConsistent)
    }
    return InterruptFlag.withInterruptsHeldBack {
      while true {
        if mode == .software { deliver() }
        virtual.enter()
        block.setTranslationControl(.keep)
        let code = block.exitCode
        exits.count(code)
        reinject()
        guard !isStopped.load(ordering: .acquiring), handle(code) else { return code }
      }
    }
  }

  /// A processor of the computer has this one.
  var isHosted: Bool { host.load(ordering: .sequentiallyConsistent) != Self.nowhere }

  /// Makes the processor come back from `run`, from another one.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    kick()
  }

  /// Makes the processor exit or wake up, if a processor of the computer has it.
  func kick() {
    let host = host.load(ordering: .sequentiallyConsistent)
    if host != Self.nowhere { Processor.current.localAPIC.send(Vector.kick, to: host) }
  }

  /// Deals with an exit. False if it is the caller's.
  private func handle(_ code: SVM.ExitCode) -> Bool {
    switch code {
    case .interrupt, .virtualInterrupt: return true
    case .halt: return sleep()
    case .nestedPageFault:
      let address = block[Offset.exitInformation2]
      guard mode == .software, address & ~0xFFF == GuestMemory.apicBase else { return false }
      return emulateAccess(Int(address & 0xFFF))
    case .incompleteInterrupt: return complete()
    case .unacceleratedAccess:
      let access = SVM.UnacceleratedAccess(rawValue: block[Offset.exitInformation1])
      return emulate(access)
    default: return false
    }
  }

  /// An event whose delivery did not end is delivered again.
  private func reinject() {
    let event = block.interruptedEvent
    if event.isValid { block.eventInjection = event }
  }

  /// Waits until the guest has an interrupt to take, or is stopped.
  private func sleep() -> Bool {
    // HLT is done, and the shadow of an STI before it is over.
    block.instructionPointer += 1
    block.isInInterruptShadow = false
    // Who sends an interrupt from here on sees that nobody runs, and wakes; what was sent before is in the page.
    publish(runningOn: nil)
    defer { publish(runningOn: Processor.current.apicIdentifier) }
    while page.nextRequest == nil && !isStopped.load(ordering: .acquiring) {
      ProcessorControl.waitForInterrupt()
      InterruptFlag.clear()
    }
    return !isStopped.load(ordering: .acquiring)
  }

  // MARK: - The APIC in software

  /// Injects the interrupt that the guest takes next, or asks to be told when it can take it.
  private func deliver() {
    var control = SVM.InterruptControl(isMaskingVirtual: true)
    control.taskPriority = UInt8(truncatingIfNeeded: page[.taskPriority] >> 4)
    block.intercept(.virtualInterrupt, false)
    defer { block.interruptControl = control }
    guard !block.eventInjection.isValid, let vector = page.nextRequest else { return }
    let isAccepting = block.flags & VirtualProcessor.interruptFlag != 0 && !block.isInInterruptShadow
    if isAccepting {
      page.acknowledge(vector)
      block.eventInjection = SVM.EventInjection(.interrupt, vector: vector)
    } else {
      control = SVM.InterruptControl(
        taskPriority: control.taskPriority, pending: (vector: 0, priority: 15), isMaskingVirtual: true)
      block.intercept(.virtualInterrupt)
    }
  }

  /// Does one of the two instructions by which `ControllerPrograms.S` uses the APIC.
  private func emulateAccess(_ offset: Int) -> Bool {
    guard let code = PhysicalAddress(block.instructionPointer).pointer?.loadUnaligned(as: UInt16.self),
      let access = RegisterAccess(rawValue: code)
    else { return false }
    block.instructionPointer += RegisterAccess.length
    switch access {
    case .read: block.rax = UInt64(page[offset])
    case .write: write(UInt32(truncatingIfNeeded: block.rax), at: offset)
    }
    return true
  }

  /// Does what a write of a register does.
  private func write(_ value: UInt32, at offset: Int) {
    switch LocalAPICRegister(offset: offset) {
    case .endOfInterrupt?: page.endOfInterrupt()
    case .interruptCommandLow?:
      page[offset] = value
      send(InterruptCommand(low: value, high: page[.interruptCommandHigh]))
    case .version?, .processorPriority?: break
    default:
      page[offset] = value
      wasWritten(offset)
    }
  }

  /// What else the hypervisor does when a register has been written.
  private func wasWritten(_ offset: Int) {
    switch LocalAPICRegister(offset: offset) {
    case .logicalDestination?, .destinationFormat?:
      machine.inhibit(
        machine.tables.updateLogicalEntry(
          of: identifier, logicalDestination: page[.logicalDestination],
          destinationFormat: page[.destinationFormat]))
    case .identifier?:
      if page[offset] >> 24 != UInt32(identifier) { machine.inhibit(.identifierChanged) }
    case .endOfInterrupt?: page.endOfInterrupt()
    default: break
    }
  }

  /// Sends what the guest's command says, by the registers of the machine's processors.
  private func send(_ command: InterruptCommand) {
    guard command.deliveryMode == .fixed, command.vector >= 16 else { return }
    for target in machine.targets(of: command, from: self) {
      target.page.set(command.vector, in: .requests)
      if target !== self { target.kick() }
    }
  }

  // MARK: - What AVIC leaves to software

  /// Ends an interprocessor interrupt that AVIC did not.
  private func complete() -> Bool {
    let exit = SVM.IncompleteInterrupt(
      command: block[Offset.exitInformation1], detail: block[Offset.exitInformation2])
    switch exit.reason {
    // The interrupt is in the pages of the targets, which find it there when they run.
    case .targetNotRunning:
      for target in machine.processors
      where target !== self && machine.tables.physicalEntry(target.identifier)?.isRunning == false {
        target.kick()
      }
    case .invalidType, .invalidTarget:
      send(InterruptCommand(rawValue: exit.command))
    case .invalidVector: break
    case .invalidBackingPage, nil: return false
    }
    return true
  }

  private func emulate(_ access: SVM.UnacceleratedAccess) -> Bool {
    guard access.isWrite else { return emulateAccess(access.offset) }
    if AccessRule(writing: access.offset) == .trap {
      wasWritten(access.offset)
      return true
    }
    return emulateAccess(access.offset)
  }
}

/// The instructions by which `ControllerPrograms.S` uses the APIC, as a little-endian word.
private enum RegisterAccess: UInt16 {
  /// MOV EAX, [RDI]
  case read = 0x078B
  /// MOV [RDI], EAX
  case write = 0x0789

  static let length: UInt64 = 2
}
