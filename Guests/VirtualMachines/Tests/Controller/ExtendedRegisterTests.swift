import Bedrock
import Interfaces

/// x2AVIC: the APIC's registers as model-specific ones (APM volume 2, 15.29.10 and 16.11).
enum ExtendedRegisterTests {
  private typealias Offset = SVM.ControlBlock
  private typealias Register = LocalAPICRegister
  private static let vector: UInt8 = 0x61

  static func add(to list: inout SelfTestList, _ controller: ControllerBench) {
    addReads(to: &list, controller)
    addWrites(to: &list, controller)
    addInterrupts(to: &list, controller)
    addCommands(to: &list, controller)
    addOthers(to: &list, controller)
  }

  private static func register(_ offset: Int) -> UInt32 {
    LocalAPICRegister.firstModelSpecificRegister + UInt32(offset / LocalAPICRegister.stride)
  }

  private static func read(
    _ offset: Int, _ controller: ControllerBench, _ prepare: (GuestProcessor) -> Void = { _ in }
  ) -> VirtualProcessor {
    controller.run([0x0F, 0x32], .extended) {
      $0.virtual.registers.rcx = UInt64(register(offset))
      prepare($0)
    }
  }

  private static func write(
    _ offset: Int, _ value: UInt64, _ controller: ControllerBench,
    _ prepare: (GuestProcessor) -> Void = { _ in }
  ) -> VirtualProcessor {
    controller.run([0x0F, 0x30], .extended) {
      $0.virtual.registers.rcx = UInt64(register(offset))
      $0.block.rax = value & 0xFFFF_FFFF
      $0.virtual.registers.rdx = value >> 32
      prepare($0)
    }
  }

  private static func write(
    _ register: Register, _ value: UInt64, _ controller: ControllerBench,
    _ prepare: (GuestProcessor) -> Void = { _ in }
  ) -> VirtualProcessor { write(register.offset, value, controller, prepare) }

  /// Registers that x2APIC mode does not have.
  private static let absent =
    [0x000, 0x010, 0x040, 0x070, AccessRule.remoteRead, 0x3A0, 0x3D0]
    + offsets(.arbitrationPriority, .destinationFormat, .interruptCommandHigh)
  /// Registers that can be read and not written.
  private static let readOnly =
    offsets(.identifier, .version, .processorPriority, .logicalDestination) + [
      VectorSet.inService.offset(of: 0), VectorSet.triggerMode.offset(of: 0),
      VectorSet.requests.offset(of: 0),
      VectorSet.requests.offset(of: .max),
    ]

  private static func offsets(_ registers: Register...) -> [Int] { registers.map { $0.offset } }

  private static func addReads(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("reads are done, or fault, as the table says") { expectations in
      let offsets =
        readOnly.filter { $0 != Register.processorPriority.offset }
        + offsets(
          .taskPriority, .spuriousInterruptVector, .errorStatus, .timerVector, .errorVector,
          .timerInitialCount, .timerDivideConfiguration)
      for offset in offsets {
        let guest = read(offset, controller) { $0.page[offset] = 0x1234_5678 }
        expectations.expect("\(hexadecimal(register(offset)))h", guest, exits: .call, at: 2)
        expectations.expect(
          "\(hexadecimal(register(offset)))h", guest.block.rax & 0xFFFF_FFFF, is: 0x1234_5678)
      }
      let count = Register.timerCurrentCount.offset
      expectations.expect(
        "current count", read(count, controller), leavesAccess: count, isWrite: false, at: 0)
    }
    list.test("registers that do not exist raise #GP, and those that can only be written") { expectations in
      for offset in absent + offsets(.endOfInterrupt, .selfInterrupt) {
        expectations.expect(
          "\(hexadecimal(register(offset)))h", read(offset, controller),
          takes: ExceptionVector.generalProtection.rawValue)
      }
    }
  }

  private static func addWrites(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("registers that cannot be written raise #GP, and nothing is stored") { expectations in
      for offset in absent + readOnly + offsets(.timerCurrentCount) {
        let guest = write(offset, 0x30, controller) { $0.page[offset] = 0 }
        let name = "\(hexadecimal(register(offset)))h"
        expectations.expect(name, guest, takes: ExceptionVector.generalProtection.rawValue)
        if offset != Register.processorPriority.offset {
          expectations.expect("\(name): stored", UInt64(controller.first.page[offset]), is: 0)
        }
      }
    }
    list.test("writes that the hypervisor is told of are done, and exit behind the instruction") {
      expectations in
      let writes: [(Register, UInt64)] = [
        (.spuriousInterruptVector, 0x1FF), (.errorStatus, 0), (.timerVector, 0x1_0031),
        (.errorVector, 0x1_0033), (.timerInitialCount, 1000), (.timerDivideConfiguration, 0xB),
      ]
      for (register, value) in writes {
        let guest = write(register, value, controller)
        let name = "\(hexadecimal(register.modelSpecificRegister))h"
        expectations.expect(name, guest, leavesAccess: register.offset, isWrite: true, at: 2)
        expectations.expect("\(name): stored", UInt64(controller.first.page[register]), is: value)
      }
    }
    list.test("values that the registers do not take raise #GP") { expectations in
      for (register, value) in [
        (.endOfInterrupt, 1), (.errorStatus, 1), (.timerVector, 1 << 18),
        (.interruptCommandLow, 1 << 12 | 0x31), (.interruptCommandLow, 1 << 20 | 0x31),
      ] as [(Register, UInt64)] {
        expectations.expect(
          "\(hexadecimal(register.modelSpecificRegister))h", write(register, value, controller),
          takes: ExceptionVector.generalProtection.rawValue)
      }
    }
    list.test("a write of the task priority does not exit, and CR8 follows") { expectations in
      let guest = write(.taskPriority, 0x62, controller)
      expectations.expect("write", guest, exits: .call, at: 2)
      expectations.expect("TPR", UInt64(controller.first.page[.taskPriority]), is: 0x62)
      expectations.expect("V_TPR", UInt64(guest.block.interruptControl.taskPriority), is: 6)
    }
  }

  private static func addInterrupts(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("the end of an edge-triggered interrupt does not exit, that of a level-triggered one does") {
      expectations in
      let edge = write(.endOfInterrupt, 0, controller) { $0.page.set(vector, in: .inService) }
      expectations.expect("edge", edge, exits: .call, at: 2)
      expectations.expect(controller.first.page.isEmpty(.inService), "the vector is in service")
      let level = write(.endOfInterrupt, 0, controller) {
        $0.page.set(vector, in: .inService)
        $0.page.set(vector, in: .triggerMode)
      }
      expectations.expect(
        "level", level, leavesAccess: Register.endOfInterrupt.offset, isWrite: true, vector: vector, at: 2)
    }
    list.test("an interrupt by SELF_IPI is taken without an exit") { expectations in
      let guest = write(.selfInterrupt, UInt64(vector), controller) {
        $0.block.flags |= VirtualProcessor.interruptFlag
      }
      expectations.expect("SELF_IPI", guest, takes: vector)
      expectations.expect("RIP on the stack", guest.stackWord(0), is: guest.memory.code.rawValue + 2)
    }
    list.test("a request that waits is taken at VMRUN") { expectations in
      let guest = controller.run([0x90], .extended) {
        $0.page.set(vector, in: .requests)
        $0.block.flags |= VirtualProcessor.interruptFlag
      }
      expectations.expect("request", guest, takes: vector)
    }
  }

  private static func addCommands(to list: inout SelfTestList, _ controller: ControllerBench) {
    let command = { (mode: DeliveryMode, vector: UInt8, destination: InterruptCommand.Destination) in
      InterruptCommand(mode, vector: vector, to: destination, .x2APIC)
    }
    let send = { (command: InterruptCommand, prepare: (GuestProcessor) -> Void) in
      write(.interruptCommandLow, command.rawValue, controller, prepare)
    }
    // Command, reason, and index.
    let cases: [(StaticString, InterruptCommand, SVM.IncompleteInterruptReason, Int?)] = [
      ("not running", command(.fixed, vector, .physical(1)), .targetNotRunning, 1),
      ("absent", command(.fixed, vector, .physical(7)), .invalidTarget, 7),
      ("NMI", command(.nonMaskable, vector, .physical(1)), .invalidType, nil),
      ("vector 15", command(.fixed, 0x0F, .physical(1)), .invalidVector, nil),
      ("behind the last index", command(.fixed, vector, .physical(0x200)), .invalidTarget, nil),
    ]
    list.test("commands that AVIC does not finish exit behind the write") { expectations in
      for (name, command, reason, index) in cases {
        expectations.expect("\(name)", send(command) { _ in }, leaves: command, reason, index)
      }
    }
    list.test("a logical destination has a cluster of sixteen, and no table") { expectations in
      let guest = send(command(.fixed, vector, .logical(0x0000_0002))) { _ in
        controller.second.publish(runningOn: 0xFFE)
      }
      expectations.expect("bit 1 of cluster 0", guest, exits: .call, at: 2)
      expectations.expect(
        controller.second.page.contains(vector, in: .requests), "there is no request")
      expectations.expect(controller.first.page.isEmpty(.requests), "the sender has a request")
      let absent = send(command(.fixed, vector, .logical(0x0001_0001))) { _ in }
      expectations.expect("bit 0 of cluster 1", absent, exits: .incompleteInterrupt, at: 2)
    }
  }

  private static func addOthers(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("the permission map is looked up before the APIC") { expectations in
      guard let maps = PermissionMaps(controller.bench.computer.frames) else { return }
      maps.intercept(writesOf: Register.timerVector.modelSpecificRegister)
      let guest = write(.timerVector, 0x1_0031, controller) { maps.apply(to: $0.block) }
      expectations.expect("WRMSR", guest, exits: .modelSpecificRegister, at: 0)
    }
    list.test("the APIC's page in memory is an ordinary one") { expectations in
      let guest = controller.run(ControllerBench.read, .extended) {
        $0.virtual.registers.rdi = GuestMemory.address(of: .version)
        $0.page[.version] = 0x7_0016
      }
      expectations.expect("read", guest, exits: .call)
      expectations.expect(guest.block.rax != 0x7_0016, "the APIC answers")
    }
    list.test("privilege level 3 does not reach the registers") { expectations in
      let guest = read(Register.version.offset, controller) { $0.virtual.setUserMode() }
      expectations.expect("RDMSR", guest, takes: ExceptionVector.generalProtection.rawValue)
    }
    list.test("VMRUN takes a last index of 511 with x2AVIC") { expectations in
      let guest = controller.run([0x90], .extended) {
        $0.block[Offset.physicalIdentifierTable] =
          SVM.PhysicalIdentifierTable(address: controller.machine.tables.physical.rawValue, lastIndex: 511)
          .rawValue
      }
      expectations.expect("NOP", guest, exits: .call, at: 1)
    }
  }
}
