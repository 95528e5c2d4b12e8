import Bedrock
import Interfaces

/// Interprocessor interrupts that AVIC leaves to software, and why (APM volume 2, 15.29.6.1 and 15.29.9.1).
enum CommandTests {
  private typealias Offset = SVM.ControlBlock
  private static let vector: UInt8 = 0x61
  private static let absent: UInt8 = 7

  static func add(to list: inout SelfTestList, _ controller: ControllerBench) {
    addTypes(to: &list, controller)
    addTargets(to: &list, controller)
    addLogical(to: &list, controller)
    addNotRunning(to: &list, controller)
    addPages(to: &list, controller)
  }

  /// Whether a processor has a request for any vector.
  private static func hasRequests(_ controller: ControllerBench) -> Bool {
    controller.machine.processors.contains { !$0.page.isEmpty(.requests) }
  }

  private static func addTypes(to list: inout SelfTestList, _ controller: ControllerBench) {
    let command = { (mode: DeliveryMode) in InterruptCommand(mode, vector: vector, to: .physical(1)) }
    let commands: [(StaticString, InterruptCommand)] = [
      ("lowest priority", command(.lowestPriority)), ("SMI", command(.systemManagement)),
      ("NMI", command(.nonMaskable)), ("INIT", command(.initialisation)), ("start-up", command(.startup)),
      ("level-triggered", InterruptCommand(rawValue: command(.fixed).rawValue | 1 << 15)),
    ]
    list.test("only fixed, edge-triggered interrupts are virtual: the others exit and are sent to nobody") {
      expectations in
      for (name, command) in commands {
        let guest = controller.send(command)
        expectations.expect("\(name)", guest, leaves: command, .invalidType)
        expectations.expect(!hasRequests(controller), "\(name): there is a request")
      }
    }
    list.test("vectors below 16 exit and are sent to nobody") { expectations in
      for vector in [0, 0x0F] as [UInt8] {
        let command = InterruptCommand(vector: vector, to: .physical(1))
        let guest = controller.send(command)
        expectations.expect("vector \(vector)", guest, leaves: command, .invalidVector)
        expectations.expect(!hasRequests(controller), "vector \(vector): there is a request")
      }
    }
    list.test("an exit for a command is behind its write, and the delivery status is clear") { expectations in
      let command = InterruptCommand(.nonMaskable, vector: vector, to: .physical(1))
      let guest = controller.send(
        InterruptCommand(rawValue: command.rawValue | InterruptCommand.deliveryStatus))
      expectations.expect("exit", guest, exits: .incompleteInterrupt, at: 2)
      expectations.expect("nRIP", guest.block[Offset.nextInstructionPointer], is: 0)
      expectations.expect(
        "ICR", UInt64(controller.first.page[.interruptCommandLow]), is: UInt64(command.low))
    }
  }

  private static func addTargets(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("a physical ID without an entry is no target") { expectations in
      let command = InterruptCommand(vector: vector, to: .physical(UInt32(absent)))
      let guest = controller.send(command)
      expectations.expect("absent", guest, leaves: command, .invalidTarget, Int(absent))
      expectations.expect(!hasRequests(controller), "there is a request")
    }
    list.test("a physical ID behind the last index is no target") { expectations in
      let command = InterruptCommand(vector: vector, to: .physical(1))
      let guest = controller.send(command) {
        $0.block[Offset.physicalIdentifierTable] =
          SVM.PhysicalIdentifierTable(address: controller.machine.tables.physical.rawValue, lastIndex: 0)
          .rawValue
      }
      expectations.expect("index 1", guest, leaves: command, .invalidTarget, 1)
      expectations.expect(!hasRequests(controller), "there is a request")
    }
    list.test("an entry that loses its valid bit is no target from then on") { expectations in
      let command = InterruptCommand(vector: vector, to: .physical(0))
      let valid = controller.send(command)
      expectations.expect("valid", valid, exits: .call, at: 2)
      controller.machine.tables.setPhysicalEntry(0, nil)
      controller.first.page.clear(vector, in: .requests)
      valid.block.instructionPointer = valid.memory.code.rawValue
      valid.block.setTranslationControl(.keep)
      controller.bench.enter(valid)
      expectations.expect("invalid", valid, leaves: command, .invalidTarget, 0)
    }
    list.test("a broadcast goes to every entry that is valid, and to no other") { expectations in
      for command in [
        InterruptCommand(vector: vector, to: .shorthand(.everyone)),
        InterruptCommand(vector: vector, to: .physical(.max)),
        InterruptCommand(vector: vector, to: .logical(.max)),
      ] {
        let guest = controller.send(command) { _ in controller.second.publish(runningOn: 0xFFE) }
        expectations.expect("broadcast", guest, exits: .call, at: 2)
        for processor in controller.machine.processors {
          expectations.expect(
            processor.page.contains(vector, in: .requests), "\(processor.identifier) has no request")
        }
      }
    }
    list.test("a broadcast to all others leaves out the sender") { expectations in
      let guest = controller.send(InterruptCommand(vector: vector, to: .shorthand(.everyoneElse))) { _ in
        controller.second.publish(runningOn: 0xFFE)
      }
      expectations.expect("others", guest, exits: .call, at: 2)
      expectations.expect(controller.first.page.isEmpty(.requests), "the sender has a request")
      expectations.expect(
        controller.second.page.contains(vector, in: .requests), "the other has no request")
    }
  }

  private static func addLogical(to list: inout SelfTestList, _ controller: ControllerBench) {
    let send = { (destination: UInt8, identifiers: [UInt8], model: DestinationModel) in
      controller.send(InterruptCommand(vector: vector, to: .logical(UInt32(destination)))) { _ in
        controller.machine.setLogicalIdentifiers(identifiers, model)
        controller.second.publish(runningOn: 0xFFE)
      }
    }
    let receivers = {
      controller.machine.processors.filter { $0.page.contains(vector, in: .requests) }
        .map { Int($0.identifier) }
    }
    // Destination, the processors' logical IDs, the model, and who gets it.
    let cases: [(UInt8, [UInt8], DestinationModel, [Int])] = [
      (0x01, [0x01, 0x02], .flat, [0]), (0x02, [0x01, 0x02], .flat, [1]),
      (0x03, [0x01, 0x02], .flat, [0, 1]),
      (0x80, [0x08, 0x80], .flat, [1]), (0x08, [0x08, 0x80], .flat, [0]),
      (0x88, [0x08, 0x80], .flat, [0, 1]),
      (0x01, [0x01, 0x02], .cluster, [0]), (0x18, [0x12, 0x18], .cluster, [1]),
      (0x21, [0x18, 0x21], .cluster, [1]), (0x3C, [0x34, 0x38], .cluster, [0, 1]),
      (0xE8, [0x18, 0xE8], .cluster, [1]),
    ]
    list.test("a logical destination reaches exactly whom its bits name") { expectations in
      for (destination, identifiers, model, expected) in cases {
        let guest = send(destination, identifiers, model)
        let name = "\(model == .flat ? "flat" : "cluster") \(hexadecimal(destination))h"
        expectations.expect(name, guest, exits: .call, at: 2)
        expectations.expect(receivers() == expected, "\(name): others got it")
      }
    }
    list.test("a logical destination of no bits is sent to nobody, without an exit") { expectations in
      for (destination, model) in [(0x00, .flat), (0x20, .cluster)] as [(UInt8, DestinationModel)] {
        expectations.expect("\(destination)", send(destination, [1, 2], model), exits: .call, at: 2)
        expectations.expect(!hasRequests(controller), "\(destination): there is a request")
      }
    }
    list.test("a logical ID without an entry is no target, and nobody gets the interrupt") { expectations in
      // The second bit has an entry, the third none.
      let command = InterruptCommand(vector: vector, to: .logical(0x06))
      expectations.expect("flat", send(0x06, [0x01, 0x02], .flat), leaves: command, .invalidTarget, 2)
      expectations.expect(!hasRequests(controller), "there is a request")
      let cluster = InterruptCommand(vector: vector, to: .logical(0x54))
      expectations.expect(
        "cluster", send(0x54, [0x51, 0x52], .cluster), leaves: cluster, .invalidTarget, 5 * 4 + 2)
    }
    list.test("a logical entry for a processor that is not there is no target") { expectations in
      let command = InterruptCommand(vector: vector, to: .logical(0x10))
      let guest = controller.send(command) { _ in
        controller.machine.tables.setLogicalEntry(4, SVM.LogicalIdentifierEntry(identifier: absent))
      }
      expectations.expect("exit", guest, exits: .incompleteInterrupt, at: 2)
      let exit = SVM.IncompleteInterrupt(
        command: command.rawValue, detail: guest.block[Offset.exitInformation2])
      expectations.expect(exit.reason == .invalidTarget, "another reason")
      expectations.expect(!hasRequests(controller), "there is a request")
    }
  }

  private static func addNotRunning(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("a target that does not run gets its request, and the sender exits") { expectations in
      let command = InterruptCommand(vector: vector, to: .physical(1))
      let guest = controller.send(command)
      expectations.expect("exit", guest, leaves: command, .targetNotRunning, 1)
      expectations.expect(
        controller.second.page.contains(vector, in: .requests), "there is no request")
    }
    list.test("a logical target that does not run is told by its logical index") { expectations in
      let command = InterruptCommand(vector: vector, to: .logical(0x40))
      let guest = controller.send(command) { _ in
        controller.machine.setLogicalIdentifiers([0x01, 0x40], .flat)
      }
      expectations.expect("exit", guest, leaves: command, .targetNotRunning, 6)
      expectations.expect(
        controller.second.page.contains(vector, in: .requests), "there is no request")
    }
    list.test("a broadcast reaches those that run though one does not") { expectations in
      let command = InterruptCommand(vector: vector, to: .shorthand(.everyone))
      let guest = controller.send(command)
      expectations.expect("exit", guest, leaves: command, .targetNotRunning, 1)
      for processor in controller.machine.processors {
        expectations.expect(
          processor.page.contains(vector, in: .requests), "\(processor.identifier) has no request")
      }
    }
    list.test("requests for a target that runs on no processor of the computer are kept, without an exit") {
      expectations in
      let guest = controller.send(InterruptCommand(vector: vector, to: .physical(1))) { _ in
        controller.second.publish(runningOn: 0xFFE)
      }
      expectations.expect("ICR", guest, exits: .call, at: 2)
      expectations.expect(
        controller.second.page.contains(vector, in: .requests), "there is no request")
    }
  }

  private static func addPages(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("a backing page beyond physical memory exits, and nobody gets the interrupt") { expectations in
      let command = InterruptCommand(vector: vector, to: .shorthand(.everyone))
      let guest = controller.send(command) { _ in
        controller.machine.tables.setPhysicalEntry(
          1, SVM.PhysicalIdentifierEntry(backingPage: controller.bench.beyondMemory, runsOn: 0))
      }
      expectations.expect("exit", guest, exits: .incompleteInterrupt, at: 2)
      let exit = SVM.IncompleteInterrupt(
        command: command.rawValue, detail: guest.block[Offset.exitInformation2])
      expectations.expect(exit.reason == .invalidBackingPage, "another reason")
      expectations.expect(!hasRequests(controller), "there is a request")
    }
    let refused: [(StaticString, (GuestProcessor) -> Void)] = [
      (
        "VMRUN refuses x2AVIC without AVIC",
        {
          $0.block.interruptControl = SVM.InterruptControl(isMaskingVirtual: true, isX2AVICEnabled: true)
        }
      ),
      (
        "VMRUN refuses a last index that AVIC does not have",
        {
          $0.block[Offset.physicalIdentifierTable] =
            SVM.PhysicalIdentifierTable(address: controller.machine.tables.physical.rawValue, lastIndex: 256)
            .rawValue
        }
      ),
      (
        "VMRUN refuses a backing page beyond physical memory",
        { $0.block[Offset.apicBackingPage] = controller.bench.beyondMemory }
      ),
      (
        "VMRUN refuses a logical table beyond physical memory",
        { $0.block[Offset.logicalIdentifierTable] = controller.bench.beyondMemory }
      ),
      (
        "VMRUN refuses a physical table beyond physical memory",
        { $0.block[Offset.physicalIdentifierTable] = controller.bench.beyondMemory | 1 }
      ),
      ("VMRUN refuses AVIC without nested paging", { $0.block[Offset.nestedPagingControl] = 0 }),
    ]
    for (name, change) in refused {
      list.test(name) { expectations in
        let guest = controller.run([0x90]) { change($0) }
        expectations.expect("VMRUN", guest, exits: .invalid)
      }
    }
  }
}

extension Expectations {
  /// Expects an exit behind the write of a command that AVIC has not finished.
  @inline(never)
  mutating func expect(
    _ what: String, _ guest: VirtualProcessor, leaves command: InterruptCommand,
    _ reason: SVM.IncompleteInterruptReason, _ index: Int? = nil
  ) {
    expect(what, guest, exits: .incompleteInterrupt, at: UInt64(ControllerBench.write.count))
    guard guest.block.exitCode == .incompleteInterrupt else { return }
    let exit = SVM.IncompleteInterrupt(
      command: guest.block[SVM.ControlBlock.exitInformation1],
      detail: guest.block[SVM.ControlBlock.exitInformation2])
    expect("\(what): EXITINFO1", exit.command, is: command.rawValue)
    expect("\(what): reason", exit.detail >> 32, is: UInt64(reason.rawValue))
    if let index { expect("\(what): index", exit.index, is: index) }
  }
}
