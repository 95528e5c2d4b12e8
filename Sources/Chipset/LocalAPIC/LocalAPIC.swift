import Bus
import Interfaces

/// The interrupt controller of one processor (APM volume 2, chapter 16), in xAPIC and x2APIC mode.
///
/// Its two pins are inputs 0 (LINT0) and 1 (LINT1) of its ``InterruptController``.
public final class LocalAPIC: Device {
  /// How software reaches the registers.
  public enum Mode: UInt8, Sendable {
    /// Not at all: the pins lead straight to the processor.
    case disabled = 0
    /// Through a page of the physical address space.
    case xAPIC = 1
    /// Through MSRs.
    case x2APIC = 2
  }

  /// `lapic` and the APIC ID.
  public let name: String
  /// The APIC ID.
  public let identifier: UInt32
  /// The APIC ID in xAPIC mode, which software may change (APM volume 2, 16.3.3).
  var memoryIdentifier: UInt8 {
    didSet { if memoryIdentifier != oldValue { router.identifierChanged() } }
  }
  /// Whether the processor is the one that starts at reset.
  public let isBootstrapProcessor: Bool
  /// What CPUID offers of it.
  public let features: LocalAPICFeatures
  /// The processor.
  public weak var client: (any LocalAPICClient)?
  /// Fetches the vector of an interrupt that came through the 8259.
  public var acknowledgeExternalInterrupt: (() -> UInt8)?
  /// Whether the processor would take an interrupt now if its interrupt flag allowed.
  @exclusivity(unchecked) public private(set) var hasDeliverableInterrupt = false
  /// How software reaches the registers.
  @exclusivity(unchecked) public internal(set) var mode = Mode.xAPIC

  // What changes with every interrupt is not checked for overlapping accesses: each one is a single expression
  // that calls nothing outside of the value, and the checks would cost more than the work.

  let clock: EventQueue
  unowned let router: InterruptRouter
  let addressMask: UInt64

  var baseAddress = APICBase.defaultAddress
  @exclusivity(unchecked) var requests = InterruptVectorSet()
  @exclusivity(unchecked) var inService = InterruptVectorSet()
  /// The requested vectors that are level-triggered.
  @exclusivity(unchecked) var levelTriggered = InterruptVectorSet()
  /// The vectors whose interrupts end when the processor takes them, by the will of a hypervisor.
  @exclusivity(unchecked) var automaticVectors = InterruptVectorSet()
  @exclusivity(unchecked) private(set) var taskPriorityRegister: UInt8 = 0
  @exclusivity(unchecked) private(set) var processorPriority: UInt8 = 0
  /// In xAPIC mode.
  var logicalID: UInt8 = 0
  var destinationFormat = DestinationFormat.resetValue
  @exclusivity(unchecked) var spuriousInterrupt = SpuriousInterrupt.resetValue
  var errorStatus: LocalAPICErrors = []
  var pendingErrors: LocalAPICErrors = []
  @exclusivity(unchecked) var interruptCommand = InterruptCommand()
  @exclusivity(unchecked) var localVectors = LocalVectorTable()
  /// The levels of the pins; bit 0 is LINT0.
  @exclusivity(unchecked) var pins: UInt8 = 0
  /// An external interrupt arrived as a message.
  @exclusivity(unchecked) var hasExternalMessage = false
  @exclusivity(unchecked) var timer = LocalAPICTimer()
  @exclusivity(unchecked) var rawDeadline: UInt64 = 0
  private(set) lazy var timerAlarm = clock.makeAlarm { [unowned self] in timerExpired() }

  /// The processor's time-stamp counter less the machine's time in nanoseconds.
  public var timeStampCounterOffset: UInt64 = 0 {
    didSet { if timeStampCounterOffset != oldValue { setTimerAlarm() } }
  }

  /// A local APIC in its state after power-on, attached to `router`, which must outlive it.
  ///
  /// `physicalAddressBits`, 36 to 52, bounds the APIC base address.
  public init(
    identifier: UInt32, isBootstrapProcessor: Bool, router: InterruptRouter, clock: EventQueue,
    features: LocalAPICFeatures = .all, physicalAddressBits: Int = 48
  ) {
    self.name = "lapic\(identifier)"
    self.identifier = identifier
    memoryIdentifier = Self.initialMemoryIdentifier(identifier)
    self.isBootstrapProcessor = isBootstrapProcessor
    self.features = features
    self.router = router
    self.clock = clock
    self.addressMask = (1 << UInt64(min(max(physicalAddressBits, 36), 52)) - 1) & ~0xFFF
    router.attach(self)
    _ = timerAlarm
  }

  /// Where the registers are in the physical address space; `nil` if they are not.
  public var registerPage: UInt64? { mode == .xAPIC ? baseAddress : nil }

  /// Puts every register, the mode and the address to their power-on values.
  public func reset() {
    mode = .xAPIC
    restoreMemoryIdentifier()
    baseAddress = APICBase.defaultAddress
    timeStampCounterOffset = 0
    resetRegisters()
  }

  /// What INIT does: every register but the APIC ID and the APIC base returns to its reset value.
  public func initialise() { resetRegisters() }

  /// Leaves the registers as the firmware of a PC does: the 8259 reaches the processor through LINT0 and
  /// non-maskable interrupts through LINT1 (MultiProcessor Specification 3.6.2.2, "Virtual Wire Mode").
  public func enterVirtualWireMode() {
    spuriousInterrupt |= SpuriousInterrupt.softwareEnable
    writeLocalVector(.pin0, UInt32(DeliveryMode.external.rawValue) << 8)
    writeLocalVector(.pin1, UInt32(DeliveryMode.nonMaskable.rawValue) << 8)
  }

  private static func initialMemoryIdentifier(_ identifier: UInt32) -> UInt8 {
    UInt8(truncatingIfNeeded: identifier)
  }

  /// Whether messages find the local APIC by the APIC ID that it was made with.
  var hasInitialIdentifier: Bool { memoryIdentifier == Self.initialMemoryIdentifier(identifier) }

  /// Takes back what software has written to the APIC ID.
  func restoreMemoryIdentifier() { memoryIdentifier = Self.initialMemoryIdentifier(identifier) }

  func resetRegisters() {
    requests = InterruptVectorSet()
    inService = InterruptVectorSet()
    automaticVectors = InterruptVectorSet()
    levelTriggered = InterruptVectorSet()
    taskPriorityRegister = 0
    logicalID = 0
    destinationFormat = DestinationFormat.resetValue
    spuriousInterrupt = SpuriousInterrupt.resetValue
    errorStatus = []
    pendingErrors = []
    interruptCommand = InterruptCommand()
    localVectors = LocalVectorTable()
    hasExternalMessage = false
    timer = LocalAPICTimer()
    rawDeadline = 0
    timerAlarm.cancel()
    updatePriority()
  }

  // MARK: - Priority

  /// Whether fixed interrupts are accepted.
  public var isSoftwareEnabled: Bool {
    mode != .disabled && spuriousInterrupt & SpuriousInterrupt.softwareEnable != 0
  }

  /// The task priority class, 0 to 15, as CR8 shows it.
  public var taskPriority: UInt8 {
    get { taskPriorityRegister >> 4 }
    set { writeTaskPriority(newValue << 4) }
  }

  func writeTaskPriority(_ value: UInt8) {
    guard value != taskPriorityRegister else { return }
    taskPriorityRegister = value
    updatePriority()
  }

  /// What the lowest-priority arbitration compares (APM volume 2, 16.6.4).
  var arbitrationPriority: UInt8 {
    let pending = max(inService.highest, requests.highest)
    return taskPriorityRegister >> 4 >= pending >> 4 ? taskPriorityRegister : pending & 0xF0
  }

  func restoreTaskPriority(_ value: UInt8) {
    taskPriorityRegister = value
    updatePriority()
  }

  func updatePriority() {
    let serviced = inService.highest
    processorPriority =
      taskPriorityRegister >> 4 >= serviced >> 4 ? taskPriorityRegister : serviced & 0xF0
    updateRequest()
  }

  func updateRequest() {
    let isDeliverable = isExternalInterruptRequested || requests.highest >> 4 > processorPriority >> 4
    guard isDeliverable != hasDeliverableInterrupt else { return }
    hasDeliverableInterrupt = isDeliverable
    client?.interruptRequestChanged()
  }

  // MARK: - Interrupts in and out

  /// Hands the most urgent interrupt to the processor; `nil` if none is deliverable.
  ///
  /// External interrupts do not take part in the priorities: they come first.
  public func acknowledge() -> UInt8? {
    if isExternalInterruptRequested {
      hasExternalMessage = false
      let vector = acknowledgeExternalInterrupt?() ?? UInt8(spuriousInterrupt & SpuriousInterrupt.vector)
      updateRequest()
      return vector
    }
    guard hasDeliverableInterrupt else { return nil }
    let vector = requests.highest
    requests.remove(vector)
    if !automaticVectors.contains(vector) { inService.insert(vector) }
    updatePriority()
    return vector
  }

  func endOfInterrupt() {
    let vector = inService.highest
    guard vector != 0 else { return }
    router.tracePoints.interruptEnded(vector, apic: identifier)
    inService.remove(vector)
    updatePriority()
    guard levelTriggered.contains(vector) else { return }
    router.broadcastEndOfInterrupt(vector: vector)
    endPinInterrupts(vector: vector)
  }

  /// The APIC ID that messages name now.
  var physicalIdentifier: UInt32 { mode == .x2APIC ? identifier : UInt32(memoryIdentifier) }

  /// Whether a message with this destination is for this processor.
  func answers(to destination: InterruptDestination) -> Bool {
    switch destination {
    case .broadcast: true
    case .physical(let field): field == physicalIdentifier
    case .logical(let field): answers(toLogical: field)
    }
  }

  private func answers(toLogical field: UInt32) -> Bool {
    if mode == .x2APIC {
      return field >> 16 == x2APICLogicalID >> 16 && field & x2APICLogicalID & 0xFFFF != 0
    }
    guard let field = UInt8(exactly: field) else { return false }
    switch destinationFormat >> 28 {
    case DestinationFormat.flatModel: return field & logicalID != 0
    case DestinationFormat.clusterModel:
      return field == 0xFF || (field >> 4 == logicalID >> 4 && field & logicalID & 0xF != 0)
    default: return false
    }
  }

  /// The logical destination that x2APIC mode derives from the APIC ID (APM volume 2, 16.14).
  var x2APICLogicalID: UInt32 { (identifier >> 4) << 16 | 1 << (identifier & 0xF) }

  /// Takes a message whose destination this is.
  func accept(_ message: InterruptMessage) {
    accept(message.deliveryMode, vector: message.vector, triggerMode: message.triggerMode)
  }

  func accept(_ deliveryMode: DeliveryMode, vector: UInt8, triggerMode: TriggerMode) {
    guard mode != .disabled else { return }
    switch deliveryMode {
    case .fixed, .lowestPriority: request(vector, triggerMode: triggerMode)
    case .systemManagement: client?.raiseSystemManagementInterrupt()
    case .nonMaskable: client?.raiseNonMaskableInterrupt()
    case .initialisation: client?.raiseInit()
    case .startup: client?.raiseStartup(vector: vector)
    case .external:
      hasExternalMessage = true
      updateRequest()
    }
  }

  private func request(_ vector: UInt8, triggerMode: TriggerMode) {
    guard isSoftwareEnabled else { return }
    guard vector >= 16 else { return report(.receivedIllegalVector) }
    requests.insert(vector)
    if triggerMode == .level { levelTriggered.insert(vector) } else { levelTriggered.remove(vector) }
    updateRequest()
  }

  /// Records an error; a new one raises the interrupt for errors.
  func report(_ error: LocalAPICErrors) {
    guard !pendingErrors.contains(error) else { return }
    pendingErrors.insert(error)
    let entry = localVectors[.error]
    if !entry.isMasked { accept(.fixed, vector: entry.vector, triggerMode: .edge) }
  }
}
