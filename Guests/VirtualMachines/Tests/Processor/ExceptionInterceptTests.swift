import Bedrock
import Interfaces

/// Exceptions of a guest that its hypervisor takes (APM volume 2, 15.12), triple faults and task switches.
enum ExceptionInterceptTests {
  private typealias Offset = SVM.ControlBlock

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    addExceptions(to: &list, bench)
    addPageFaults(to: &list, bench)
    addShutdown(to: &list, bench)
    addTaskSwitch(to: &list, bench)
  }

  private static func addExceptions(to list: inout SelfTestList, _ bench: Bench) {
    // A program, the offset of what faults, the vector, and the error code.
    let cases: [(StaticString, [UInt8], UInt64, ExceptionVector, UInt64)] = [
      ("#DE exits", [0x31, 0xC9, 0xF7, 0xF1], 2, .divideError, 0),
      ("#UD exits", [0x0F, 0x0B], 0, .invalidOpcode, 0),
      ("#GP exits with its error code", [0x66, 0xB8, 0x58, 0x00, 0x8E, 0xD8], 4, .generalProtection, 0x58),

    ]
    for (name, program, offset, vector, errorCode) in cases {
      list.test(name) { expectations in
        let guest = bench.run(program) { $0.block.intercept(.exception(vector.rawValue)) }
        expectations.expect("intercepted", guest, exits: .exception(vector.rawValue), at: offset)
        expectations.expect("EXITINFO1", guest.block[Offset.exitInformation1], is: errorCode)
        expectations.expect(!guest.block.interruptedEvent.isValid, "EXITINTINFO is valid")
        let free = bench.run(program)
        expectations.expect("let through", free, takes: vector.rawValue)
      }
    }
    list.strictTest("#BP exits at INT3 itself", "APM volume 2, 15.12.4") { expectations in
      let guest = bench.run([0x90, 0xCC]) {
        $0.block.intercept(.exception(ExceptionVector.breakpoint.rawValue))
      }
      expectations.expect("intercepted", guest, exits: .exception(ExceptionVector.breakpoint.rawValue), at: 1)
      if bench.svm.hasNextInstructionPointer {
        let next = guest.block[Offset.nextInstructionPointer] &- guest.memory.code.rawValue
        expectations.expect("nRIP", next, is: 2)
      }
    }
    list.test("#DB of a single step exits behind the instruction, with DR6 written") { expectations in
      let guest = bench.run([0x90, 0x90]) {
        $0.block.flags |= 1 << 8
        $0.block.intercept(.exception(ExceptionVector.debug.rawValue))
      }
      expectations.expect("intercepted", guest, exits: .exception(ExceptionVector.debug.rawValue), at: 1)
      expectations.expect("DR6.BS", guest.block[Offset.dr6] >> 14 & 1, is: 1)
    }
  }

  private static func addPageFaults(to list: inout SelfTestList, _ bench: Bench) {
    let address = GuestMemory.windowPage(1) + 0x123
    let read: [UInt8] = [0x8A, 0x07]
    list.test("an intercepted #PF tells the address and leaves CR2 alone") { expectations in
      bench.memory.resetWindow()
      bench.memory.linearEntry(ofWindowPage: 1)?.pointee = 0
      let guest = bench.run(read) {
        $0.registers.rdi = address
        $0.block[Offset.cr2] = 0x77
        $0.block.intercept(.exception(ExceptionVector.pageFault.rawValue))
      }
      expectations.expect("intercepted", guest, exits: .exception(ExceptionVector.pageFault.rawValue), at: 0)
      expectations.expect("EXITINFO1", guest.block[Offset.exitInformation1], is: 0)
      expectations.expect("EXITINFO2", guest.block[Offset.exitInformation2], is: address)
      expectations.expect("CR2", guest.block[Offset.cr2], is: 0x77)
      if bench.svm.hasDecodeAssists {
        expectations.expectBytes(of: read + Bench.call, in: guest.block)
      }
      let free = bench.run(read) { $0.registers.rdi = address }
      expectations.expect("let through", free, takes: ExceptionVector.pageFault.rawValue)
      expectations.expect("CR2 of the guest", free.block[Offset.cr2], is: address)
      bench.memory.resetWindow()
    }
  }

  private static func addShutdown(to list: inout SelfTestList, _ bench: Bench) {
    list.test("a triple fault exits instead of stopping the computer") { expectations in
      let guest = bench.run([0x0F, 0x0B]) {
        $0.block.set(.table(at: $0.memory.interrupts.rawValue, size: 1), at: Offset.idtr)
      }
      expectations.expect("#UD without gates", guest, exits: .shutdown)
    }
    list.strictTest("a double fault that is intercepted exits as such", "APM volume 2, 15.12.9") {
      expectations in
      let guest = bench.run([0x31, 0xC9, 0xF7, 0xF1]) {
        $0.block.set(.table(at: $0.memory.interrupts.rawValue, size: 1), at: Offset.idtr)
        $0.block.intercept(.exception(ExceptionVector.doubleFault.rawValue))
      }
      expectations.expect("#DE without gates", guest, exits: .exception(ExceptionVector.doubleFault.rawValue))
      expectations.expect("EXITINFO1", guest.block[Offset.exitInformation1], is: 0)
    }
    list.test("an exception within the delivery of another tells of that one") { expectations in
      let guest = bench.run([0x31, 0xC9, 0xF7, 0xF1]) {
        $0.block.set(.table(at: $0.memory.interrupts.rawValue, size: 1), at: Offset.idtr)
        $0.block.intercept(.exception(ExceptionVector.generalProtection.rawValue))
      }
      expectations.expect(
        "#DE without gates", guest, exits: .exception(ExceptionVector.generalProtection.rawValue), at: 2)
      expectations.expect(
        "EXITINTINFO", guest.block.interruptedEvent.rawValue & 0xFFFF_FFFF,
        is: SVM.EventInjection(.exception, vector: ExceptionVector.divideError.rawValue).rawValue)
    }
  }

  private static func addTaskSwitch(to list: inout SelfTestList, _ bench: Bench) {
    let selector = UInt8(GuestMemory.otherTask)
    let run = { (program: [UInt8]) in
      bench.run(program) {
        $0.setProtectedMode()
        $0.block.intercept(.taskSwitch)
      }
    }
    list.strictTest("a far jump to a task exits before it is done", "APM volume 2, 15.14.1") { expectations in
      let guest = run([0xEA, 0, 0, 0, 0, selector, 0])
      expectations.expect("JMP", guest, exits: .taskSwitch)
      expectations.expect("EXITINFO1", guest.block[Offset.exitInformation1] & 0xFFFF, is: UInt64(selector))
      expectations.expect(
        guest.block[Offset.exitInformation2] & SVM.TaskSwitch.jump != 0, "EXITINFO2 does not tell of a jump")
    }
    list.strictTest("a far call of a task exits before it is done", "APM volume 2, 15.14.1") { expectations in
      let guest = run([0x9A, 0, 0, 0, 0, selector, 0])
      expectations.expect("CALL", guest, exits: .taskSwitch)
      let causes = SVM.TaskSwitch.jump | SVM.TaskSwitch.interruptReturn | SVM.TaskSwitch.errorCode
      expectations.expect("EXITINFO2", guest.block[Offset.exitInformation2] & causes, is: 0)
    }
  }
}

extension Expectations {
  /// Expects the first bytes at the guest's RIP in its control block.
  @inline(never)
  mutating func expectBytes(of program: [UInt8], in block: ControlBlock) {
    let count = block.load(SVM.ControlBlock.instructionByteCount, as: UInt8.self)
    expect("instruction bytes", UInt64(count), is: 15)
    for (index, byte) in program.enumerated() {
      let found = block.load(SVM.ControlBlock.instructionBytes + index, as: UInt8.self)
      expect("instruction byte \(index)", UInt64(found), is: UInt64(byte))
    }
  }
}
