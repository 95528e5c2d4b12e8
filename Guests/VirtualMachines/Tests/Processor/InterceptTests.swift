import Bedrock
import Interfaces

/// Instructions that a hypervisor can ask to be told of, and what it is told (APM volume 2, 15.7 to 15.11).
enum InterceptTests {
  typealias Offset = SVM.ControlBlock

  /// A program with one instruction that can be intercepted.
  struct Case {
    let name: StaticString
    let exit: SVM.ExitCode
    /// What comes before the instruction.
    let before: [UInt8]
    let instruction: [UInt8]
    /// EXITINFO1 with decode assists, if they tell something.
    var information: UInt64?
    /// Whether the instruction can be let through.
    var isHarmless = true

    init(
      _ name: StaticString, _ exit: SVM.ExitCode, _ instruction: [UInt8], after before: [UInt8] = [],
      information: UInt64? = nil, isHarmless: Bool = true
    ) {
      self.name = name
      self.exit = exit
      self.before = before
      self.instruction = instruction
      self.information = information
      self.isHarmless = isHarmless
    }
  }

  static func add(to list: inout SelfTestList, _ bench: Bench) {
    for item in InterceptCases.moves + InterceptCases.tables + InterceptCases.others(bench) {
      list.test(item.name) { check(item, bench, &$0) }
    }
    for item in InterceptCases.strict(bench) {
      list.strictTest(item.name, "APM volume 2, 15.7 to 15.11") { check(item, bench, &$0) }
    }
  }

  private static func check(_ item: Case, _ bench: Bench, _ expectations: inout Expectations) {
    let program = item.before + item.instruction
    let start = UInt64(item.before.count)
    let end = UInt64(program.count)
    let guest = bench.run(program) { prepare($0, item) }
    expectations.expect("intercepted", guest, exits: item.exit, at: start)
    if bench.svm.hasNextInstructionPointer {
      let next = guest.block[Offset.nextInstructionPointer] &- guest.memory.code.rawValue
      expectations.expect("nRIP", next, is: end)
    }
    if bench.svm.hasDecodeAssists, let information = item.information {
      expectations.expect("EXITINFO1", guest.block[Offset.exitInformation1], is: information)
    }
    guard item.isHarmless else { return }
    let free = bench.run(program) {
      prepare($0, item)
      $0.block.intercept(item.exit, item.exit == .call)
    }
    expectations.expect("let through", free, exits: .call, at: end)
  }

  /// RDI is an address that can be used, RCX the number of a register.
  private static func prepare(_ guest: VirtualProcessor, _ item: Case) {
    guest.block.intercept(item.exit)
    guest.registers.rdi = GuestMemory.windowPage(0)
    guest.registers.rcx = 0
  }
}

/// The programs.
enum InterceptCases {
  typealias Case = InterceptTests.Case

  /// Moves from and to control and debug registers, with RBX.
  static var moves: [Case] {
    let rbx: UInt8 = 3
    let control = SVM.RegisterMove(controlRegisterMove: rbx).rawValue
    let debug = SVM.RegisterMove(debugRegisterMove: rbx).rawValue
    return [
      Case("MOV from CR0", .controlRegisterRead(0), [0x0F, 0x20, 0xC3], information: control),
      Case("MOV from CR2", .controlRegisterRead(2), [0x0F, 0x20, 0xD3], information: control),
      Case("MOV from CR3", .controlRegisterRead(3), [0x0F, 0x20, 0xDB], information: control),
      Case("MOV from CR4", .controlRegisterRead(4), [0x0F, 0x20, 0xE3], information: control),
      Case("MOV from CR8", .controlRegisterRead(8), [0x44, 0x0F, 0x20, 0xC3], information: control),
      Case(
        "MOV to CR0", .controlRegisterWrite(0), [0x0F, 0x22, 0xC3], after: [0x0F, 0x20, 0xC3],
        information: control),
      Case("MOV to CR2", .controlRegisterWrite(2), [0x0F, 0x22, 0xD3], information: control),
      Case(
        "MOV to CR3", .controlRegisterWrite(3), [0x0F, 0x22, 0xDB], after: [0x0F, 0x20, 0xDB],
        information: control),
      Case(
        "MOV to CR4", .controlRegisterWrite(4), [0x0F, 0x22, 0xE3], after: [0x0F, 0x20, 0xE3],
        information: control),
      Case("MOV to CR8", .controlRegisterWrite(8), [0x44, 0x0F, 0x22, 0xC3], information: control),
      Case(
        "MOV from CR0 to R14", .controlRegisterRead(0), [0x41, 0x0F, 0x20, 0xC6],
        information: SVM.RegisterMove(controlRegisterMove: 14).rawValue),
      Case("SMSW is a read of CR0", .controlRegisterRead(0), [0x0F, 0x01, 0xE0], information: 0),
      Case(
        "LMSW is a write of CR0", .controlRegisterWrite(0), [0x0F, 0x01, 0xF0],
        after: [0x0F, 0x01, 0xE0], information: 0),
      Case("CLTS is a write of CR0", .controlRegisterWrite(0), [0x0F, 0x06], information: 0),
      Case("MOV from DR0", .debugRegisterRead(0), [0x0F, 0x21, 0xC3], information: debug),
      Case("MOV from DR3", .debugRegisterRead(3), [0x0F, 0x21, 0xDB], information: debug),
      Case("MOV from DR6", .debugRegisterRead(6), [0x0F, 0x21, 0xF3], information: debug),
      Case("MOV from DR7", .debugRegisterRead(7), [0x0F, 0x21, 0xFB], information: debug),
      Case("MOV to DR1", .debugRegisterWrite(1), [0x0F, 0x23, 0xCB], information: debug),
      Case(
        "MOV to DR6", .debugRegisterWrite(6), [0x0F, 0x23, 0xF3], after: [0x0F, 0x21, 0xF3],
        information: debug),
      Case(
        "MOV to DR7", .debugRegisterWrite(7), [0x0F, 0x23, 0xFB], after: [0x0F, 0x21, 0xFB],
        information: debug),
      Case(
        "MOV to CR0 that changes CR0.WP, selectively", .controlRegister0Selective, [0x0F, 0x22, 0xC3],
        after: [0x0F, 0x20, 0xC3, 0x0F, 0xBA, 0xF3, 16]),
    ]
  }

  /// Descriptor tables, in the guest's stack.
  static var tables: [Case] {
    let makeRoom: [UInt8] = [0x48, 0x83, 0xEC, 0x10]
    return [
      Case("SIDT", .storeInterruptTable, [0x0F, 0x01, 0x0C, 0x24], after: makeRoom),
      Case("SGDT", .storeGlobalTable, [0x0F, 0x01, 0x04, 0x24], after: makeRoom),
      Case("SLDT", .storeLocalTable, [0x0F, 0x00, 0xC0]),
      Case("STR", .storeTaskRegister, [0x0F, 0x00, 0xC8]),
      Case(
        "LIDT", .loadInterruptTable, [0x0F, 0x01, 0x1C, 0x24], after: makeRoom + [0x0F, 0x01, 0x0C, 0x24]),
      Case(
        "LGDT", .loadGlobalTable, [0x0F, 0x01, 0x14, 0x24], after: makeRoom + [0x0F, 0x01, 0x04, 0x24]),
      Case("LLDT", .loadLocalTable, [0x0F, 0x00, 0xD0], after: [0x31, 0xC0]),
      Case("LTR", .loadTaskRegister, [0x0F, 0x00, 0xD8], after: [0x31, 0xC0], isHarmless: false),
    ]
  }

  static func others(_ bench: Bench) -> [Case] {
    // MOV EAX, the block that runs: an address that VMRUN, VMLOAD and VMSAVE can read.
    let address = UInt32(truncatingIfNeeded: bench.guest.hostState.rawValue)
    let loadAddress: [UInt8] =
      [0xB8] + (0..<4).map { UInt8(truncatingIfNeeded: address >> UInt32($0 * 8)) }
    return [
      Case("RDTSC", .readTimeStampCounter, [0x0F, 0x31]),
      Case("PUSHF", .pushFlags, [0x9C]),
      Case("POPF", .popFlags, [0x9D], after: [0x9C]),
      Case("CPUID", .identification, [0x0F, 0xA2]),
      Case("IRET", .interruptReturn, [0x48, 0xCF], isHarmless: false),
      Case("PAUSE", .pause, [0xF3, 0x90]),
      Case("HLT", .halt, [0xF4], isHarmless: false),
      Case("INVLPG", .invalidatePage, [0x0F, 0x01, 0x3F], information: GuestMemory.windowPage(0)),
      Case("INVLPGA", .invalidatePageOfSpace, [0x0F, 0x01, 0xDF], isHarmless: false),
      Case("VMRUN", .run, [0x0F, 0x01, 0xD8], after: loadAddress, isHarmless: false),
      Case("VMMCALL", .call, [0x0F, 0x01, 0xD9], isHarmless: false),
      Case("VMLOAD", .load, [0x0F, 0x01, 0xDA], after: loadAddress, isHarmless: false),
      Case("VMSAVE", .save, [0x0F, 0x01, 0xDB], after: loadAddress, isHarmless: false),
      Case("STGI", .setGlobalInterruptFlag, [0x0F, 0x01, 0xDC]),
      Case("CLGI", .clearGlobalInterruptFlag, [0x0F, 0x01, 0xDD], isHarmless: false),
      Case("WBINVD", .writeBackCaches, [0x0F, 0x09]),
    ]
  }

  static func strict(_ bench: Bench) -> [Case] {
    var cases = [
      Case(
        "LMSW, selectively", .controlRegister0Selective, [0x0F, 0x01, 0xF0], after: [0x0F, 0x01, 0xE0]),
      Case("INVD", .invalidateCaches, [0x0F, 0x08], isHarmless: false),
      Case("INT n", .softwareInterrupt, [0xCD, 0x30], information: 0x30, isHarmless: false),
      Case("RDPMC", .readPerformanceCounter, [0x0F, 0x33], isHarmless: false),
      Case("INT1", .debugInterrupt, [0xF1], isHarmless: false),
    ]
    let identification = ProcessorIdentification()
    if identification.has(ProcessorFeature("rdtscp", 0x8000_0001, .edx, 27)) {
      cases.append(Case("RDTSCP", .readTimeStampCounterAndProcessor, [0x0F, 0x01, 0xF9]))
    }
    if identification.has(ProcessorFeature("monitor", 1, .ecx, 3)) {
      cases += [
        Case("MONITOR", .monitor, [0x0F, 0x01, 0xC8], isHarmless: false),
        Case("MWAIT", .wait, [0x0F, 0x01, 0xC9], isHarmless: false),
      ]
    }
    if identification.has(ProcessorFeature("xsave", 1, .ecx, 26)) {
      cases.append(Case("XSETBV", .setExtendedControl, [0x0F, 0x01, 0xD1], isHarmless: false))
    }
    return cases
  }
}
