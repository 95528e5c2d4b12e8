import Bedrock
import Interfaces

/// Each register of the APIC under AVIC: which accesses are done without an exit (APM volume 2, table 15-22).
enum RegisterTests {
  private typealias Offset = SVM.ControlBlock
  private typealias Register = LocalAPICRegister

  /// Registers whose writes do more than to store, and are tested elsewhere.
  private static let withEffects: [LocalAPICRegister] = [
    .taskPriority, .endOfInterrupt, .interruptCommandLow,
  ]

  static func add(to list: inout SelfTestList, _ controller: ControllerBench) {
    addFilter(to: &list, controller)
    addMapping(to: &list, controller)
    addPriority(to: &list, controller)
    addForms(to: &list, controller)
  }

  private static func addFilter(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("reads are done, or fault, as the table says") { expectations in
      let value: UInt32 = 0x1234_5678
      for offset in stride(from: 0, to: 0x600, by: 16) {
        let guest = controller.readRegister(offset) { $0.page[offset] = value }
        let name = "read of \(hexadecimal(UInt64(offset)))h"
        switch AccessRule(reading: offset) {
        case .fault:
          expectations.expect(name, guest, leavesAccess: offset, isWrite: false, at: 0)
        case .allowed, .trap:
          expectations.expect(name, guest, exits: .call, at: 2)
          expectations.expect(name, guest.block.rax, is: expectedRead(offset, value))
        }
      }
    }
    list.test("writes are done, trap or fault, as the table says") { expectations in
      let value: UInt32 = 0x0100_00FE
      for offset in stride(from: 0, to: 0x600, by: 16) {
        if let register = LocalAPICRegister(offset: offset), withEffects.contains(register) { continue }
        let guest = controller.writeRegister(offset, value) { $0.page[offset] = 0 }
        let name = "write of \(hexadecimal(UInt64(offset)))h"
        let stored = UInt64(controller.first.page[offset])
        switch AccessRule(writing: offset) {
        case .fault:
          expectations.expect(name, guest, leavesAccess: offset, isWrite: true, at: 0)
          expectations.expect("\(name): stored", stored, is: 0)
        case .trap:
          expectations.expect(name, guest, leavesAccess: offset, isWrite: true, at: 2)
          expectations.expect("\(name): stored", stored, is: UInt64(value))
        case .allowed:
          expectations.expect(name, guest, exits: .call, at: 2)
          expectations.expect("\(name): stored", stored, is: UInt64(value))
        }
      }
    }
    list.test("an exit that is a trap tells no next instruction") { expectations in
      let guest = controller.writeRegister(.timerVector, 0x10030)
      expectations.expect("nRIP", guest.block[Offset.nextInstructionPointer], is: 0)
    }
  }

  /// The processor computes the processor's priority; the rest is read as it is.
  private static func expectedRead(_ offset: Int, _ value: UInt32) -> UInt64 {
    LocalAPICRegister(offset: offset) == .processorPriority ? 0 : UInt64(value)
  }

  private static func addMapping(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("the APIC's page is looked up in the nested tables first") { expectations in
      let absent = controller.readRegister(.version) { _ in controller.machine.memory.mapAPIC(false) }
      expectations.expect(
        "not present", absent, faults: [.user, .finalAddress],
        GuestMemory.address(of: .version))
      let readOnly = controller.writeRegister(.taskPriority, 0x10) { _ in
        let entry = controller.machine.memory.nested.entry(of: VirtualAddress(GuestMemory.apicBase), level: 1)
        entry?.pointee &= ~2
      }
      expectations.expect(
        "read-only", readOnly, faults: [.present, .write, .user, .finalAddress],
        GuestMemory.address(of: .taskPriority))
    }
    list.test("the page that is mapped there is never touched") { expectations in
      let frame = controller.machine.memory.windowFrame(0)
      let redirect = {
        let entry = controller.machine.memory.nested.entry(of: VirtualAddress(GuestMemory.apicBase), level: 1)
        entry?.pointee = frame.rawValue | 7
        frame.pointer?.storeBytes(of: 0x99, toByteOffset: Register.version.offset, as: UInt32.self)
      }
      let guest = controller.readRegister(.version) {
        redirect()
        $0.page[.version] = 0x50014
      }
      expectations.expect("read", guest, exits: .call)
      expectations.expect("version", guest.block.rax, is: 0x50014)
    }
    list.test("the page behind the APIC's is an ordinary one") { expectations in
      let guest = controller.readRegister(0x1000) { _ in }
      // The guest's own tables do not map it.
      expectations.expect("read", guest, takes: ExceptionVector.pageFault.rawValue)
    }
    list.test("the APIC is where AVIC_APIC_BAR says") { expectations in
      let guest = controller.run(ControllerBench.read) {
        $0.block[Offset.apicBar] = GuestMemory.windowPage(2)
        $0.virtual.registers.rdi = GuestMemory.windowPage(2) + UInt64(Register.version.offset)
        $0.page[.version] = 0x60015
      }
      expectations.expect("read", guest, exits: .call)
      expectations.expect("version", guest.block.rax, is: 0x60015)
      let other = controller.readRegister(.version) {
        $0.block[Offset.apicBar] = GuestMemory.windowPage(2)
        $0.page[.version] = 0x60015
      }
      expectations.expect("read elsewhere", other, exits: .call)
      expectations.expect(other.block.rax != 0x60015, "the APIC answers at its old address")
    }
    list.test("without AVIC the page is an ordinary one") { expectations in
      let guest = controller.run(ControllerBench.read, .software) {
        $0.virtual.registers.rdi = GuestMemory.address(of: .version)
      }
      expectations.expect(
        "read", guest, faults: [.user, .finalAddress], GuestMemory.address(of: .version))
    }
  }

  private static func addPriority(to list: inout SelfTestList, _ controller: ControllerBench) {
    list.test("a write of the task priority does not exit, and CR8 follows") { expectations in
      // MOV [RDI], EAX; MOV RBX, CR8
      let program = ControllerBench.write + [0x44, 0x0F, 0x20, 0xC3]
      let guest = controller.run(program) {
        $0.virtual.registers.rdi = GuestMemory.address(of: .taskPriority)
        $0.block.rax = 0x73
      }
      expectations.expect("write", guest, exits: .call)
      expectations.expect("TPR", UInt64(controller.first.page[.taskPriority]), is: 0x73)
      expectations.expect("CR8", guest.registers.rbx, is: 7)
      expectations.expect("V_TPR", UInt64(guest.block.interruptControl.taskPriority), is: 7)
    }
    list.test("a write of CR8 does not exit, and the task priority follows") { expectations in
      // MOV CR8, RBX; MOV EAX, [RDI]
      let guest = controller.run([0x44, 0x0F, 0x22, 0xC3] + ControllerBench.read) {
        $0.virtual.registers.rbx = 9
        $0.virtual.registers.rdi = GuestMemory.address(of: .taskPriority)
      }
      expectations.expect("write", guest, exits: .call)
      expectations.expect("TPR read", guest.block.rax, is: 0x90)
      expectations.expect("V_TPR", UInt64(guest.block.interruptControl.taskPriority), is: 9)
    }
    list.test("the processor's priority follows the task's and what is in service") { expectations in
      // The task's priority, a vector in service, and the processor's priority.
      let cases: [(UInt32, UInt8?, UInt64)] = [
        (0x35, nil, 0x35), (0x35, 0x21, 0x35), (0x21, 0x35, 0x30), (0x3A, 0x35, 0x3A), (0, 0xE1, 0xE0),
      ]
      for (task, service, expected) in cases {
        // MOV [RDI], EAX; MOV EAX, [RDI + 20h]
        let guest = controller.run(ControllerBench.write + [0x8B, 0x47, 0x20]) {
          $0.virtual.registers.rdi = GuestMemory.address(of: .taskPriority)
          $0.block.rax = UInt64(task)
          if let service { $0.page.set(service, in: .inService) }
        }
        expectations.expect("exit", guest, exits: .call)
        expectations.expect("PPR with task priority \(task)", guest.block.rax, is: expected)
      }
    }
  }
}

extension RegisterTests {
  /// Instructions of other forms than a load or a store of a word.
  private static func addForms(to list: inout SelfTestList, _ controller: ControllerBench) {
    let run = { (program: [UInt8], register: LocalAPICRegister, prepare: (GuestProcessor) -> Void) in
      controller.run(program) {
        $0.virtual.registers.rdi = GuestMemory.address(of: register)
        prepare($0)
      }
    }
    list.test("an instruction that reads and writes a register does both, and exits behind itself") {
      expectations in
      // OR DWORD PTR [RDI], 100h
      let guest = run([0x81, 0x0F, 0, 1, 0, 0], .spuriousInterruptVector) { _ in }
      expectations.expect(
        "OR", guest, leavesAccess: Register.spuriousInterruptVector.offset, isWrite: true, at: 6)
      expectations.expect("SVR", UInt64(controller.first.page[.spuriousInterruptVector]), is: 0x1FF)
    }
    list.test("an exchange with the task priority gives the old one and sets the new one") { expectations in
      // XCHG [RDI], EAX
      let guest = run([0x87, 0x07], .taskPriority) {
        $0.page[.taskPriority] = 0x20
        $0.setVirtualTaskPriority(0x20)
        $0.block.rax = 0x90
      }
      expectations.expect("XCHG", guest, exits: .call, at: 2)
      expectations.expect("EAX", guest.block.rax, is: 0x20)
      expectations.expect("V_TPR", UInt64(guest.block.interruptControl.taskPriority), is: 9)
    }
    list.test("a string instruction reads registers one after the other") { expectations in
      // MOV ECX, 4; REP MOVSD: a word of the ID and what is behind it
      let guest = controller.run([0xB9, 4, 0, 0, 0, 0xF3, 0xA5]) {
        $0.virtual.registers.rsi = GuestMemory.address(of: .version)
        $0.virtual.registers.rdi = GuestMemory.windowPage(0)
        $0.page[.version] = 0x8_0017
      }
      expectations.expect("MOVS", guest, exits: .call, at: 7)
      let copy = controller.machine.memory.windowFrame(0).pointer?.load(as: UInt32.self)
      expectations.expect("version", UInt64(copy ?? 0), is: 0x8_0017)
    }
    list.test("a program at privilege level 3 reaches the page if the guest's tables let it") {
      expectations in
      let guest = run(ControllerBench.read, .version) {
        $0.virtual.setUserMode()
        $0.page[.version] = 0x9_0018
      }
      expectations.expect("read", guest, exits: .call, at: 2)
      expectations.expect("version", guest.block.rax, is: 0x9_0018)
    }
  }
}

extension Expectations {
  /// Expects an exit for an access that AVIC leaves to software.
  @inline(never)
  mutating func expect(
    _ what: String, _ guest: VirtualProcessor, leavesAccess offset: Int, isWrite: Bool, vector: UInt8 = 0,
    at address: UInt64
  ) {
    expect(what, guest, exits: .unacceleratedAccess, at: address)
    guard guest.block.exitCode == .unacceleratedAccess else { return }
    expect(
      "\(what): EXITINFO1", guest.block[SVM.ControlBlock.exitInformation1],
      is: SVM.UnacceleratedAccess(offset: offset, isWrite: isWrite).rawValue)
    expect("\(what): EXITINFO2", guest.block[SVM.ControlBlock.exitInformation2] & 0xFF, is: UInt64(vector))
  }
}
