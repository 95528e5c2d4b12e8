import Bus
import Interfaces
import X86

/// The architectural state of one processor, and the little that the interpreter keeps beside it.
///
/// It is plain memory behind one pointer, so that every engine, a snapshot and a debugger see the same bytes.
/// ``registers`` comes first: a record names a register by its byte offset from the start.
struct CoreState {
  // MARK: Read and written by almost every instruction

  /// General registers 0 to 15, then those of ``RegisterOffset``.
  var registers = InlineArray<32, UInt64>(repeating: 0)
  /// The status flags: see ``LazyFlags``.
  var lazyFlags = LazyFlags()
  /// The instructions that may still retire before the run loop must look up. A block takes its count when
  /// it is entered and returns what it did not execute.
  var budget: Int64 = 0
  /// Ored into the page number of a data access to form a TLB tag.
  var dataContext: UInt64 = 0
  /// The table of the data TLB for the rights that are in force.
  var dataTLB: UnsafeMutablePointer<DataTLBEntry>
  /// Leads from linear addresses to blocks.
  var jumpCache: UnsafeMutablePointer<JumpCacheEntry>
  /// What an entry of the jump cache must have been filled under.
  var codeContext: UInt64 = 0
  /// Events that wait for the next instruction boundary.
  var pendingEvents: PendingEvents = []
  /// RFLAGS without the six status flags.
  var systemFlags: RFLAGS = .alwaysOne
  /// The current privilege level, 0 to 3.
  var privilegeLevel: UInt8 = 0
  /// The mode in which instructions are decoded.
  var codeMode: CodeMode = .bits16
  /// Interrupts are held off until one more instruction has retired (after STI, MOV SS and POP SS).
  var interruptShadow: InterruptShadow = .none
  /// Why the processor does not execute instructions.
  var activity: Activity = .running
  /// The instruction pointer; in the midst of a block it is behind, and a record says where it should be.
  var rip: UInt64 = 0
  /// Instructions of the current block that were counted on entry and are not executed yet.
  var uncounted: Int64 = 0
  /// The fault that made a handler return `nil`.
  var pendingFault: Fault?
  /// Decoded code was dropped: the block that is being executed must be left.
  var codeChanged = false
  /// The processor runs the guest of a hypervisor: see ``VirtualMachine``.
  var isGuest = false
  /// That guest's physical addresses are translated by nested page tables.
  var isNested = false
  /// GIF: without it interrupts, NMI and INIT wait (APM volume 2, 15.17).
  var globalInterruptFlag = true
  /// In a handler that interprets, and on the slow path of a memory access: the instruction pointer after the
  /// instruction.
  var nextInstruction: UInt64 = 0

  /// Whether a block must be left after the current instruction.
  @inline(__always)
  var mustLeaveBlock: Bool { codeChanged || !pendingEvents.isEmpty }

  // MARK: System registers

  var segments = InlineArray<6, Segment>(repeating: Segment())
  var localDescriptorTable = Segment()
  var taskRegister = Segment()
  var globalDescriptorTable = DescriptorTable()
  var interruptDescriptorTable = DescriptorTable()
  var cr0: CR0 = []
  var cr2: UInt64 = 0
  var cr3: UInt64 = 0
  var cr4: CR4 = []
  var efer: EFER = []
  var xcr0: XCR0 = .x87
  var debugAddresses = InlineArray<4, UInt64>(repeating: 0)
  var dr6: DR6 = .alwaysOne
  var dr7: UInt64 = 1 << 10
  var modelSpecific = ModelSpecificState()

  // MARK: Vector and floating-point registers

  /// YMM0 to YMM15, 32 bytes each; XMM is the lower half.
  var vectors = InlineArray<64, UInt64>(repeating: 0)
  var mxcsr: UInt32 = 0x1F80
  var x87 = X87State()

  /// Where an access lies while it is not in RAM: MMIO, or two pages at once.
  var scratch = InlineArray<8, UInt64>(repeating: 0)

  // MARK: What belongs to the machine around it

  /// The machine's RAM.
  let memory: GuestMemory.View
  /// How physical addresses lead to RAM where a hypervisor has its hand in it.
  var physicalView: UnsafeMutablePointer<PhysicalView>?
  /// The translation look-aside buffers.
  let translations: TranslationBuffer
  /// The number of the address space that is in force: see ``AddressSpaces``.
  var addressSpace: UInt64 = 1
  /// ASID: that of the guest that runs, or 0.
  var addressSpaceIdentifier: UInt32 = 0
  /// What belongs to the guest that runs, and to hypervisors; processors without AMD-V have none.
  let virtualMachine: UnsafeMutablePointer<VirtualMachine>?
  /// Counts up when entries of the jump cache may lead to blocks that are gone.
  var codeGeneration: UInt64 = 1
  /// Where large pages lie that were entered into the buffers.
  var largePages = LargePageRange()
  /// The object that owns this memory. It outlives every use of the state.
  unowned(unsafe) var owner: VirtualProcessor
  /// The offset of TSC from the machine's clock, in ticks.
  var tscOffset: UInt64 = 0

  init(owner: VirtualProcessor, translations: TranslationBuffer) {
    self.owner = owner
    memory = owner.memory.view
    virtualMachine = owner.virtualMachine
    self.translations = translations
    dataTLB = translations.data
    jumpCache = translations.jumps
  }
}

/// Byte offsets of the registers that are not architectural but are addressed like general ones.
enum RegisterOffset {
  /// Always zero: stands for a base or an index that is absent.
  static let zero: UInt8 = 16 * 8
  /// The linear address of the page that the current block lies in.
  static let codePage: UInt8 = 17 * 8
  /// The linear address that an address record computed for the record after it.
  static let address: UInt8 = 18 * 8
  static let fsBase: UInt8 = 19 * 8
  static let gsBase: UInt8 = 20 * 8
  /// The base of CS, which is the difference between a linear address and the instruction pointer.
  static let codeBase: UInt8 = 21 * 8

  /// The bits of the instruction pointer that exist in the current mode.
  static let pointerMask: UInt8 = 23 * 8
  /// Where an indirect branch through memory puts its target.
  static let branchTarget: UInt8 = 22 * 8

  /// General register `number`, 0 to 15.
  static func general(_ number: UInt8) -> UInt8 { number &* 8 }
  /// AH, CH, DH, BH for `number` 0 to 3.
  static func highByte(_ number: UInt8) -> UInt8 { number &* 8 &+ 1 }
}

/// Events that the run loop looks at between instructions.
struct PendingEvents: OptionSet {
  let rawValue: UInt32
  /// The local APIC has an interrupt that its priorities let through.
  static let interrupt = PendingEvents(rawValue: 1 << 0)
  static let nonMaskableInterrupt = PendingEvents(rawValue: 1 << 1)
  static let initialise = PendingEvents(rawValue: 1 << 2)
  static let startup = PendingEvents(rawValue: 1 << 3)
  /// A single step or a breakpoint has to be reported after the instruction that caused it.
  static let debugTrap = PendingEvents(rawValue: 1 << 4)
  /// The machine wants the turn to end.
  static let stop = PendingEvents(rawValue: 1 << 5)
  /// PAUSE was executed.
  static let yield = PendingEvents(rawValue: 1 << 6)
  /// The hypervisor wants to act: see ``ProcessorHypervisor/serve(_:)``.
  static let hypervisor = PendingEvents(rawValue: 1 << 7)
  /// An event has to be delivered that was intercepted the first time.
  static let redelivery = PendingEvents(rawValue: 1 << 8)
  /// The guest has to be left after the instruction that brought that about.
  static let guestExit = PendingEvents(rawValue: 1 << 9)
  /// A virtual interrupt waits that the guest's task priority lets through.
  static let virtualInterrupt = PendingEvents(rawValue: 1 << 10)
}

/// How long interrupts are held off after an instruction that says so (APM volume 2, 8.5).
enum InterruptShadow: UInt8 {
  case none
  /// After STI: maskable interrupts.
  case sti
  /// After a load of SS: interrupts, NMI and debug traps.
  case stackSegment
}

/// What the processor is doing.
public enum Activity: UInt8, Sendable {
  /// It executes instructions.
  case running
  /// HLT or MWAIT: it waits for an interrupt.
  case halted
  /// A hypervisor lets it wait for an interrupt, also for one that its interrupt flag holds off.
  case idle
  /// An application processor waits for a startup IPI.
  case waitingForStartup
  /// A triple fault happened.
  case shutdown
}

/// A segment register with its hidden part (APM volume 2, 4.5).
struct Segment {
  var selector: UInt16 = 0
  var attributes = SegmentAttributes()
  /// The last valid offset, in bytes; scaled already.
  var limit: UInt32 = 0
  var base: UInt64 = 0
}

/// Base and limit of the GDT or the IDT.
struct DescriptorTable {
  var base: UInt64 = 0
  var limit: UInt16 = 0
}

/// Bits 8 to 23 of a descriptor's upper half, moved down by 8: type in the low four, then S, DPL, P, and
/// AVL, L, D/B, G at 12 to 15.
struct SegmentAttributes: Equatable {
  var rawValue: UInt16 = 0

  var type: UInt8 { UInt8(rawValue & 0xF) }
  var isCodeOrData: Bool { rawValue & 1 << 4 != 0 }
  var privilegeLevel: UInt8 {
    get { UInt8(rawValue >> 5 & 3) }
    set { rawValue = rawValue & ~(3 << 5) | UInt16(newValue & 3) << 5 }
  }
  var isPresent: Bool { rawValue & 1 << 7 != 0 }
  var isLong: Bool { rawValue & 1 << 13 != 0 }
  /// D for code, B for a stack.
  var isDefaultBig: Bool { rawValue & 1 << 14 != 0 }
  var hasPageGranularity: Bool { rawValue & 1 << 15 != 0 }

  var isCode: Bool { isCodeOrData && rawValue & 1 << 3 != 0 }
  var isData: Bool { isCodeOrData && rawValue & 1 << 3 == 0 }
  var isConforming: Bool { isCode && rawValue & 1 << 2 != 0 }
  var isExpandDown: Bool { isData && rawValue & 1 << 2 != 0 }
  var isReadable: Bool { isData || isCode && rawValue & 1 << 1 != 0 }
  var isWritable: Bool { isData && rawValue & 1 << 1 != 0 }
}

/// Model-specific registers that only hold a value, or whose effect is elsewhere in the state.
struct ModelSpecificState {
  var star: UInt64 = 0
  var lstar: UInt64 = 0
  var cstar: UInt64 = 0
  var sfmask: UInt64 = 0
  var kernelGSBase: UInt64 = 0
  var sysenterCS: UInt64 = 0
  var sysenterESP: UInt64 = 0
  var sysenterEIP: UInt64 = 0
  var tscAux: UInt64 = 0
  var tscAdjust: UInt64 = 0
  var pageAttributeTable: UInt64 = PageAttributeTable.resetValue
  var miscEnable: UInt64 = 1
  var debugControl: UInt64 = 0
  var branches = BranchRecords()
  var mtrrDefaultType: UInt64 = 0
  var mtrrFixed = InlineArray<11, UInt64>(repeating: 0)
  var mtrrVariable = InlineArray<16, UInt64>(repeating: 0)
  var syscfg: UInt64 = 0
  var hwcr: UInt64 = 1 << 24
  var deCfg: UInt64 = 1 << 1
  var speculationControl: UInt64 = 0
  var machineCheckStatus: UInt64 = 0
  var machineCheckControl: UInt64 = 0
  var machineCheckBanks = InlineArray<32, UInt64>(repeating: 0)
  var patchLevel: UInt64 = 0x0A60_1203
}

/// The x87 unit's registers, by physical number, as 80-bit values in 16 bytes.
struct X87State {
  /// R0 to R7: mantissa in the even words, sign and exponent in the odd ones.
  var registers = InlineArray<16, UInt64>(repeating: 0)
  var controlWord: UInt16 = 0x37F
  /// The status word without TOP, which is in ``top``.
  var statusWord: UInt16 = 0
  var top: UInt8 = 0
  /// One bit for each physical register that is not empty.
  var occupied: UInt8 = 0
  var lastOpcode: UInt16 = 0
  var lastInstructionPointer: UInt64 = 0
  var lastDataPointer: UInt64 = 0
  var lastInstructionSelector: UInt16 = 0
  var lastDataSelector: UInt16 = 0
}
