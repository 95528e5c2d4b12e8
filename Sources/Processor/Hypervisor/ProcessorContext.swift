import Bus
import Interfaces
import X86

/// The part of a processor's state that decides where it executes and in which mode: what a hypervisor exchanges
/// when it lets another program have the processor.
///
/// General registers other than RSP, CR2, the debug registers other than DR7, and the x87 and vector registers with
/// XCR0 are not in it: programs that take turns share them or save them themselves (TLFS, "VTL State").
public struct ProcessorContext: Equatable, Sendable {
  /// A segment register with its hidden part.
  public struct Segment: Equatable, Sendable {
    /// The linear address of offset zero.
    public var base: UInt64
    /// The last valid offset, in bytes.
    public var limit: UInt32
    /// What software loaded.
    public var selector: UInt16
    /// Type in bits 0 to 3, S 4, DPL 5 and 6, P 7, AVL 12, L 13, D/B 14, G 15.
    public var attributes: UInt16

    /// A register of these parts; without any, one that cannot be used.
    public init(base: UInt64 = 0, limit: UInt32 = 0, selector: UInt16 = 0, attributes: UInt16 = 0) {
      self.base = base
      self.limit = limit
      self.selector = selector
      self.attributes = attributes
    }
  }

  /// GDTR or IDTR.
  public struct Table: Equatable, Sendable {
    /// The linear address of the table.
    public var base: UInt64
    /// The offset of its last byte.
    public var limit: UInt16

    /// A register of these parts.
    public init(base: UInt64 = 0, limit: UInt16 = 0) {
      self.base = base
      self.limit = limit
    }
  }

  /// Registers of SYSCALL, SYSENTER and the like.
  public struct SystemCallRegisters: Equatable, Sendable {
    /// STAR.
    public var star: UInt64 = 0
    /// LSTAR.
    public var lstar: UInt64 = 0
    /// CSTAR.
    public var cstar: UInt64 = 0
    /// SFMASK.
    public var flagMask: UInt64 = 0
    /// KERNEL_GS_BASE.
    public var kernelGSBase: UInt64 = 0
    /// SYSENTER_CS.
    public var sysenterSelector: UInt64 = 0
    /// SYSENTER_ESP.
    public var sysenterStackPointer: UInt64 = 0
    /// SYSENTER_EIP.
    public var sysenterInstructionPointer: UInt64 = 0

    /// All zero.
    public init() {}
  }

  /// RIP, an offset in the code segment.
  public var instructionPointer: UInt64 = 0
  /// RSP.
  public var stackPointer: UInt64 = 0
  /// RFLAGS.
  public var flags: RFLAGS = .alwaysOne
  /// ES.
  public var es = Segment()
  /// CS.
  public var cs = Segment()
  /// SS.
  public var ss = Segment()
  /// DS.
  public var ds = Segment()
  /// FS.
  public var fs = Segment()
  /// GS.
  public var gs = Segment()
  /// LDTR.
  public var ldtr = Segment()
  /// TR.
  public var tr = Segment()
  /// GDTR.
  public var gdtr = Table()
  /// IDTR.
  public var idtr = Table()
  /// CR0.
  public var cr0: CR0 = []
  /// CR3.
  public var cr3: UInt64 = 0
  /// CR4.
  public var cr4: CR4 = []
  /// EFER.
  public var efer: EFER = []
  /// DR7.
  public var dr7: UInt64 = DebugControl.alwaysOne
  /// What system calls lead to.
  public var systemCalls = SystemCallRegisters()
  /// PAT.
  public var pageAttributeTable: UInt64 = PageAttributeTable.resetValue
  /// TSC_AUX.
  public var timeStampCounterAuxiliary: UInt64 = 0
  /// The TSC less the machine's time in nanoseconds.
  public var timeStampCounterOffset: UInt64 = 0
  /// TSC_ADJUST.
  public var timeStampCounterAdjustment: UInt64 = 0
  /// What the processor is doing.
  public var activity: Activity = .running

  var privilegeLevel: UInt8 = 0
  var interruptShadow: InterruptShadow = .none
  var isNMIBlocked = false
  var hasPendingNMI = false
  var hasPendingDebugTrap = false
  var undeliveredEvent: Event?

  /// Zero everywhere, interrupts disabled: a start for whoever fills in the rest.
  public init() {}

  /// Maskable interrupts wait for one more instruction, as after STI.
  public var holdsOffInterrupts: Bool {
    get { interruptShadow != .none }
    set { interruptShadow = newValue ? .sti : .none }
  }

  /// NMIs wait for IRET.
  public var holdsOffNonMaskableInterrupts: Bool {
    get { isNMIBlocked }
    set { isNMIBlocked = newValue }
  }

  /// An NMI has arrived and was not delivered yet.
  public var hasPendingNonMaskableInterrupt: Bool {
    get { hasPendingNMI }
    set { hasPendingNMI = newValue }
  }

  /// Derives the privilege level from the code segment, as at the start of a program.
  public mutating func derivePrivilegeLevel() {
    privilegeLevel = cr0.contains(.protectionEnable) ? UInt8(cs.selector & 3) : 0
  }
}

extension ProcessorContext {
  /// Writes the whole state, in a fixed order.
  public func save(to writer: inout StateWriter) {
    for value in [
      instructionPointer, stackPointer, flags.rawValue, cr0.rawValue, cr3, cr4.rawValue, efer.rawValue, dr7,
      systemCalls.star, systemCalls.lstar, systemCalls.cstar, systemCalls.flagMask, systemCalls.kernelGSBase,
      systemCalls.sysenterSelector, systemCalls.sysenterStackPointer, systemCalls.sysenterInstructionPointer,
      pageAttributeTable, timeStampCounterAuxiliary, timeStampCounterOffset, timeStampCounterAdjustment,
    ] {
      writer.write(value)
    }
    for segment in [es, cs, ss, ds, fs, gs, ldtr, tr] {
      writer.write(segment.base)
      writer.write(segment.limit)
      writer.write(segment.selector)
      writer.write(segment.attributes)
    }
    for table in [gdtr, idtr] {
      writer.write(table.base)
      writer.write(table.limit)
    }
    writer.write(activity.rawValue)
    writer.write(privilegeLevel)
    writer.write(interruptShadow.rawValue)
    for flag in [isNMIBlocked, hasPendingNMI, hasPendingDebugTrap] { writer.write(flag) }
    writer.write(undeliveredEvent)
  }
}

extension StateWriter {
  mutating func write(_ event: Event?) {
    write(event != nil)
    guard let event else { return }
    write(event.vector)
    write(event.errorCode ?? 0)
    write(event.errorCode != nil)
  }
}

extension ProcessorContext.Segment {
  init(_ segment: Segment) {
    self.init(
      base: segment.base, limit: segment.limit, selector: segment.selector,
      attributes: segment.attributes.rawValue)
  }

  var register: Segment {
    Segment(
      selector: selector, attributes: SegmentAttributes(rawValue: attributes), limit: limit, base: base)
  }
}

extension ProcessorContext.Table {
  init(_ table: DescriptorTable) { self.init(base: table.base, limit: table.limit) }

  var register: DescriptorTable { DescriptorTable(base: base, limit: limit) }
}

extension VirtualProcessor {
  /// The state that a hypervisor exchanges. Setting it forgets every translation.
  public var context: ProcessorContext {
    get {
      let state = core.state
      let special = state.modelSpecific
      var context = ProcessorContext()
      context.instructionPointer = state.rip
      context.stackPointer = core.general(GeneralRegister.rsp)
      context.flags = core.rflags
      context.es = .init(core.segment(.es))
      context.cs = .init(core.segment(.cs))
      context.ss = .init(core.segment(.ss))
      context.ds = .init(core.segment(.ds))
      context.fs = .init(core.segment(.fs))
      context.gs = .init(core.segment(.gs))
      context.ldtr = .init(state.localDescriptorTable)
      context.tr = .init(state.taskRegister)
      context.gdtr = .init(state.globalDescriptorTable)
      context.idtr = .init(state.interruptDescriptorTable)
      context.cr0 = state.cr0
      context.cr3 = state.cr3
      context.cr4 = state.cr4
      context.efer = state.efer
      context.dr7 = state.dr7
      context.systemCalls = special.systemCalls
      context.pageAttributeTable = special.pageAttributeTable
      context.timeStampCounterAuxiliary = special.tscAux
      context.timeStampCounterOffset = state.tscOffset
      context.timeStampCounterAdjustment = special.tscAdjust
      context.activity = state.activity
      context.privilegeLevel = state.privilegeLevel
      context.interruptShadow = state.interruptShadow
      context.isNMIBlocked = isNMIBlocked
      context.hasPendingNMI = state.pendingEvents.contains(.nonMaskableInterrupt)
      context.hasPendingDebugTrap = state.pendingEvents.contains(.debugTrap)
      context.undeliveredEvent = undeliveredEvent
      return context
    }
    set { load(newValue) }
  }

  private func load(_ context: ProcessorContext) {
    core.state.rip = context.instructionPointer
    core.setGeneral(GeneralRegister.rsp, context.stackPointer)
    core.rflags = context.flags
    core.state.cr0 = context.cr0
    core.state.cr3 = context.cr3
    core.state.cr4 = context.cr4
    core.state.efer = context.efer
    core.state.dr7 = context.dr7
    core.setSegment(.es, context.es.register)
    core.setSegment(.ss, context.ss.register)
    core.setSegment(.ds, context.ds.register)
    core.setSegment(.fs, context.fs.register)
    core.setSegment(.gs, context.gs.register)
    core.setCodeSegment(context.cs.register, privilegeLevel: context.privilegeLevel)
    core.state.localDescriptorTable = context.ldtr.register
    core.state.taskRegister = context.tr.register
    core.state.globalDescriptorTable = context.gdtr.register
    core.state.interruptDescriptorTable = context.idtr.register
    core.state.modelSpecific.systemCalls = context.systemCalls
    core.state.modelSpecific.pageAttributeTable = context.pageAttributeTable
    core.state.modelSpecific.tscAux = context.timeStampCounterAuxiliary
    core.state.modelSpecific.tscAdjust = context.timeStampCounterAdjustment
    core.state.tscOffset = context.timeStampCounterOffset
    core.state.activity = context.activity
    core.state.interruptShadow = context.interruptShadow
    isNMIBlocked = context.isNMIBlocked
    setPending(.nonMaskableInterrupt, context.hasPendingNMI)
    setPending(.debugTrap, context.hasPendingDebugTrap)
    undeliveredEvent = context.undeliveredEvent
    setPending(.redelivery, context.undeliveredEvent != nil)
    core.state.codeChanged = true
    core.flushTranslations()
  }

  private func setPending(_ event: PendingEvents, _ isPending: Bool) {
    if isPending { core.state.pendingEvents.insert(event) } else { core.state.pendingEvents.remove(event) }
  }
}

extension ModelSpecificState {
  fileprivate var systemCalls: ProcessorContext.SystemCallRegisters {
    get {
      var registers = ProcessorContext.SystemCallRegisters()
      registers.star = star
      registers.lstar = lstar
      registers.cstar = cstar
      registers.flagMask = sfmask
      registers.kernelGSBase = kernelGSBase
      registers.sysenterSelector = sysenterCS
      registers.sysenterStackPointer = sysenterESP
      registers.sysenterInstructionPointer = sysenterEIP
      return registers
    }
    set {
      star = newValue.star
      lstar = newValue.lstar
      cstar = newValue.cstar
      sfmask = newValue.flagMask
      kernelGSBase = newValue.kernelGSBase
      sysenterCS = newValue.sysenterSelector
      sysenterESP = newValue.sysenterStackPointer
      sysenterEIP = newValue.sysenterInstructionPointer
    }
  }
}
