import Bedrock
import Interfaces

/// Events of the guest's own whose delivery ends in an exit: EXITINTINFO tells of them (APM volume 2, 15.7.2).
enum InterruptedDeliveryTests {
  private typealias Offset = SVM.ControlBlock

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    let memory = bench.memory
    /// Runs a program whose stack is not there.
    let run = { (program: [UInt8], prepare: (VirtualProcessor) -> Void) in
      memory.resetWindow()
      memory.nestedEntry(ofWindowPage: 2)?.pointee = 0
      return bench.run(program) {
        $0.block.stackPointer = GuestMemory.windowPage(2) + 0x800
        prepare($0)
      }
    }
    list.test("an exception") { expectations in
      let guest = run([0x0F, 0x0B]) { _ in }
      expectations.expect(
        "#UD", guest,
        interrupts: SVM.EventInjection(.exception, vector: ExceptionVector.invalidOpcode.rawValue),
        at: 0)
    }
    list.test("an exception with an error code") { expectations in
      // MOV DS, AX
      let guest = run([0x8E, 0xD8]) { $0.block.rax = 0x58 }
      expectations.expect(
        "#GP", guest,
        interrupts: SVM.EventInjection(
          .exception, vector: ExceptionVector.generalProtection.rawValue, errorCode: 0x58), at: 0)
    }
    list.test("a page fault, with CR2 of the guest written") { expectations in
      let address = GuestMemory.window + (1 << 29)
      let guest = run([0x8A, 0x07]) { $0.registers.rdi = address }
      expectations.expect(
        "#PF", guest,
        interrupts: SVM.EventInjection(.exception, vector: ExceptionVector.pageFault.rawValue, errorCode: 0),
        at: 0)
      expectations.expect("CR2", guest.block[Offset.cr2], is: address)
    }
    list.strictTest("INT n, at the instruction", "APM volume 2, 15.7.2") { expectations in
      let guest = run([0xCD, 0x30]) { _ in }
      expectations.expect(
        "INT 30h", guest, interrupts: SVM.EventInjection(.softwareInterrupt, vector: 0x30), at: 0)
    }
    list.strictTest("a virtual interrupt", "APM volume 2, 15.7.2") { expectations in
      let guest = run([0x90]) {
        $0.block.flags |= VirtualProcessor.interruptFlag
        $0.block.interruptControl = SVM.InterruptControl(pending: (0x35, 5), isMaskingVirtual: true)
      }
      expectations.expect("V_IRQ", guest, interrupts: SVM.EventInjection(.interrupt, vector: 0x35), at: 0)
    }
    list.test("an event that is injected again after the repair goes on where it was") { expectations in
      let guest = run([0x0F, 0x0B]) { _ in }
      memory.resetWindow()
      guest.block.eventInjection = guest.block.interruptedEvent
      guest.block.setTranslationControl(.flushAll)
      bench.enter()
      expectations.expect("again", guest, takes: ExceptionVector.invalidOpcode.rawValue)
      let frame = memory.windowFrame(2) + (guest.block.stackPointer & 0xFFF)
      expectations.expect(
        "RIP on the stack", frame.pointer?.load(as: UInt64.self) ?? 0, is: memory.code.rawValue)
    }
    list.test("an exit without an event has none in EXITINTINFO") { expectations in
      expectations.expect("NOP", bench.run([0x90]), exits: .call)
      expectations.expect(!bench.guest.block.interruptedEvent.isValid, "EXITINTINFO is valid")
      memory.resetWindow()
    }
  }
}

extension Expectations {
  /// Expects that a nested page fault has interrupted the delivery of an event.
  @inline(never)
  mutating func expect(
    _ what: String, _ guest: VirtualProcessor, interrupts event: SVM.EventInjection, at offset: UInt64
  ) {
    expect(what, guest, exits: .nestedPageFault, at: offset)
    expect("\(what): EXITINTINFO", guest.block.interruptedEvent.rawValue, is: event.rawValue)
  }
}
