extension SVM {
  /// The page of a virtual machine control block, as a hypervisor has it before it, or whoever prepares one for it.
  ///
  /// Offsets are those of ``ControlBlock``.
  public protocol ControlBlockMemory {
    /// The number at an offset, little-endian.
    func load<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type) -> Value
    /// Sets the number at an offset.
    func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int)
  }
}

extension SVM.ControlBlockMemory {
  /// A field of 64 bits.
  public subscript(offset: Int) -> UInt64 {
    get { load(offset, as: UInt64.self) }
    nonmutating set { store(newValue, at: offset) }
  }

  // MARK: - Control area

  /// Asks for an exit, or no longer; of exit codes below 0xC0.
  public func intercept(_ code: SVM.ExitCode, _ isIntercepted: Bool = true) {
    let bit = Int(truncatingIfNeeded: code.rawValue)
    let offset = SVM.ControlBlock.intercepts + bit / 32 * 4
    let mask = UInt32(1) << UInt32(bit % 32)
    let word = load(offset, as: UInt32.self)
    store(isIntercepted ? word | mask : word & ~mask, at: offset)
  }

  /// The guest's ASID; the host's is 0.
  public var addressSpace: UInt32 {
    get { load(SVM.ControlBlock.addressSpaceIdentifier, as: UInt32.self) }
    nonmutating set { store(newValue, at: SVM.ControlBlock.addressSpaceIdentifier) }
  }

  /// Tells what the next VMRUN does to translations.
  public func setTranslationControl(_ control: SVM.TranslationControl) {
    store(control.rawValue, at: SVM.ControlBlock.translationControl)
  }

  /// Virtual interrupts.
  public var interruptControl: SVM.InterruptControl {
    get { SVM.InterruptControl(rawValue: self[SVM.ControlBlock.interruptControl]) }
    nonmutating set { self[SVM.ControlBlock.interruptControl] = newValue.rawValue }
  }

  /// The guest is in an interrupt shadow.
  public var isInInterruptShadow: Bool {
    get { self[SVM.ControlBlock.interruptShadow] & 1 != 0 }
    nonmutating set { self[SVM.ControlBlock.interruptShadow] = newValue ? 1 : 0 }
  }

  /// Turns nested paging on.
  ///
  /// - Parameter root: the physical address of the root of the nested page tables.
  public func setNestedPaging(root: UInt64) {
    self[SVM.ControlBlock.nestedPagingControl] = SVM.NestedPagingControl.enable.rawValue
    self[SVM.ControlBlock.nestedRoot] = root
    self[SVM.ControlBlock.pageAttributeTable] = PageAttributeTable.resetValue
  }

  /// The event that VMRUN delivers first.
  public var eventInjection: SVM.EventInjection {
    get { SVM.EventInjection(rawValue: self[SVM.ControlBlock.eventInjection]) }
    nonmutating set { self[SVM.ControlBlock.eventInjection] = newValue.rawValue }
  }

  /// The event whose delivery an exit has interrupted.
  public var interruptedEvent: SVM.EventInjection {
    SVM.EventInjection(rawValue: self[SVM.ControlBlock.exitInterruptInformation])
  }

  /// Why the guest has exited.
  public var exitCode: SVM.ExitCode { SVM.ExitCode(rawValue: self[SVM.ControlBlock.exitCode]) }

  // MARK: - State save area

  /// RIP.
  public var instructionPointer: UInt64 {
    get { self[SVM.ControlBlock.instructionPointer] }
    nonmutating set { self[SVM.ControlBlock.instructionPointer] = newValue }
  }

  /// RSP.
  public var stackPointer: UInt64 {
    get { self[SVM.ControlBlock.stackPointer] }
    nonmutating set { self[SVM.ControlBlock.stackPointer] = newValue }
  }

  /// RFLAGS.
  public var flags: UInt64 {
    get { self[SVM.ControlBlock.flags] }
    nonmutating set { self[SVM.ControlBlock.flags] = newValue }
  }

  /// RAX.
  public var rax: UInt64 {
    get { self[SVM.ControlBlock.rax] }
    nonmutating set { self[SVM.ControlBlock.rax] = newValue }
  }

  /// The privilege level, 0 to 3.
  public var privilegeLevel: UInt8 {
    get { load(SVM.ControlBlock.privilegeLevel, as: UInt8.self) }
    nonmutating set { store(newValue, at: SVM.ControlBlock.privilegeLevel) }
  }

  /// Sets a segment register or the register of a descriptor table.
  public func set(_ segment: SVM.SegmentState, at offset: Int) {
    store(segment.selector, at: offset + SVM.ControlBlock.Segment.selector)
    store(segment.attributes, at: offset + SVM.ControlBlock.Segment.attributes)
    store(segment.limit, at: offset + SVM.ControlBlock.Segment.limit)
    store(segment.base, at: offset + SVM.ControlBlock.Segment.base)
  }

  /// Makes the guest begin in 64-bit mode at privilege level 0, with interrupts held back and nothing in the control
  /// registers that this does not need.
  ///
  /// - Parameters:
  ///   - address: the first instruction.
  ///   - root: CR3, a guest-physical address.
  ///   - code: CS.
  ///   - data: the other segment registers.
  public func startIn64BitMode(
    at address: UInt64, pageTableRoot root: UInt64, code: SVM.SegmentState = .code64,
    data: SVM.SegmentState = .data
  ) {
    typealias Offset = SVM.ControlBlock
    set(code, at: Offset.cs)
    for offset in [Offset.ss, Offset.ds, Offset.es, Offset.fs, Offset.gs] { set(data, at: offset) }
    // SVME, LMA and LME; PAE; PG, ET and PE.
    self[Offset.efer] = 1 << 12 | 1 << 10 | 1 << 8
    self[Offset.cr4] = 1 << 5
    self[Offset.cr0] = 1 << 31 | 1 << 4 | 1 << 0
    self[Offset.cr3] = root
    // The bit that is always one.
    flags = 1 << 1
    instructionPointer = address
  }
}
