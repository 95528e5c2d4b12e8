import X86

/// The state after RESET and INIT (APM volume 2, table 14-1), and the start of an application processor.
extension VirtualProcessor {
  /// RESET: everything is as at power-on. Processor 0 begins at the reset vector, the others wait for a startup
  /// IPI.
  public func reset() {
    var state = CoreState(owner: self, translations: translations)
    // What the current turn has counted goes on.
    state.budget = core.state.budget
    state.uncounted = core.state.uncounted
    core.state = state
    virtualMachine?.pointee = VirtualMachine()
    core.state.xcr0 = .x87
    core.state.x87.controlWord = 0x40
    // All registers hold zero, which is not the same as being empty.
    core.state.x87.occupied = 0xFF
    core.state.cr0 = [.cacheDisable, .notWriteThrough, .extensionType]
    core.setUsualMemoryTypes()
    setInitialState()
  }

  /// INIT: like RESET, but caches, the x87 and vector registers and most model-specific registers stay.
  public func initialise() {
    if core.state.activity == .halted || core.state.activity == .idle { wake() }
    record(tracePoints.initialisation) { $0.put(core.state.rip) }
    core.state.pendingEvents.subtract([.initialise, .startup, .debugTrap, .nonMaskableInterrupt])
    core.state.cr0 = core.state.cr0.intersection([.cacheDisable, .notWriteThrough]).union(.extensionType)
    core.state.modelSpecific.debugControl = 0
    setInitialState()
  }

  /// A startup IPI: an application processor that waits for one begins in real mode at the start of a page.
  public func startup(vector: UInt8) {
    guard core.state.activity == .waitingForStartup else { return }
    record(tracePoints.startup) { $0.put(UInt64(vector) << 12) }
    core.state.pendingEvents.remove(.startup)
    var segment = core.segment(.cs)
    segment.selector = UInt16(vector) << 8
    segment.base = UInt64(vector) << 12
    core.setCodeSegment(segment, privilegeLevel: 0)
    core.state.rip = 0
    core.state.activity = .running
  }

  /// What RESET and INIT have in common.
  private func setInitialState() {
    core.abandonGuest()
    for number in 0..<16 { core.setGeneral(number, 0) }
    core.setGeneral(GeneralRegister.rdx, UInt64(ProcessorIdentity.signature))
    core.rflags = .alwaysOne
    core.state.cr2 = 0
    core.state.cr3 = 0
    core.state.cr4 = []
    core.state.efer = []
    for index in 0..<4 { core.state.debugAddresses[index] = 0 }
    core.state.dr6 = .alwaysOne
    core.state.dr7 = DebugControl.alwaysOne
    core.state.interruptShadow = .none
    core.state.pendingFault = nil
    core.state.codeChanged = true
    isNMIBlocked = false
    setInitialSegments()
    core.state.rip = 0xFFF0
    core.state.activity = index == 0 ? .running : .waitingForStartup
    translations.clear()
    core.flushTranslations()
  }

  private func setInitialSegments() {
    let wholeTable = DescriptorTable(base: 0, limit: 0xFFFF)
    core.state.globalDescriptorTable = wholeTable
    core.state.interruptDescriptorTable = wholeTable
    core.state.localDescriptorTable = Segment(attributes: .localDescriptorTable, limit: 0xFFFF)
    core.state.taskRegister = Segment(attributes: .busyTSS32, limit: 0xFFFF)
    for register in [SegmentRegister.es, .ss, .ds, .fs, .gs] {
      core.setSegment(register, Segment(attributes: .writableData, limit: 0xFFFF))
    }
    let resetVector = Segment(
      selector: 0xF000, attributes: .readableCode, limit: 0xFFFF, base: 0xFFFF_0000)
    core.setCodeSegment(resetVector, privilegeLevel: 0)
  }
}

extension SegmentAttributes {
  /// Present, an LDT.
  static let localDescriptorTable = SegmentAttributes(rawValue: 0x82)
  /// Present, a busy TSS of 32 or 64 bits.
  static let busyTSS32 = SegmentAttributes(rawValue: 0x8B)
}
