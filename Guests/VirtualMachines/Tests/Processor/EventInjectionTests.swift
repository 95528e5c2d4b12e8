import Bedrock
import Interfaces

/// Events that a hypervisor puts into its guest (APM volume 2, 15.20).
enum EventInjectionTests {
  private typealias Offset = SVM.ControlBlock
  private static let vector: UInt8 = 0x30

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    addKinds(to: &list, bench)
    addSoftwareEvents(to: &list, bench)
    addDelivery(to: &list, bench)
    addFaults(to: &list, bench)
  }

  private static func inject(
    _ event: SVM.EventInjection, _ bench: Bench, _ prepare: (VirtualProcessor) -> Void = { _ in }
  ) -> VirtualProcessor {
    bench.run([0x90]) {
      $0.block.eventInjection = event
      prepare($0)
    }
  }

  private static func addKinds(to list: inout SelfTestList, _ bench: Bench) {
    let code = bench.memory.code.rawValue
    list.test("an injected interrupt is taken though RFLAGS.IF is clear") { expectations in
      let guest = inject(SVM.EventInjection(.interrupt, vector: vector), bench)
      expectations.expect("interrupt", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: code)
      expectations.expect("frame", guest.memory.stackTop &- guest.block.stackPointer, is: 40 + 8 & ~15)
    }
    list.test("an injected NMI is taken with vector 2") { expectations in
      let guest = inject(SVM.EventInjection(.nonMaskableInterrupt, vector: 2), bench)
      expectations.expect("NMI", guest, takes: 2)
    }
    list.test("an injected exception pushes the error code that it is given") { expectations in
      let vector = ExceptionVector.generalProtection.rawValue
      let guest = inject(SVM.EventInjection(.exception, vector: vector, errorCode: 0x1238), bench)
      expectations.expect("#GP", guest, takes: vector)
      expectations.expect("error code", guest.stackWord(0), is: 0x1238)
      expectations.expect("RIP on the stack", guest.stackWord(1), is: code)
    }
    list.test("an injected exception pushes no error code if it is given none") { expectations in
      let vector = ExceptionVector.invalidOpcode.rawValue
      let guest = inject(SVM.EventInjection(.exception, vector: vector), bench)
      expectations.expect("#UD", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: code)
    }
    list.test("an injected page fault leaves CR2 to the hypervisor") { expectations in
      let vector = ExceptionVector.pageFault.rawValue
      let guest = inject(SVM.EventInjection(.exception, vector: vector, errorCode: 2), bench) {
        $0.block[Offset.cr2] = 0x1234_5000
      }
      expectations.expect("#PF", guest, takes: vector)
      expectations.expect("CR2", guest.block[Offset.cr2], is: 0x1234_5000)
    }
  }

  /// Events of software need the address of the instruction behind them.
  private static func addSoftwareEvents(to list: inout SelfTestList, _ bench: Bench) {
    guard bench.svm.hasNextInstructionPointer else { return }
    let code = bench.memory.code.rawValue
    list.test("an injected INT n returns to nRIP") { expectations in
      let guest = inject(SVM.EventInjection(.softwareInterrupt, vector: vector), bench) {
        $0.block[Offset.nextInstructionPointer] = code + 1
      }
      expectations.expect("INT n", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: code + 1)
    }
    list.test("an injected #BP returns to nRIP") { expectations in
      let vector = ExceptionVector.breakpoint.rawValue
      let guest = inject(SVM.EventInjection(.exception, vector: vector), bench) {
        $0.block[Offset.nextInstructionPointer] = code + 1
      }
      expectations.expect("#BP", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: code + 1)
    }
    list.test("an injected INT n needs the right to its gate, an interrupt does not") { expectations in
      let software = inject(SVM.EventInjection(.softwareInterrupt, vector: vector), bench) {
        $0.setUserMode()
        $0.block[Offset.nextInstructionPointer] = code + 1
      }
      expectations.expect("INT n", software, takes: ExceptionVector.generalProtection.rawValue)
      expectations.expect("error code", software.stackWord(0), is: UInt64(vector) * 8 + 2)
      expectations.expect("RIP on the stack", software.stackWord(1), is: code)
      let interrupt = inject(SVM.EventInjection(.interrupt, vector: vector), bench) { $0.setUserMode() }
      expectations.expect("interrupt", interrupt, takes: vector)
    }
  }

  private static func addDelivery(to list: inout SelfTestList, _ bench: Bench) {
    let event = SVM.EventInjection(.interrupt, vector: vector)
    // KVM takes any bit that is left for an event that is still to be injected.
    list.test("EVENTINJ is zero after the exit") { expectations in
      let guest = inject(event, bench)
      expectations.expect("interrupt", guest, takes: vector)
      expectations.expect(guest.block.eventInjection == SVM.EventInjection(), "EVENTINJ is not zero")
      // At VMMCALL, and then behind IRETQ at the program's own.
      guest.block.instructionPointer += 3
      bench.enter()
      expectations.expect("after IRET", guest, exits: .call, at: 1)
    }
    list.test("an injected event that is invalid is none") { expectations in
      let guest = inject(SVM.EventInjection(rawValue: UInt64(vector)), bench)
      expectations.expect("NOP", guest, exits: .call, at: 1)
    }
    list.test("an injected event is taken in spite of the interrupt shadow") { expectations in
      let guest = inject(event, bench) { $0.block.isInInterruptShadow = true }
      expectations.expect("interrupt", guest, takes: vector)
    }
    list.test("an injected exception does not exit by its own intercept") { expectations in
      let vector = ExceptionVector.invalidOpcode.rawValue
      let guest = inject(SVM.EventInjection(.exception, vector: vector), bench) {
        $0.block.intercept(.exception(vector))
      }
      expectations.expect("#UD", guest, takes: vector)
    }
    list.test("an injected event goes before an interrupt of the host that waits") { expectations in
      bench.computer.interrupts.setHandler(Vector.test) { _, processor in
        processor.localAPIC.endOfInterrupt()
      }
      let processor = Processor.current
      processor.localAPIC.send(Vector.test, to: processor.apicIdentifier)
      let guest = inject(event, bench)
      expectations.expect("exit", guest, exits: .interrupt)
      expectations.expect("RIP", guest.block.instructionPointer, is: guest.memory.entry(of: vector))
      expectations.expect(!guest.block.interruptedEvent.isValid, "EXITINTINFO is valid")
    }
    list.test("an interrupt injected at privilege level 3 changes to the stack of level 0") { expectations in
      let guest = inject(event, bench) {
        $0.setUserMode()
        $0.block.stackPointer = GuestMemory.windowPage(1)
      }
      expectations.expect("interrupt", guest, takes: vector)
      expectations.expect("privilege level", UInt64(guest.block.privilegeLevel), is: 0)
      expectations.expect("RSP on the stack", guest.stackWord(3), is: GuestMemory.windowPage(1))
      expectations.expect(
        "CS on the stack", guest.stackWord(1), is: UInt64(SegmentSelector.userCode.rawValue))
    }
  }

  private static func addFaults(to list: inout SelfTestList, _ bench: Bench) {
    list.test("an exception while an injected event is delivered leaves the event in EXITINTINFO") {
      expectations in
      let event = SVM.EventInjection(.interrupt, vector: vector)
      let guest = inject(event, bench) {
        $0.block.set(.table(at: $0.memory.interrupts.rawValue, size: 0x200), at: Offset.idtr)
        $0.block.intercept(.exception(ExceptionVector.generalProtection.rawValue))
      }
      expectations.expect(
        "interrupt", guest, exits: .exception(ExceptionVector.generalProtection.rawValue), at: 0)
      expectations.expect(
        "EXITINTINFO", guest.block.interruptedEvent.rawValue & 0xFFFF_FFFF, is: event.rawValue)
      expectations.expect(!guest.block.eventInjection.isValid, "EVENTINJ.V is set")
    }
    list.strictTest("the exception names the injected event's gate", "APM volume 2, 8.4.1") { expectations in
      let guest = inject(SVM.EventInjection(.interrupt, vector: vector), bench) {
        $0.block.set(.table(at: $0.memory.interrupts.rawValue, size: 0x200), at: Offset.idtr)
        $0.block.intercept(.exception(ExceptionVector.generalProtection.rawValue))
      }
      expectations.expect("error code", guest.block[Offset.exitInformation1] & ~1, is: UInt64(vector) * 8 + 2)
    }
    list.test("a nested page fault while an injected event is delivered leaves it in EXITINTINFO") {
      expectations in
      bench.memory.resetWindow()
      bench.memory.nestedEntry(ofWindowPage: 2)?.pointee = 0
      let vector = ExceptionVector.generalProtection.rawValue
      let event = SVM.EventInjection(.exception, vector: vector, errorCode: 0x58)
      let guest = inject(event, bench) { $0.block.stackPointer = GuestMemory.windowPage(2) + 0x800 }
      expectations.expect("#GP", guest, exits: .nestedPageFault, at: 0)
      expectations.expect("EXITINTINFO", guest.block.interruptedEvent.rawValue, is: event.rawValue)
      // What hypervisors do: repair, and inject again.
      bench.memory.resetWindow()
      guest.block.eventInjection = guest.block.interruptedEvent
      guest.block.setTranslationControl(.flushAll)
      bench.enter()
      expectations.expect("again", guest, takes: vector)
    }
  }
}

extension VirtualProcessor {
  /// A word on the guest's stack, counted from RSP; 0 where the stack is nowhere.
  func stackWord(_ index: UInt64) -> UInt64 {
    PhysicalAddress(block.stackPointer &+ index * 8).pointer?.load(as: UInt64.self) ?? 0
  }
}
