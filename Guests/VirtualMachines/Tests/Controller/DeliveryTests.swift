import Bedrock
import Interfaces

/// When a guest takes the interrupts in its backing page (APM volume 2, 15.29.5 and 15.29.6).
enum DeliveryTests {
  private typealias Offset = SVM.ControlBlock
  private typealias Register = LocalAPICRegister
  private static let vector: UInt8 = 0x51

  static func add(to list: inout SelfTestList, _ controller: ControllerBench) {
    addEntry(to: &list, controller)
    addPriority(to: &list, controller)
    addEndOfInterrupt(to: &list, controller)
    addSelf(to: &list, controller)
    addOrder(to: &list, controller)
    addHandlers(to: &list, controller)
  }

  /// Runs NOP with a request in the page and interrupts accepted.
  private static func runWithRequest(
    _ controller: ControllerBench, _ program: [UInt8] = [0x90], _ prepare: (GuestProcessor) -> Void = { _ in }
  ) -> VirtualProcessor {
    controller.run(program) {
      $0.page.set(vector, in: .requests)
      $0.block.flags |= VirtualProcessor.interruptFlag
      prepare($0)
    }
  }

  private static func addEntry(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("VMRUN takes a request that waits in the page") { expectations in
      let guest = runWithRequest(controller)
      expectations.expect("request", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue)
      let page = controller.first.page
      expectations.expect(!page.contains(vector, in: .requests), "the request is still there")
      expectations.expect(page.contains(vector, in: .inService), "the vector is not in service")
      expectations.expect("PPR", UInt64(page[.processorPriority]), is: 0x50)
    }
    list.test("a request waits for the guest's interrupt flag") { expectations in
      let guest = runWithRequest(controller) { $0.block.flags = VirtualProcessor.flagsAlwaysOne }
      expectations.expect("NOP", guest, exits: .call, at: 1)
      expectations.expect(
        controller.first.page.contains(vector, in: .requests), "the request is lost")
    }
    list.test("STI lets a request in behind the next instruction") { expectations in
      // STI; NOP; NOP
      let guest = runWithRequest(controller, [0xFB, 0x90, 0x90]) {
        $0.block.flags = VirtualProcessor.flagsAlwaysOne
      }
      expectations.expect("request", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue + 2)
    }
    list.test("POPF lets a request in at once") { expectations in
      // PUSH 202h; POPF; NOP
      let guest = runWithRequest(controller, [0x68, 0x02, 0x02, 0, 0, 0x9D, 0x90]) {
        $0.block.flags = VirtualProcessor.flagsAlwaysOne
      }
      expectations.expect("request", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue + 6)
    }
    list.test("a request waits for the end of the interrupt shadow") { expectations in
      let guest = runWithRequest(controller) { $0.block.isInInterruptShadow = true }
      expectations.expect("request", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue + 1)
    }
    list.test("V_IRQ does nothing with AVIC, and its window never opens") { expectations in
      let guest = controller.run([0x90]) {
        $0.block.flags |= VirtualProcessor.interruptFlag
        $0.block.interruptControl = SVM.InterruptControl(
          pending: (vector, 15), isMaskingVirtual: true, isAVICEnabled: true)
        $0.block.intercept(.virtualInterrupt)
      }
      expectations.expect("NOP", guest, exits: .call, at: 1)
    }
    list.test("a request is taken though the exceptions' handlers are intercepted") { expectations in
      let guest = runWithRequest(controller) { $0.block.intercept(.softwareInterrupt) }
      expectations.expect("request", guest, takes: vector)
    }
  }

  private static func addPriority(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("a request waits while the task's priority is not below its own") { expectations in
      for (task, isTaken) in [(0x40, true), (0x4F, true), (0x50, false), (0x60, false)] as [(UInt32, Bool)] {
        let guest = runWithRequest(controller) {
          $0.page[.taskPriority] = task
          $0.setVirtualTaskPriority(task)
        }
        if isTaken {
          expectations.expect("task priority \(task)", guest, takes: vector)
        } else {
          expectations.expect("task priority \(task)", guest, exits: .call, at: 1)
        }
      }
    }
    list.test("a request is taken at the write that lowers the task's priority") { expectations in
      // MOV [RDI], EAX; NOP
      let guest = runWithRequest(controller, ControllerBench.write + [0x90]) {
        $0.page[.taskPriority] = 0x50
        $0.setVirtualTaskPriority(0x50)
        $0.virtual.registers.rdi = GuestMemory.address(of: .taskPriority)
      }
      expectations.expect("request", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue + 2)
    }
    list.test("a request is taken at the write of CR8 that lowers the task's priority") { expectations in
      // MOV CR8, RBX; NOP
      let guest = runWithRequest(controller, [0x44, 0x0F, 0x22, 0xC3, 0x90]) {
        $0.page[.taskPriority] = 0x50
        $0.setVirtualTaskPriority(0x50)
      }
      expectations.expect("request", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue + 4)
    }
    list.test("a request waits for what is in service with its priority or a higher one") { expectations in
      for (service, isTaken) in [(0x41, true), (0x5F, false), (0x61, false)] as [(UInt8, Bool)] {
        let guest = runWithRequest(controller) { $0.page.set(service, in: .inService) }
        if isTaken {
          expectations.expect("\(service) in service", guest, takes: vector)
        } else {
          expectations.expect("\(service) in service", guest, exits: .call, at: 1)
        }
      }
    }
    list.test("of several requests the highest is taken first") { expectations in
      let guest = runWithRequest(controller) {
        for vector in [0x31, 0x52, 0xE0, 0x90] as [UInt8] { $0.page.set(vector, in: .requests) }
      }
      expectations.expect("requests", guest, takes: 0xE0)
    }
  }

  private static func addEndOfInterrupt(to list: inout SelfTestList, _ controller: ControllerBench) {
    let endAddress = GuestMemory.address(of: .endOfInterrupt)
    list.test("the end of an edge-triggered interrupt does not exit") { expectations in
      let guest = controller.run(ControllerBench.write) {
        $0.virtual.registers.rdi = endAddress
        $0.page.set(0x41, in: .inService)
        $0.page.set(0x61, in: .inService)
      }
      expectations.expect("EOI", guest, exits: .call, at: 2)
      let page = controller.first.page
      expectations.expect(!page.contains(0x61, in: .inService), "the highest is still in service")
      expectations.expect(page.contains(0x41, in: .inService), "the lower one is lost")
      expectations.expect("PPR", UInt64(page[.processorPriority]), is: 0x40)
    }
    list.test("the end of a level-triggered interrupt exits behind the write, with ISR as it was") {
      expectations in
      let guest = controller.run(ControllerBench.write) {
        $0.virtual.registers.rdi = endAddress
        $0.page.set(0x61, in: .inService)
        $0.page.set(0x61, in: .triggerMode)
      }
      expectations.expect(
        "EOI", guest, leavesAccess: Register.endOfInterrupt.offset, isWrite: true, vector: 0x61, at: 2)
      expectations.expect(
        controller.first.page.contains(0x61, in: .inService), "the vector is not in service")
    }
    list.test("only the trigger mode of the highest vector in service counts") { expectations in
      let guest = controller.run(ControllerBench.write) {
        $0.virtual.registers.rdi = endAddress
        $0.page.set(0x41, in: .inService)
        $0.page.set(0x41, in: .triggerMode)
        $0.page.set(0x61, in: .inService)
      }
      expectations.expect("EOI", guest, exits: .call, at: 2)
      expectations.expect(
        controller.first.page.contains(0x41, in: .inService), "the lower one is lost")
    }
    list.test("an end of interrupt with nothing in service does nothing") { expectations in
      let guest = controller.run(ControllerBench.write) { $0.virtual.registers.rdi = endAddress }
      expectations.expect("EOI", guest, exits: .call, at: 2)
    }
    list.test("the end of an interrupt lets the next request in at once") { expectations in
      let guest = runWithRequest(controller, ControllerBench.write + [0x90]) {
        $0.virtual.registers.rdi = endAddress
        $0.page.set(0x61, in: .inService)
      }
      expectations.expect("request", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue + 2)
    }
  }

  private static func addSelf(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("an interrupt to itself is taken behind the write, without an exit") { expectations in
      let guest = controller.send(InterruptCommand(vector: vector, to: .shorthand(.sender))) {
        $0.block.flags |= VirtualProcessor.interruptFlag
      }
      expectations.expect("ICR", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue + 2)
    }
    list.test("an interrupt to itself waits in the page while the guest accepts none") { expectations in
      let guest = controller.send(InterruptCommand(vector: vector, to: .shorthand(.sender)))
      expectations.expect("ICR", guest, exits: .call, at: 2)
      expectations.expect(
        controller.first.page.contains(vector, in: .requests), "there is no request")
    }
    list.test("an interrupt to itself does not look at the tables") { expectations in
      let guest = controller.send(InterruptCommand(vector: vector, to: .shorthand(.sender))) {
        $0.block.flags |= VirtualProcessor.interruptFlag
        controller.machine.tables.setPhysicalEntry($0.identifier, nil)
      }
      expectations.expect("ICR", guest, takes: vector)
    }
    list.test("an interrupt to itself by its ID is taken as well") { expectations in
      let guest = controller.send(InterruptCommand(vector: vector, to: .physical(0))) {
        $0.block.flags |= VirtualProcessor.interruptFlag
      }
      expectations.expect("ICR", guest, takes: vector)
    }
  }

  private static func addOrder(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("an injected event is delivered before a request") { expectations in
      let guest = runWithRequest(controller) {
        $0.block.eventInjection = SVM.EventInjection(
          .exception, vector: ExceptionVector.invalidOpcode.rawValue)
      }
      // The gate clears the interrupt flag: the request waits.
      expectations.expect("injected", guest, takes: ExceptionVector.invalidOpcode.rawValue)
      expectations.expect(
        controller.first.page.contains(vector, in: .requests), "the request is lost")
      controller.goOnBehindCall()
      expectations.expect("behind IRET", guest, takes: vector)
    }
    list.test("an interrupt of the host goes before a request") { expectations in
      let processor = Processor.current
      processor.localAPIC.send(Vector.kick, to: processor.apicIdentifier)
      let guest = runWithRequest(controller)
      expectations.expect("exit", guest, exits: .interrupt, at: 0)
      expectations.expect(
        controller.first.page.contains(vector, in: .requests), "the request is lost")
    }
    list.test("a delivery that does not end is told in EXITINTINFO, acknowledged") { expectations in
      let guest = runWithRequest(controller) {
        controller.machine.memory.nestedEntry(ofWindowPage: 2)?.pointee = 0
        $0.block.stackPointer = GuestMemory.windowPage(2) + 0x800
      }
      expectations.expect("stack", guest, exits: .nestedPageFault, at: 0)
      expectations.expect(
        "EXITINTINFO", guest.block.interruptedEvent.rawValue & 0xFFFF_FFFF,
        is: SVM.EventInjection(.interrupt, vector: vector).rawValue)
      let page = controller.first.page
      expectations.expect(!page.contains(vector, in: .requests), "the request is still there")
      expectations.expect(page.contains(vector, in: .inService), "the vector is not in service")
    }
  }
}

extension DeliveryTests {
  /// Runs a guest whose handlers note what they have handled, until there were so many.
  private static func handle(
    _ count: UInt64, _ controller: ControllerBench, _ prepare: (GuestProcessor) -> Void
  ) -> VirtualProcessor {
    let first = controller.first
    controller.machine.reset(.accelerated)
    controller.machine.setHandlers(true)
    first.reset(awaitProgram, .accelerated)
    first.publish(runningOn: Processor.current.apicIdentifier)
    first.virtual.registers.rbp = count
    prepare(first)
    controller.bench.enter(first.virtual)
    controller.machine.setHandlers(false)
    return first.virtual
  }

  private static func addHandlers(to list: inout SelfTestList, _ controller: ControllerBench) {
    let vectors = { (0..<$0).map { controller.first.record[$0] } }
    list.test("requests are handled one after the other by priority, without an exit") { expectations in
      let guest = handle(4, controller) {
        for vector in [0x31, 0x52, 0xE0, 0x5F] as [UInt8] { $0.page.set(vector, in: .requests) }
      }
      expectations.expect("last exit", guest, exits: .call)
      expectations.expect(vectors(4) == [0xE0, 0x5F, 0x52, 0x31], "the order is another one")
      let page = controller.first.page
      expectations.expect(page.isEmpty(.inService), "a vector is in service")
      expectations.expect("PPR", UInt64(page[.processorPriority]), is: 0)
    }
    list.test("a handler is interrupted by a higher vector and not by a lower one") { expectations in
      let guest = handle(3, controller) {
        controller.machine.memory.setGate(0x31, address(of: nestHandler))
        $0.page.set(0x31, in: .requests)
      }
      expectations.expect("last exit", guest, exits: .call)
      expectations.expect(vectors(3) == [0x31, 0x52, 0x21], "the order is another one")
      expectations.expect("PPR in the handler", guest.registers.rsi, is: 0x30)
    }
    list.test("a processor that was given requests while it did not run handles them when it does") {
      expectations in
      let first = controller.first
      let guest = handle(2, controller) { $0.page.set(0x41, in: .requests) }
      // One has come; the guest is stopped by the host's timer while it waits for the other.
      expectations.expect("stopped", guest, exits: .interrupt)
      expectations.expect("handled", first.record.count, is: 1)
      controller.machine.setHandlers(true)
      first.page.set(0x42, in: .requests)
      controller.bench.enter(guest)
      controller.machine.setHandlers(false)
      expectations.expect("last exit", guest, exits: .call)
      expectations.expect("handled", first.record.count, is: 2)
    }
  }
}

extension GuestProcessor {
  /// Sets V_TPR from a task priority, as hypervisors do before VMRUN.
  func setVirtualTaskPriority(_ priority: UInt32) {
    var control = block.interruptControl
    control.taskPriority = UInt8(truncatingIfNeeded: priority >> 4)
    block.interruptControl = control
  }
}
