import Bedrock
import Interfaces

/// Interrupts between two processors of a guest that run on two of the computer: the same program, with the APIC
/// emulated and with AVIC, and what each costs.
enum ExchangeTests {
  private static let vector: UInt8 = 0x71
  private static let count: UInt64 = 200

  /// A way to send, and how often each processor gets an interrupt for one that is sent.
  private struct Way {
    let name: StaticString
    let destination: InterruptCommand.Destination
    var identifiers: [UInt8] = []
    var model = DestinationModel.flat
    var reachesFirst = false
    var reachesSecond = true
  }

  static func add(to list: inout SelfTestList, _ controller: ControllerBench, _ mode: ControllerMode) {
    guard controller.bench.computer.processors.count > 1 else {
      list.skip("interrupts between processors", because: "there is only one processor")
      return
    }
    for way in mode == .extended ? extendedWays : ways {
      list.test(way.name) { exchange(way, controller, mode, &$0) }
    }
    addSleep(to: &list, controller, mode)
    if mode == .accelerated {
      addHalt(to: &list, controller)
      addPosts(to: &list, controller)
    }
  }

  private static var ways: [Way] {
    [
      Way(name: "to a physical ID", destination: .physical(1)),
      Way(
        name: "to a logical ID of the flat model", destination: .logical(0x40), identifiers: [0x01, 0x40]),
      Way(
        name: "to a logical ID of the cluster model", destination: .logical(0x38), identifiers: [0x31, 0x38],
        model: .cluster),
      Way(name: "to all by the broadcast ID", destination: .physical(.max), reachesFirst: true),
      Way(name: "to all by shorthand", destination: .shorthand(.everyone), reachesFirst: true),
      Way(name: "to all others by shorthand", destination: .shorthand(.everyoneElse)),
      Way(name: "to itself", destination: .shorthand(.sender), reachesFirst: true, reachesSecond: false),
    ]
  }

  /// The same in x2APIC mode, where a logical ID follows from the physical one.
  private static var extendedWays: [Way] {
    [
      Way(name: "to a physical ID", destination: .physical(1)),
      Way(name: "to a logical ID", destination: .logical(1 << 1)),
      Way(name: "to all by the broadcast ID", destination: .physical(.max), reachesFirst: true),
      Way(name: "to all others by shorthand", destination: .shorthand(.everyoneElse)),
      Way(name: "to itself", destination: .shorthand(.sender), reachesFirst: true, reachesSecond: false),
    ]
  }

  /// Makes the first processor send.
  private static func prepareSender(
    to destination: InterruptCommand.Destination, _ controller: ControllerBench, _ mode: ControllerMode
  ) {
    let command = InterruptCommand(
      vector: vector, to: destination, mode == .extended ? .x2APIC : .memory)
    let first = controller.first
    first.reset(sendProgram, mode)
    first.block.flags |= VirtualProcessor.interruptFlag
    first.virtual.registers.rbp = count
    first.virtual.registers.r8 = UInt64(command.low)
    first.virtual.registers.r9 = UInt64(command.high)
    first.virtual.registers.r13 = controller.second.recordAddress
  }

  private static func exchange(
    _ way: Way, _ controller: ControllerBench, _ mode: ControllerMode, _ expectations: inout Expectations
  ) {
    let machine = controller.machine
    let (first, second) = (controller.first, controller.second)
    machine.reset(mode)
    machine.setHandlers(true)
    prepareSender(to: way.destination, controller, mode)
    if !way.reachesSecond { first.virtual.registers.r13 = first.recordAddress }
    let isDone = controller.withSecond(receiveProgram, mode) {
      if mode != .extended { machine.setLogicalIdentifiers(way.identifiers, way.model) }
      let code = controller.bench.run(first)
      expectations.expect("the sender's last exit", code.rawValue, is: SVM.ExitCode.call.rawValue)
      // The sender waits for one of them only.
      let all = { first.record.count == count || !way.reachesFirst }
      _ = controller.bench.computer.delay.wait(microseconds: 10_000, for: all)
    }
    expectations.expect(isDone, "the other processor did not start or stop")
    controller.bench.computer.console.write(
      "\(count) sent, \(first.exits.total) and \(second.exits.total) exits: ")
    expectations.expect("of the first", first.record.count, is: way.reachesFirst ? count : 0)
    expectations.expect("of the second", second.record.count, is: way.reachesSecond ? count : 0)
    let record = way.reachesSecond ? second.record : first.record
    expectations.expect("vector", UInt64(record[0]), is: UInt64(vector))
    if mode == .software {
      // At least one for the command and one for the end of the interrupt.
      let total = UInt64(first.exits.total + second.exits.total)
      expectations.expect(total >= 2 * count, "fewer exits than emulation needs")
    } else {
      // The call at the end, and the interrupt that stops.
      expectations.expect("exits of the sender", UInt64(first.exits.total), is: 1)
      expectations.expect("exits of the receiver", UInt64(second.exits.total), is: 1)
    }
  }

  private static func addSleep(
    to list: inout SelfTestList, _ controller: ControllerBench, _ mode: ControllerMode
  ) {
    list.test("to a processor that sleeps in the hypervisor: none is lost") { expectations in
      controller.machine.reset(mode)
      controller.machine.setHandlers(true)
      prepareSender(to: .physical(1), controller, mode)
      let isDone = controller.withSecond(sleepProgram, mode) {
        let code = controller.bench.run(controller.first)
        expectations.expect("the sender's last exit", code.rawValue, is: SVM.ExitCode.call.rawValue)
      }
      expectations.expect(isDone, "the other processor did not start or stop")
      expectations.expect("received", controller.second.record.count, is: count)
      if mode != .software {
        let incomplete = UInt64(controller.first.exits[.incompleteInterrupt])
        expectations.expect(
          UInt64(controller.first.exits.total) == incomplete + 1, "the sender has exits of other kinds")
      }
    }
  }

  private static func addHalt(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("to a processor that halts within the guest: it wakes without an exit") { expectations in
      controller.machine.reset(.accelerated)
      controller.machine.setHandlers(true)
      prepareSender(to: .physical(1), controller, .accelerated)
      let isDone = controller.withSecond(sleepProgram, .accelerated, letsHalt: true) {
        let code = controller.bench.run(controller.first)
        expectations.expect("the sender's last exit", code.rawValue, is: SVM.ExitCode.call.rawValue)
      }
      expectations.expect(isDone, "the other processor did not start or stop")
      expectations.expect("received", controller.second.record.count, is: count)
      expectations.expect("exits of the sender", UInt64(controller.first.exits.total), is: 1)
      expectations.expect("exits of the receiver", UInt64(controller.second.exits.total), is: 1)
    }
  }

  private static func addPosts(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("from the hypervisor by doorbell: the guest takes them without an exit") { expectations in
      let second = controller.second
      let delay = controller.bench.computer.delay
      controller.machine.reset(.accelerated)
      controller.machine.setHandlers(true)
      let isDone = controller.withSecond(receiveProgram, .accelerated) {
        let doorbell = ModelSpecificRegister(index: SVM.Register.doorbell)
        let other = controller.bench.computer.processors[1].apicIdentifier
        for number in 1...count {
          second.page.set(vector, in: .requests)
          doorbell.write(UInt64(other))
          guard delay.wait(microseconds: 100_000, for: { second.record.count == number }) else { break }
        }
      }
      expectations.expect(isDone, "the other processor did not start or stop")
      expectations.expect("received", second.record.count, is: count)
      expectations.expect("exits", UInt64(second.exits.total), is: 1)
    }
    list.test("a doorbell wakes a processor that halts within the guest") { expectations in
      let second = controller.second
      let delay = controller.bench.computer.delay
      controller.machine.reset(.accelerated)
      controller.machine.setHandlers(true)
      let isDone = controller.withSecond(sleepProgram, .accelerated, letsHalt: true) {
        delay.spin(microseconds: 1000)
        second.page.set(vector, in: .requests)
        ModelSpecificRegister(index: SVM.Register.doorbell)
          .write(UInt64(controller.bench.computer.processors[1].apicIdentifier))
        _ = delay.wait(microseconds: 100_000) { second.record.count == 1 }
        expectations.expect("received", second.record.count, is: 1)
      }
      expectations.expect(isDone, "the other processor did not start or stop")
      expectations.expect("exits", UInt64(second.exits.total), is: 1)
    }
  }
}
