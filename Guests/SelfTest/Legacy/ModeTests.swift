import Bedrock

@_extern(c, "selftest_legacy_cr0") private func readCR0(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_legacy_efer") private func readEFER(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_legacy_real_mode") private func enterRealMode(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_legacy_copy_real_mode") private func copyRealMode(_: UnsafeMutableRawPointer)
@_extern(c, "selftest_legacy_task") private func task(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_legacy_call_task") private func callTask(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_legacy_interrupt_task") private func interruptTask(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_legacy_task_record") private func taskRecord() -> UnsafeMutablePointer<UInt32>

/// The way from long mode to protected mode and real mode, and back; hardware tasks, which only protected mode
/// has. AMD64 APM volume 2, sections 14.6, 12.3 and 12.4.
struct ModeTests {
  private static let pageEnd: UInt64 = 0x9000
  private static let nestedTask: UInt32 = 1 << 14

  let bench: TestBench
  let mode: LegacyMode

  static func add(to list: inout SelfTestList, _ bench: TestBench, _ mode: LegacyMode) {
    let tests = ModeTests(bench: bench, mode: mode)
    list.test("long mode to protected mode without paging, and back") { tests.protectedMode(&$0) }
    let page = PhysicalAddress(LegacyMode.realModePage)
    if bench.computer.startInformation.memoryMap.isUsable(page, size: PageFrameAllocator.frameSize) {
      list.test("protected mode to real mode, and back: interrupts, faults, segments") { tests.realMode(&$0) }
    } else {
      list.skip("real mode", because: "there is no free page for it")
    }
    list.test("tasks: CALL and IRET, back link and busy bits") { tests.taskCall(&$0) }
    list.test("tasks: through a task gate of the interrupt table") { tests.taskGate(&$0) }
    list.test("tasks: what is refused") { tests.refusedTasks(&$0) }
  }

  private func protectedMode(_ expectations: inout Expectations) {
    mode.resetTables()
    let cr0 = UInt64(0x31)
    for _ in 0..<3 { expectations.expect("CR0", mode.run(readCR0, LegacyControl()), returns: cr0) }
    expectations.expect("EFER", mode.run(readEFER, LegacyControl()), returns: 0)
    var control = LegacyControl()
    control.efer = LegacyControl.noExecuteEnable
    expectations.expect("EFER with NXE", mode.run(readEFER, control), returns: LegacyControl.noExecuteEnable)
    expectations.expect(ExtendedFeatures.current.contains(.longModeActive), "long mode is not active again")
    expectations.expect(
      "UD2", mode.run(probeUndefined, LegacyControl()), raises: .invalidOpcode, errorCode: 0)
  }

  private func realMode(_ expectations: inout Expectations) {
    mode.resetTables()
    guard let page = PhysicalAddress(LegacyMode.realModePage).pointer else { return }
    page.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
    copyRealMode(page)
    let word = { page.load(fromByteOffset: 0xE00 + $0, as: UInt32.self) }
    expectations.expect("return", mode.run(enterRealMode, LegacyControl()), returns: 1)
    expectations.expect("CR0.PE in real mode", UInt64(word(0) & 1), is: 0)
    expectations.expect("the same byte through another segment", UInt64(word(4)), is: UInt64(word(0)))
    expectations.expect("IP pushed by INT", UInt64(word(8)), is: 0)
    expectations.expect("CS pushed by INT", UInt64(word(12)), is: LegacyMode.realModePage >> 4)
    expectations.expect("IF and TF in its handler", UInt64(word(16) & 0x300), is: 0)
    expectations.expect("IP pushed by a division by zero", UInt64(word(20)), is: 0)
  }

  // MARK: - Tasks

  private func prepareTask() {
    mode.resetTables()
    let state = mode.secondTaskState
    let store = { (offset: Int, value: UInt64) in
      state.storeBytes(of: UInt32(truncatingIfNeeded: value), toByteOffset: offset, as: UInt32.self)
    }
    store(0x20, address(of: task))
    store(0x24, 2)
    store(0x38, mode.stackTop(2))
    for offset in [0x48, 0x50, 0x54] { store(offset, LegacyMode.data.rawValue64) }
    store(0x4C, LegacyMode.code.rawValue64)
    taskRecord()[0] = 0
    taskRecord()[1] = 0
  }

  private func isBusy(_ selector: Selector) -> Bool { mode.descriptors[selector.index] >> 41 & 1 == 1 }

  private func taskCall(_ expectations: inout Expectations) {
    prepareTask()
    let selector = LegacyMode.secondTask.rawValue64
    expectations.expect("runs", mode.run(callTask, LegacyControl(), selector), returns: 1)
    expectations.expect(
      "NT in the task", UInt64(taskRecord()[0] & Self.nestedTask), is: UInt64(Self.nestedTask))
    let link = mode.secondTaskState.load(as: UInt16.self)
    expectations.expect("back link", UInt64(link), is: LegacyMode.task.rawValue64)
    expectations.expect(!isBusy(LegacyMode.secondTask), "the task is still busy")
    expectations.expect(isBusy(LegacyMode.task), "the caller is not busy")
    // Its state was saved: it goes on behind IRET and runs once more.
    expectations.expect("runs", mode.run(callTask, LegacyControl(), selector), returns: 2)
  }

  private func taskGate(_ expectations: inout Expectations) {
    prepareTask()
    mode.gates[0x11] = LegacyMode.secondTask.rawValue64 << 16 | 0x85 << 40
    expectations.expect("runs", mode.run(interruptTask, LegacyControl()), returns: 1)
    mode.descriptors[LegacyMode.spare.index] = LegacyMode.secondTask.rawValue64 << 16 | 0x85 << 40
    expectations.expect(
      "by CALL through a gate", mode.run(callTask, LegacyControl(), LegacyMode.spare.rawValue64), returns: 2)
  }

  private func refusedTasks(_ expectations: inout Expectations) {
    prepareTask()
    let selector = LegacyMode.secondTask
    let available = mode.descriptors[selector.index]
    let refuse = {
      (expectations: inout Expectations, what: StaticString, descriptor: UInt64, vector: ExceptionVector) in
      mode.descriptors[selector.index] = descriptor
      expectations.expect(
        what, mode.run(callTask, LegacyControl(), selector.rawValue64), raises: vector,
        errorCode: selector.rawValue64)
    }
    refuse(&expectations, "a busy one", available | 1 << 41, .generalProtection)
    refuse(&expectations, "an absent one", available & ~(1 << 47), .segmentNotPresent)
    refuse(&expectations, "one that is too short", available & ~0xFFFF | 0x66, .invalidTaskState)
    expectations.expect("runs", UInt64(taskRecord()[1]), is: 0)
  }
}
