import Bedrock
import Interfaces

/// What comes first: an instruction's exception or its intercept (APM volume 2, 15.7.1), and writes of CR0 that are
/// let through.
enum InterceptPriorityTests {
  private typealias Offset = SVM.ControlBlock
  private static let protection = ExceptionVector.generalProtection.rawValue

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    addPrivilege(to: &list, bench)
    addOperands(to: &list, bench)
    addSelective(to: &list, bench)
  }

  private static func runAsUser(_ program: [UInt8], _ exit: SVM.ExitCode, _ bench: Bench) -> VirtualProcessor
  {
    bench.run(program) {
      $0.setUserMode()
      $0.registers.rdi = GuestMemory.windowPage(0)
      $0.block.intercept(exit)
    }
  }

  private static func addPrivilege(to list: inout SelfTestList, _ bench: Bench) {
    let privileged: [(StaticString, [UInt8], SVM.ExitCode)] = [
      ("HLT", [0xF4], .halt), ("MOV from CR3", [0x0F, 0x20, 0xDB], .controlRegisterRead(3)),
      ("MOV to CR8", [0x44, 0x0F, 0x22, 0xC3], .controlRegisterWrite(8)),
      ("CLTS", [0x0F, 0x06], .controlRegisterWrite(0)),
      ("MOV from DR7", [0x0F, 0x21, 0xFB], .debugRegisterRead(7)),
      ("LGDT", [0x0F, 0x01, 0x17], .loadGlobalTable), ("LIDT", [0x0F, 0x01, 0x1F], .loadInterruptTable),
      ("LTR", [0x0F, 0x00, 0xD8], .loadTaskRegister), ("LLDT", [0x0F, 0x00, 0xD0], .loadLocalTable),
      ("INVLPG", [0x0F, 0x01, 0x3F], .invalidatePage), ("WBINVD", [0x0F, 0x09], .writeBackCaches),
      ("INVD", [0x0F, 0x08], .invalidateCaches),
    ]
    list.test("what only level 0 may do raises #GP at level 3, before its intercept") { expectations in
      for (name, program, exit) in privileged {
        let guest = runAsUser(program, exit, bench)
        expectations.expect("\(name)", guest, takes: protection)
        expectations.expect("\(name): RIP on the stack", guest.stackWord(1), is: guest.memory.code.rawValue)
      }
    }
    let open: [(StaticString, [UInt8], SVM.ExitCode)] = [
      ("CPUID", [0x0F, 0xA2], .identification), ("RDTSC", [0x0F, 0x31], .readTimeStampCounter),
      ("PUSHF", [0x9C], .pushFlags), ("SIDT", [0x0F, 0x01, 0x0F], .storeInterruptTable),
      ("SLDT", [0x0F, 0x00, 0xC0], .storeLocalTable), ("SMSW", [0x0F, 0x01, 0xE0], .controlRegisterRead(0)),
    ]
    list.test("what every level may do exits at level 3") { expectations in
      for (name, program, exit) in open {
        expectations.expect("\(name)", runAsUser(program, exit, bench), exits: exit, at: 0)
      }
    }
    list.test("RDTSC at privilege level 3 under CR4.TSD raises #GP before its intercept") { expectations in
      let guest = bench.run([0x0F, 0x31]) {
        $0.setUserMode()
        $0.block[Offset.cr4] |= ControlRegister4.timeStampDisable.rawValue
        $0.block.intercept(.readTimeStampCounter)
      }
      expectations.expect("exception", guest, takes: protection)
    }
    list.test("IN at privilege level 3 without the right to raises #GP before the map is looked up") {
      expectations in
      guard let maps = PermissionMaps(bench.computer.frames) else { return }
      maps.intercept(port: 0x80)
      let guest = bench.run([0xE4, 0x80]) {
        $0.setUserMode()
        maps.apply(to: $0.block)
      }
      expectations.expect("exception", guest, takes: protection)
    }
  }

  private static func addOperands(to list: inout SelfTestList, _ bench: Bench) {
    let nowhere: UInt64 = 1 << 60
    let cases: [(StaticString, [UInt8], SVM.ExitCode)] = [
      ("IRET exits before its stack is read", [0x48, 0xCF], .interruptReturn),
      ("POPF exits before its stack is read", [0x9D], .popFlags),
      ("PUSHF exits before its stack is written", [0x9C], .pushFlags),
    ]
    for (name, program, exit) in cases {
      list.test(name) { expectations in
        let guest = bench.run(program) {
          $0.block.stackPointer = nowhere
          $0.block.intercept(exit)
        }
        expectations.expect("exit", guest, exits: exit, at: 0)
      }
    }
    list.strictTest("INT n exits before its gate is read", "APM volume 2, 15.7.1") { expectations in
      let guest = bench.run([0xCD, 0x30]) {
        $0.block.set(.table(at: $0.memory.interrupts.rawValue, size: 0x10), at: Offset.idtr)
        $0.block.intercept(.softwareInterrupt)
      }
      expectations.expect("exit", guest, exits: .softwareInterrupt, at: 0)
    }
    list.strictTest("VMLOAD exits before its address is looked at", "APM volume 2, 15.5.1") { expectations in
      let guest = bench.run([0x0F, 0x01, 0xDA]) {
        $0.block.rax = 0x123
        $0.block.intercept(.load)
      }
      expectations.expect("exit", guest, exits: .load, at: 0)
    }
    list.test("a register that is intercepted exits though it does not exist") { expectations in
      guard let maps = PermissionMaps(bench.computer.frames) else { return }
      maps.intercept(readsOf: 0xC000_1FFF)
      let guest = bench.run([0x0F, 0x32]) {
        maps.apply(to: $0.block)
        $0.registers.rcx = 0xC000_1FFF
      }
      expectations.expect("exit", guest, exits: .modelSpecificRegister, at: 0)
    }
  }

  private static func addSelective(to list: inout SelfTestList, _ bench: Bench) {
    // MOV RBX, CR0; BTC EBX, bit; MOV CR0, RBX
    let toggle = { (bit: UInt8) -> [UInt8] in
      [0x0F, 0x20, 0xC3, 0x0F, 0xBA, 0xFB, bit, 0x0F, 0x22, 0xC3]
    }
    list.test("the selective intercept of CR0 lets changes of TS and MP through, and CLTS") { expectations in
      for (name, program) in [("TS", toggle(3)), ("MP", toggle(1)), ("CLTS", [0x0F, 0x06])]
        as [(String, [UInt8])]
      {
        let guest = bench.run(program) { $0.block.intercept(.controlRegister0Selective) }
        expectations.expect(name, guest, exits: .call, at: UInt64(program.count))
      }
    }
    list.test("the selective intercept of CR0 exits for changes of other bits") { expectations in
      for (name, bit) in [("AM", 18), ("CD", 30), ("NE", 5)] as [(String, UInt8)] {
        let guest = bench.run(toggle(bit)) { $0.block.intercept(.controlRegister0Selective) }
        expectations.expect(name, guest, exits: .controlRegister0Selective, at: 7)
      }
    }
    list.test("the intercept of all writes of CR0 goes before the selective one") { expectations in
      let guest = bench.run(toggle(18)) {
        $0.block.intercept(.controlRegister0Selective)
        $0.block.intercept(.controlRegisterWrite(0))
      }
      expectations.expect("write", guest, exits: .controlRegisterWrite(0), at: 7)
    }
  }
}
