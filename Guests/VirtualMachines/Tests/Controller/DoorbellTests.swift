import Bedrock
import Interfaces

/// The doorbell register, and what a guest's own changes of its APIC make the hypervisor do (APM volume 2, 15.29.7).
enum DoorbellTests {
  static func add(to list: inout SelfTestList, _ controller: ControllerBench) {
    let doorbell = ModelSpecificRegister(index: SVM.Register.doorbell)
    list.test("the doorbell cannot be read") { expectations in
      expectations.expect("RDMSR", doorbell.probe(), raises: .generalProtection)
    }
    list.test("the doorbell takes an APIC ID of 12 bits") { expectations in
      expectations.expectReturn("FFEh", doorbell.probe(writing: 0xFFE))
      expectations.expect("1000h", doorbell.probe(writing: 0x1000), raises: .generalProtection)
      expectations.expect("upper half", doorbell.probe(writing: 1 << 32), raises: .generalProtection)
    }
    list.test("a doorbell for a processor in the host is no interrupt, and nothing stays of it") {
      expectations in
      let processor = Processor.current
      expectations.expectReturn("itself", doorbell.probe(writing: UInt64(processor.apicIdentifier)))
      InterruptFlag.set()
      ProcessorControl.spinHint()
      InterruptFlag.clear()
      expectations.expect("NOP", controller.run([0x90]), exits: .call, at: 1)
    }
    addChanges(to: &list, controller)
  }

  private static func addChanges(to list: inout SelfTestList, _ controller: ControllerBench) {
    let machine = controller.machine
    /// Writes a register in the guest, with the hypervisor behind it.
    let write = { (register: LocalAPICRegister, value: UInt32) in
      machine.memory.write(ControllerBench.write + Bench.call)
      machine.setHandlers(false)
      machine.reset(.accelerated)
      controller.first.virtual.registers.rdi = GuestMemory.address(of: register)
      controller.first.block.rax = UInt64(value)
      return controller.bench.run(controller.first)
    }
    list.test("a logical ID that the guest sets is in the table from then on") { expectations in
      let code = write(.logicalDestination, 0x20 << 24)
      expectations.expect("last exit", code.rawValue, is: SVM.ExitCode.call.rawValue)
      expectations.expect("exits", UInt64(controller.first.exits[.unacceleratedAccess]), is: 1)
      let entry = machine.tables.logicalEntry(5)
      expectations.expect(entry.isValid && entry.identifier == 0, "there is no entry")
      expectations.expect(machine.inhibition.isEmpty, "AVIC is inhibited")
    }
    list.test("a logical ID of several bits makes the hypervisor route by itself") { expectations in
      _ = write(.logicalDestination, 0x30 << 24)
      expectations.expect(machine.inhibition == .logicalAlias, "AVIC is not inhibited")
    }
    list.test("a physical ID that the guest changes makes the hypervisor route by itself") { expectations in
      _ = write(.identifier, 0x05 << 24)
      expectations.expect(machine.inhibition == .identifierChanged, "AVIC is not inhibited")
      // From here on without AVIC, with the registers as they were.
      controller.first.page[.taskPriority] = 0x30
      machine.switchToSoftware()
      machine.memory.write(ControllerBench.read + Bench.call)
      controller.first.block.instructionPointer = machine.memory.code.rawValue
      controller.first.virtual.registers.rdi = GuestMemory.address(of: .taskPriority)
      let code = controller.bench.run(controller.first)
      expectations.expect("last exit", code.rawValue, is: SVM.ExitCode.call.rawValue)
      expectations.expect("TPR", controller.first.block.rax, is: 0x30)
      expectations.expect(
        "ID", UInt64(controller.first.page[.identifier]), is: 0x05 << 24)
      expectations.expect("exits", UInt64(controller.first.exits[.nestedPageFault]), is: 1)
    }
    list.test("the end of a level-triggered interrupt retires the vector that was in service") {
      expectations in
      machine.memory.write(ControllerBench.write + Bench.call)
      machine.setHandlers(false)
      machine.reset(.accelerated)
      let first = controller.first
      first.page.set(0x61, in: .inService)
      first.page.set(0x61, in: .triggerMode)
      first.page.set(0x41, in: .inService)
      first.virtual.registers.rdi = GuestMemory.address(of: .endOfInterrupt)
      _ = controller.bench.run(first)
      expectations.expect(!first.page.contains(0x61, in: .inService), "61h is in service")
      expectations.expect(first.page.contains(0x41, in: .inService), "41h is not in service")
    }
  }
}
