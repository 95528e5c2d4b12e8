import Interfaces
import X86

/// What a processor keeps for AMD-V (APM volume 2, chapter 15): the registers of the extension, the guest that runs
/// and the host that it will go back to.
///
/// While no guest runs, only the registers and the counters mean anything.
struct VirtualMachine {
  // MARK: Registers

  /// VM_CR.
  var control = SVM.Control()
  /// VM_HSAVE_PA. The host's state is kept in ``host``: hypervisors put things of their own into that page.
  var hostSaveArea: UInt64 = 0
  /// TSC_RATIO.
  var timeStampCounterRatio = SVM.unityRatio
  /// IGNNE.
  var ignoresNumericErrors = false

  // MARK: The guest

  /// The place in the machine's RAM of the control block.
  var controlBlock: UInt64 = 0
  /// One bit for each exit code below `SVM.ExitCode.interceptCount`.
  var intercepts = InlineArray<3, UInt64>(repeating: 0)
  /// The physical address of the port permission map.
  var portMap: UInt64 = 0
  /// The physical address of the register permission map.
  var registerMap: UInt64 = 0
  /// Added to the scaled TSC.
  var timeStampCounterOffset: UInt64 = 0
  /// N_CR3.
  var nestedRoot: UInt64 = 0
  /// V_TPR and what waits for the guest.
  var interrupts = SVM.InterruptControl()
  /// CR2 before the page fault that is being raised.
  var previousPageFaultAddress: UInt64 = 0
  /// INT n, INT3 or INTO that met a fault on the way to its handler.
  var undeliveredSoftwareEvent: Event?
  /// Why the guest is to be left.
  var pendingExit = GuestExit(.invalid)
  /// The virtual interrupt controller, if the guest has it.
  var interruptController = VirtualInterruptController()

  // MARK: The host

  var host = HostState()

  // MARK: Counters

  var statistics = GuestCounters()

  /// Whether the hypervisor wants to know.
  @inline(__always)
  func intercepts(_ code: SVM.ExitCode) -> Bool {
    let bit = Int(truncatingIfNeeded: code.rawValue)
    return intercepts[bit >> 6] >> UInt64(bit & 63) & 1 != 0
  }
}

/// What VMRUN keeps of the host (APM volume 2, 15.5.1).
struct HostState {
  var es = Segment()
  var cs = Segment()
  var ss = Segment()
  var ds = Segment()
  var gdtr = DescriptorTable()
  var idtr = DescriptorTable()
  var efer: EFER = []
  var cr0: CR0 = []
  var cr3: UInt64 = 0
  var cr4: CR4 = []
  var pageAttributeTable: UInt64 = 0
  var flags: RFLAGS = .alwaysOne
  /// The instruction after VMRUN.
  var rip: UInt64 = 0
  var rsp: UInt64 = 0
  var rax: UInt64 = 0
  /// VMRUN was executed with RFLAGS.TF: its trap comes when the host goes on.
  var isSteppedOver = false
  /// DEBUGCTL and what goes with it, if the guest has them for itself.
  var debugControl: UInt64 = 0
  var branches = BranchRecords()
}

/// Why a guest is left, and what its hypervisor is told.
struct GuestExit {
  var code: SVM.ExitCode
  /// EXITINFO1.
  var information1: UInt64 = 0
  /// EXITINFO2.
  var information2: UInt64 = 0
  /// nRIP; 0 where the instruction is not known.
  var nextInstruction: UInt64 = 0
  /// The bytes of the instruction are told, too.
  var tellsInstruction = false
  /// An event that was on its way to its handler.
  var undelivered: Event?

  init(_ code: SVM.ExitCode) { self.code = code }

  init(_ code: SVM.ExitCode, _ information1: UInt64, _ information2: UInt64 = 0) {
    self.code = code
    self.information1 = information1
    self.information2 = information2
  }
}

extension Core {
  /// Whether the guest that runs, if one does, is to be left for something.
  func intercepts(_ code: SVM.ExitCode) -> Bool {
    guard state.isGuest, let machine = state.virtualMachine else { return false }
    return machine.pointee.intercepts(code)
  }

  /// Has the guest left as soon as the fault that the caller throws is dealt with.
  func willLeaveGuest(_ exit: GuestExit) -> Fault {
    state.virtualMachine?.pointee.pendingExit = exit
    return .guestExit
  }

  /// No guest runs any more: RESET and INIT.
  func abandonGuest() {
    state.isGuest = false
    state.isNested = false
    state.addressSpaceIdentifier = 0
    state.globalInterruptFlag = true
    state.pendingEvents.subtract([.guestExit, .virtualInterrupt])
  }
}
