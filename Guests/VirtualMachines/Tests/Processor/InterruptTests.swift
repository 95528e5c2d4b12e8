import Bedrock
import Interfaces

/// The global interrupt flag, interrupts of the host while a guest runs, and virtual ones (APM volume 2, 15.13, 15.17
/// and 15.21).
enum InterruptTests {
  private typealias Offset = SVM.ControlBlock
  private static let vector: UInt8 = 0x35
  private static let ignoreTaskPriority: UInt64 = 1 << 20

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    addGlobalFlag(to: &list, bench)
    addHost(to: &list, bench)
    addVirtual(to: &list, bench)
    addTaskPriority(to: &list, bench)
  }

  /// Makes an interrupt of the host wait, runs the guest, and takes the interrupt. Returns how many came.
  private static func withPendingInterrupt(_ bench: Bench, _ body: () -> Void) -> UInt64 {
    let processor = Processor.current
    let count = Counter()
    bench.computer.interrupts.setHandler(Vector.test) { _, processor in
      count.increment()
      processor.localAPIC.endOfInterrupt()
    }
    processor.localAPIC.send(Vector.test, to: processor.apicIdentifier)
    body()
    InterruptFlag.set()
    ProcessorControl.spinHint()
    InterruptFlag.clear()
    return count.value
  }

  private static func addGlobalFlag(to list: inout SelfTestList, _ bench: Bench) {
    list.test("CLGI holds interrupts back, and STGI takes them") { expectations in
      var during: UInt64 = 0
      let count = Counter()
      bench.computer.interrupts.setHandler(Vector.test) { _, processor in
        count.increment()
        processor.localAPIC.endOfInterrupt()
      }
      let processor = Processor.current
      _ = probeClearGlobalInterruptFlag(0, 0)
      InterruptFlag.set()
      processor.localAPIC.send(Vector.test, to: processor.apicIdentifier)
      bench.computer.delay.spin(microseconds: 100)
      during = count.value
      _ = probeSetGlobalInterruptFlag(0, 0)
      ProcessorControl.spinHint()
      let after = count.value
      InterruptFlag.clear()
      expectations.expect("with GIF clear", during, is: 0)
      expectations.expect("with GIF set", after, is: 1)
    }
    list.test("CLGI holds NMIs back, and STGI takes them") { expectations in
      let count = Counter()
      bench.computer.interrupts.setHandler(ExceptionVector.nonMaskableInterrupt.rawValue) { _, _ in
        count.increment()
      }
      let processor = Processor.current
      _ = probeClearGlobalInterruptFlag(0, 0)
      processor.localAPIC.send(.nonMaskable, to: .physical(processor.apicIdentifier))
      bench.computer.delay.spin(microseconds: 100)
      let during = count.value
      _ = probeSetGlobalInterruptFlag(0, 0)
      ProcessorControl.spinHint()
      expectations.expect("with GIF clear", during, is: 0)
      expectations.expect("with GIF set", count.value, is: 1)
    }
    list.test("an NMI that waits makes the guest exit, and is taken at STGI") { expectations in
      let count = Counter()
      bench.computer.interrupts.setHandler(ExceptionVector.nonMaskableInterrupt.rawValue) { _, _ in
        count.increment()
      }
      let processor = Processor.current
      bench.guest.reset()
      _ = probeClearGlobalInterruptFlag(0, 0)
      processor.localAPIC.send(.nonMaskable, to: .physical(processor.apicIdentifier))
      bench.computer.delay.spin(microseconds: 100)
      bench.enter()
      ProcessorControl.spinHint()
      expectations.expect("exit", bench.guest, exits: .nonMaskableInterrupt, at: 0)
      expectations.expect("taken", count.value, is: 1)
    }
  }

  private static func addHost(to list: inout SelfTestList, _ bench: Bench) {
    list.test("with V_INTR_MASKING the host's flag decides, not the guest's: set") { expectations in
      let taken = withPendingInterrupt(bench) {
        expectations.expect("exit", bench.run([0x90]), exits: .interrupt, at: 0)
      }
      expectations.expect("interrupts", taken, is: 1)
    }
    list.test("with V_INTR_MASKING the host's flag decides, not the guest's: clear") { expectations in
      let taken = withPendingInterrupt(bench) {
        bench.write([0x90])
        bench.guest.reset()
        bench.guest.block.flags |= VirtualProcessor.interruptFlag
        bench.guest.enter(hostAcceptsInterrupts: false)
        expectations.expect("exit", bench.guest, exits: .call, at: 1)
      }
      expectations.expect("interrupts", taken, is: 1)
    }
    list.strictTest(
      "with V_INTR_MASKING the guest's interrupt shadow does not hold the host's back",
      "APM volume 2, 15.21.5"
    ) { expectations in
      _ = withPendingInterrupt(bench) {
        let guest = bench.run([0x90]) { $0.block.isInInterruptShadow = true }
        expectations.expect("exit", guest, exits: .interrupt, at: 0)
        expectations.expect(guest.block.isInInterruptShadow, "the shadow is lost")
      }
    }
    list.test("without V_INTR_MASKING the guest's flag decides") { expectations in
      _ = withPendingInterrupt(bench) {
        let held = bench.run([0x90]) { $0.block.interruptControl = SVM.InterruptControl() }
        expectations.expect("clear", held, exits: .call, at: 1)
      }
      _ = withPendingInterrupt(bench) {
        let taken = bench.run([0x90]) {
          $0.block.interruptControl = SVM.InterruptControl()
          $0.block.flags |= VirtualProcessor.interruptFlag
        }
        expectations.expect("set", taken, exits: .interrupt, at: 0)
      }
    }
    list.test("without intercept and V_INTR_MASKING the guest takes the host's interrupt") { expectations in
      let taken = withPendingInterrupt(bench) {
        let guest = bench.run([0x90]) {
          $0.block.interruptControl = SVM.InterruptControl()
          $0.block.intercept(.interrupt, false)
          $0.block.flags |= VirtualProcessor.interruptFlag
        }
        expectations.expect("interrupt", guest, takes: Vector.test)
        Processor.current.localAPIC.endOfInterrupt()
      }
      expectations.expect("left for the host", taken, is: 0)
    }
    list.test("a running guest is stopped by an interrupt, and goes on") { expectations in
      let processor = Processor.current
      bench.guest.reset()
      bench.guest.block.instructionPointer = address(of: spinProgram)
      let count = bench.clocks.localAPICCount(microseconds: 5000)
      // Where time is the host computer's it may be over before the guest begins.
      var advances = 0
      for _ in 0..<100 where advances < 3 {
        let before = bench.guest.registers.rbx
        processor.localAPIC.startTimer(.oneShot, vector: Vector.watchdog, count: count)
        bench.guest.enter()
        expectations.expect("exit", bench.guest, exits: .interrupt)
        if bench.guest.registers.rbx > before { advances += 1 }
        bench.guest.block.setTranslationControl(.keep)
      }
      expectations.expect("advances", UInt64(advances), is: 3)
    }
  }

  private static func addVirtual(to list: inout SelfTestList, _ bench: Bench) {
    let pending = { (priority: UInt8, taskPriority: UInt8) in
      SVM.InterruptControl(
        taskPriority: taskPriority, pending: (vector, priority), isMaskingVirtual: true)
    }
    let run = { (control: SVM.InterruptControl, prepare: (VirtualProcessor) -> Void) in
      bench.run([0x90]) {
        $0.block.interruptControl = control
        $0.block.flags |= VirtualProcessor.interruptFlag
        prepare($0)
      }
    }
    list.test("a virtual interrupt is taken, and V_IRQ is clear then") { expectations in
      let guest = run(pending(3, 0)) { _ in }
      expectations.expect("V_IRQ", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue)
      expectations.expect(!guest.block.interruptControl.isInterruptPending, "V_IRQ is still set")
    }
    list.test("a virtual interrupt waits for the guest's interrupt flag") { expectations in
      let guest = run(pending(3, 0)) { $0.block.flags = VirtualProcessor.flagsAlwaysOne }
      expectations.expect("V_IRQ", guest, exits: .call, at: 1)
      expectations.expect(guest.block.interruptControl.isInterruptPending, "V_IRQ is lost")
    }
    list.test("a virtual interrupt waits for a priority above the task's") { expectations in
      for (priority, taskPriority, isTaken) in [(3, 4, false), (4, 3, true), (15, 14, true)]
        as [(UInt8, UInt8, Bool)]
      {
        let guest = run(pending(priority, taskPriority)) { _ in }
        if isTaken {
          expectations.expect("\(priority) above \(taskPriority)", guest, takes: vector)
        } else {
          expectations.expect("\(priority) below \(taskPriority)", guest, exits: .call, at: 1)
        }
      }
    }
    list.strictTest("a virtual interrupt of the task's own priority waits", "APM volume 2, 15.21.4") {
      $0.expect("V_IRQ", run(pending(3, 3)) { _ in }, exits: .call, at: 1)
    }
    list.test("V_IGN_TPR takes a virtual interrupt in spite of the priority") { expectations in
      var control = pending(1, 15)
      control.rawValue |= ignoreTaskPriority
      expectations.expect("V_IRQ", run(control) { _ in }, takes: vector)
    }
    list.strictTest("a virtual interrupt waits for the end of the interrupt shadow", "APM volume 2, 15.21.5")
    {
      expectations in
      let guest = run(pending(3, 0)) { $0.block.isInInterruptShadow = true }
      expectations.expect("V_IRQ", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue + 1)
    }
    list.test("STI lets a virtual interrupt in behind the next instruction") { expectations in
      let guest = bench.run(setFlagProgram) { $0.block.interruptControl = pending(3, 0) }
      expectations.expect("V_IRQ", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: address(of: setFlagTaken))
    }
    list.test("HLT behind STI exits with the interrupt shadow") { expectations in
      let guest = bench.run(setFlagHaltProgram) { _ in }
      expectations.expect("HLT", guest, exits: .halt)
      expectations.expect("RIP", guest.block.instructionPointer, is: address(of: setFlagHalting))
      expectations.expect(guest.block.isInInterruptShadow, "the shadow is not told")
    }
    list.test("the window for an interrupt exits before it is taken") { expectations in
      let guest = run(pending(15, 0)) { $0.block.intercept(.virtualInterrupt) }
      expectations.expect("VINTR", guest, exits: .virtualInterrupt, at: 0)
      expectations.expect(guest.block.interruptControl.isInterruptPending, "V_IRQ is lost")
    }
    list.test("the window for an interrupt opens behind STI") { expectations in
      let guest = bench.run(setFlagProgram) {
        $0.block.interruptControl = pending(15, 0)
        $0.block.intercept(.virtualInterrupt)
      }
      expectations.expect("VINTR", guest, exits: .virtualInterrupt)
      expectations.expect("RIP", guest.block.instructionPointer, is: address(of: setFlagTaken))
    }
    list.test("an interrupt of the host goes before a virtual one") { expectations in
      _ = withPendingInterrupt(bench) {
        let guest = run(pending(15, 0)) { _ in }
        expectations.expect("exit", guest, exits: .interrupt, at: 0)
        expectations.expect(guest.block.interruptControl.isInterruptPending, "V_IRQ is lost")
      }
    }
  }

  private static func addTaskPriority(to list: inout SelfTestList, _ bench: Bench) {
    // MOV RBX, CR8; MOV EAX, 9; MOV CR8, RAX
    let program: [UInt8] = [0x44, 0x0F, 0x20, 0xC3, 0xB8, 9, 0, 0, 0, 0x44, 0x0F, 0x22, 0xC0]
    list.test("with V_INTR_MASKING CR8 is V_TPR, and the host's priority is untouched") { expectations in
      let localAPIC = Processor.current.localAPIC
      localAPIC[.taskPriority] = 0
      let guest = bench.run(program) {
        $0.block.interruptControl = SVM.InterruptControl(taskPriority: 5, isMaskingVirtual: true)
      }
      expectations.expect("MOV", guest, exits: .call)
      expectations.expect("CR8 in the guest", guest.registers.rbx, is: 5)
      expectations.expect("V_TPR", UInt64(guest.block.interruptControl.taskPriority), is: 9)
      expectations.expect("the host's priority", UInt64(localAPIC[.taskPriority]), is: 0)
    }
    list.test("without V_INTR_MASKING CR8 is the host's priority") { expectations in
      let localAPIC = Processor.current.localAPIC
      localAPIC[.taskPriority] = 0x20
      let guest = bench.run(program) { $0.block.interruptControl = SVM.InterruptControl() }
      let after = localAPIC[.taskPriority]
      localAPIC[.taskPriority] = 0
      expectations.expect("MOV", guest, exits: .call)
      expectations.expect("CR8 in the guest", guest.registers.rbx, is: 2)
      expectations.expect("the host's priority", UInt64(after), is: 0x90)
    }
    list.strictTest("lowering CR8 lets a virtual interrupt in at once", "APM volume 2, 15.21.2") {
      expectations in
      let guest = bench.run(lowerPriorityProgram) {
        $0.block.flags |= VirtualProcessor.interruptFlag
        $0.block.interruptControl = SVM.InterruptControl(
          taskPriority: 7, pending: (vector, 4), isMaskingVirtual: true)
      }
      expectations.expect("V_IRQ", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: address(of: lowerPriorityTaken))
    }
  }
}
