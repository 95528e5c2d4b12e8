import Bedrock

@_extern(c, "selftest_legacy_run") private func runLegacy(_ run: UnsafeMutableRawPointer)
@_extern(c, "selftest_legacy_user_end") private func userEnd(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_legacy_exceptions") private func exceptionEntries(_: UInt64, _: UInt64) -> UInt64

/// How a routine in protected mode ended.
enum LegacyOutcome {
  case returned(UInt32)
  case raised(LegacyException)
}

/// An exception in protected mode.
struct LegacyException {
  let vector: UInt32
  let errorCode: UInt32
  let faultAddress: UInt32
  let eip: UInt32
  let cs: UInt32
}

/// The control registers that a routine in protected mode runs with.
struct LegacyControl {
  var cr0: UInt64 = 0x31
  var cr3: UInt64 = 0
  var cr4: UInt64 = 0
  var efer: UInt64 = 0

  static let paging: UInt64 = 1 << 31
  static let writeProtect: UInt64 = 1 << 16
  static let pageSizeExtensions: UInt64 = 1 << 4
  static let physicalAddressExtension: UInt64 = 1 << 5
  static let noExecuteEnable: UInt64 = 1 << 11
}

/// Protected mode without long mode, for the time of a routine.
final class LegacyMode {
  /// The table's selectors.
  static let code = Selector(rawValue: 0x08)
  static let data = Selector(rawValue: 0x10)
  static let task = Selector(rawValue: 0x28)
  static let secondTask = Selector(rawValue: 0x48)
  static let spare = Selector(rawValue: 0x50)
  static let realModePage: UInt64 = 0x8000

  private static let gates = 32
  private static let descriptorCount = 16
  private static let taskStateSize = 104
  private static let stackSize = 16384
  private static let runSize = 96
  private static let returned: UInt32 = .max

  let descriptors = UnsafeMutablePointer<UInt64>.allocate(capacity: descriptorCount)
  let taskState = UnsafeMutableRawPointer.allocate(byteCount: taskStateSize, alignment: 16)
  let secondTaskState = UnsafeMutableRawPointer.allocate(byteCount: taskStateSize, alignment: 16)
  /// Gates of 8 bytes; tests may change those behind the exceptions they cause.
  let gates = UnsafeMutablePointer<UInt64>.allocate(capacity: LegacyMode.gates)
  private let stacks = UnsafeMutableRawPointer.allocate(byteCount: 3 * stackSize, alignment: 16)
  private let run = UnsafeMutableRawPointer.allocate(byteCount: runSize, alignment: 16)

  init() {
    resetTables()
  }

  deinit {
    descriptors.deallocate()
    taskState.deallocate()
    secondTaskState.deallocate()
    gates.deallocate()
    stacks.deallocate()
    run.deallocate()
  }

  private func number(_ pointer: UnsafeRawPointer) -> UInt64 { UInt64(UInt(bitPattern: pointer)) }

  /// Fills the tables anew; nothing of an earlier routine stays.
  func resetTables() {
    let taskDescriptor = { (state: UnsafeRawPointer) in
      Descriptor(
        type: Descriptor.availableTaskState, base: self.number(state), limit: UInt64(Self.taskStateSize - 1),
        flags: 0
      ).rawValue
    }
    let code16 = Descriptor(
      type: Descriptor.code, base: Self.realModePage, limit: 0xFFFF, flags: Descriptor.bytes16)
    let data16 = Descriptor(
      type: Descriptor.data, base: Self.realModePage, limit: 0xFFFF, flags: Descriptor.bytes16)
    let table: [UInt64] = [
      0, Descriptor(type: Descriptor.code).rawValue, Descriptor(type: Descriptor.data).rawValue,
      Descriptor(type: Descriptor.code, privilege: 3).rawValue,
      Descriptor(type: Descriptor.data, privilege: 3).rawValue, taskDescriptor(taskState),
      Descriptor(type: Descriptor.code, flags: Descriptor.longCode).rawValue, code16.rawValue,
      data16.rawValue,
      taskDescriptor(secondTaskState), 0, 0, 0, 0, 0, 0,
    ]
    for (index, descriptor) in table.enumerated() { descriptors[index] = descriptor }

    let entries = address(of: exceptionEntries)
    for vector in 0..<Self.gates { gates[vector] = gate(to: entries + UInt64(vector) * 16) }

    for state in [taskState, secondTaskState] {
      state.initializeMemory(as: UInt8.self, repeating: 0, count: Self.taskStateSize)
      // No I/O permission bitmap.
      state.storeBytes(of: UInt16(Self.taskStateSize), toByteOffset: 0x66, as: UInt16.self)
    }
    taskState.storeBytes(of: UInt32(truncatingIfNeeded: stackTop(0)), toByteOffset: 4, as: UInt32.self)
    taskState.storeBytes(of: UInt32(Self.data.rawValue), toByteOffset: 8, as: UInt32.self)
  }

  /// The ends of the stacks: for exceptions of level 3, for level 3, for a second task.
  func stackTop(_ number: Int) -> UInt64 { self.number(stacks) + UInt64((number + 1) * Self.stackSize - 16) }

  /// A 32-bit interrupt gate.
  private func gate(to target: UInt64) -> UInt64 {
    target & 0xFFFF | Self.code.rawValue64 << 16 | 0x8E << 40 | (target >> 16 & 0xFFFF) << 48
  }

  /// Runs a routine in protected mode. At privilege level 3 it runs through a window like `UserWindow`, which
  /// the page tables have to have.
  func run(
    _ routine: ProbeRoutine, _ control: LegacyControl, isUser: Bool = false, _ first: UInt64 = 0,
    _ second: UInt64 = 0
  ) -> LegacyOutcome {
    let offset = isUser ? UserWindow.base : 0
    let stack = stackTop(1)
    UnsafeMutablePointer<UInt32>(bitPattern: UInt(stack))?.pointee =
      UInt32(truncatingIfNeeded: address(of: userEnd) + offset)
    let words: [UInt64] = [
      address(of: routine) + offset, first, second, control.cr0, control.cr3, control.cr4, control.efer,
      isUser ? stack + offset : 0,
    ]
    for (index, word) in words.enumerated() {
      run.storeBytes(of: UInt32(truncatingIfNeeded: word), toByteOffset: 4 * index, as: UInt32.self)
    }
    store(table: descriptors, size: Self.descriptorCount * 8, at: 64)
    store(table: gates, size: Self.gates * 8, at: 80)
    // The task state that is in force now becomes available again, and loads of segments clear bases.
    descriptors[Self.task.index] &= ~(1 << 41)
    let bases = (ModelSpecificRegister.fsBase.value, ModelSpecificRegister.gsBase.value)
    runLegacy(run)
    ModelSpecificRegister.fsBase.write(bases.0)
    ModelSpecificRegister.gsBase.write(bases.1)
    let table = UnsafeMutableRawPointer(mutating: DescriptorTable.global.base)
    let taskState = (table + Int(Selector.taskState.rawValue)).assumingMemoryBound(to: UInt64.self)
    taskState.pointee &= ~(1 << 41)
    _ = Processor.current.probe(loadTaskRegister, Selector.taskState.rawValue64)
    return outcome(offset)
  }

  private func store(table: UnsafeRawPointer, size: Int, at offset: Int) {
    run.storeBytes(of: UInt16(size - 1), toByteOffset: offset, as: UInt16.self)
    run.storeBytes(of: number(table), toByteOffset: offset + 2, as: UInt64.self)
  }

  private func outcome(_ offset: UInt64) -> LegacyOutcome {
    let word = { (index: Int) in self.run.load(fromByteOffset: 4 * index, as: UInt32.self) }
    let end = UInt32(truncatingIfNeeded: address(of: userEnd) + offset)
    if word(8) == Self.returned
      || word(8) == UInt32(ExceptionVector.invalidOpcode.rawValue) && word(11) == end
    {
      return .returned(word(14))
    }
    return .raised(
      LegacyException(
        vector: word(8), errorCode: word(9), faultAddress: word(10), eip: word(11), cs: word(12)))
  }
}

extension Expectations {
  @inline(never)
  mutating func expect(_ what: StaticString, _ outcome: LegacyOutcome, returns expected: UInt64) {
    switch outcome {
    case .returned(let value): expect(what, UInt64(value), is: expected)
    case .raised(let raised):
      expect(false, "\(what): exception \(raised.vector), error code \(raised.errorCode), at \(raised.eip)")
    }
  }

  @inline(never)
  mutating func expect(
    _ what: StaticString, _ outcome: LegacyOutcome, raises vector: ExceptionVector, errorCode: UInt64
  ) {
    guard case .raised(let raised) = outcome else {
      expect(false, "\(what): no exception instead of \(vector.mnemonic)")
      return
    }
    expect(what, UInt64(raised.vector), is: UInt64(vector.rawValue))
    expect(what, UInt64(raised.errorCode), is: errorCode)
  }
}
