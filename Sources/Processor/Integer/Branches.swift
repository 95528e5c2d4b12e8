import X86

extension Core {
  /// Enters a block, if the budget allows all of its instructions.
  @inline(__always)
  func enter(_ block: UnsafeMutablePointer<Block>, at address: UInt64) -> Continuation {
    let left = state.budget &- block.pointee.count
    guard left >= 0 else { return stop(at: address) }
    state.budget = left
    return proceed(self, to: block.firstRecord)
  }

  /// Leaves to the run loop, which goes on at a linear address.
  @inline(never)
  func stop(at address: UInt64) -> Continuation {
    state.rip = instructionPointer(at: address)
    return leaveBlock
  }

  /// Goes to a linear address in 64-bit mode through the jump cache.
  @inline(__always)
  func jump(to address: UInt64) -> Continuation {
    let entry = state.jumpCache + JumpCacheEntry.index(of: address)
    guard entry.pointee.address == address, entry.pointee.context == state.codeContext else {
      return stop(at: address)
    }
    setRegister(RegisterOffset.codePage, address & ~0xFFF)
    return enter(entry.pointee.block, at: address)
  }

  /// Finds or decodes the block that a record leads to, and remembers it there.
  @inline(never)
  func link(_ record: RecordReference, to target: UInt64) -> Continuation {
    let page = BlockLink(rawValue: record.fields.immediate).page
    if let block = state.owner.linkTarget(target, inPage: page) {
      record.fields.immediate = BlockLink(block).rawValue
    }
    return stop(at: target)
  }
}

/// A condition that is known when a handler is compiled.
protocol StaticCondition {
  static func holds(_ flags: LazyFlags) -> Bool
}

enum IsOverflow: StaticCondition {
  @inline(__always) static func holds(_ flags: LazyFlags) -> Bool { flags.overflow }
}
enum IsBelow: StaticCondition {
  @inline(__always) static func holds(_ flags: LazyFlags) -> Bool { flags.carry }
}
enum IsZero: StaticCondition {
  @inline(__always) static func holds(_ flags: LazyFlags) -> Bool { flags.zero }
}
enum IsBelowOrEqual: StaticCondition {
  @inline(__always) static func holds(_ flags: LazyFlags) -> Bool { flags.carry || flags.zero }
}
enum IsSign: StaticCondition {
  @inline(__always) static func holds(_ flags: LazyFlags) -> Bool { flags.sign }
}
enum IsParity: StaticCondition {
  @inline(__always) static func holds(_ flags: LazyFlags) -> Bool { flags.parity }
}
enum IsLess: StaticCondition {
  @inline(__always) static func holds(_ flags: LazyFlags) -> Bool { flags.sign != flags.overflow }
}
enum IsLessOrEqual: StaticCondition {
  @inline(__always) static func holds(_ flags: LazyFlags) -> Bool {
    flags.zero || flags.sign != flags.overflow
  }
}
enum Not<Condition: StaticCondition>: StaticCondition {
  @inline(__always) static func holds(_ flags: LazyFlags) -> Bool { !Condition.holds(flags) }
}

/// How a branch reaches its target.
protocol BranchReach {
  /// The linear address of the target.
  static func target(_ core: Core, _ record: RecordReference) -> UInt64
  static func go(_ core: Core, _ record: RecordReference) -> Continuation
}

/// The target is in the same page: `displacement` is its place there, `immediate` the ``BlockLink``.
enum WithinPage: BranchReach {
  @inline(__always)
  static func target(_ core: Core, _ record: RecordReference) -> UInt64 {
    core.register(RegisterOffset.codePage, as: UInt64.self)
      &+ UInt64(truncatingIfNeeded: record.fields.displacement)
  }

  @inline(__always)
  static func go(_ core: Core, _ record: RecordReference) -> Continuation {
    let address = target(core, record)
    guard let block = BlockLink(rawValue: record.fields.immediate).block else {
      return core.link(record, to: address)
    }
    return core.enter(block, at: address)
  }
}

/// The target is in another page, `immediate` bytes from the start of this one. 64-bit mode only.
enum AcrossPages: BranchReach {
  @inline(__always)
  static func target(_ core: Core, _ record: RecordReference) -> UInt64 {
    core.register(RegisterOffset.codePage, as: UInt64.self) &+ record.fields.immediate
  }

  @inline(__always)
  static func go(_ core: Core, _ record: RecordReference) -> Continuation {
    core.jump(to: target(core, record))
  }
}

/// Jcc. Not taken, it goes on in the block.
@inline(__always)
func branch<Condition: StaticCondition, Reach: BranchReach>(
  _ condition: Condition.Type, _ reach: Reach.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  guard Condition.holds(core.state.lazyFlags) else { return proceed(core, to: record.following) }
  core.state.budget &+= Int64(record.fields.remaining)
  return Reach.go(core, record)
}

/// CMP or TEST with the Jcc that follows it, as two instructions in one record.
///
/// The comparison's flags are stored, because what comes after may read them; the branch is decided from them
/// while they are still in registers.
@inline(__always)
func compareAndBranch<
  Operation: ArithmeticOperation, Value: UnsignedWord, Source: SourceOperand,
  Condition: StaticCondition
>(
  _ operation: Operation.Type, _ type: Value.Type, _ source: Source.Type, _ condition: Condition.Type,
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let left: Value = core.register(record.fields.destination)
  _ = Operation.apply(core, left, Source.value(core, record) as Value)
  let branch = record.following
  guard Condition.holds(core.state.lazyFlags) else { return proceed(core, to: branch.following) }
  core.state.budget &+= Int64(branch.fields.remaining)
  return WithinPage.go(core, branch)
}

/// JMP, or the end of a block that ran into its limit.
@inline(__always)
func jump<Reach: BranchReach>(
  _ reach: Reach.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  Reach.go(Core(rawCore), RecordReference(rawRecord))
}

/// CALL in 64-bit mode.
@inline(__always)
func call<Reach: BranchReach>(
  _ reach: Reach.Type, _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let stack = core.general(GeneralRegister.rsp) &- 8
  guard core.canWrite(stack, size: 8) else {
    return slowCall(core, record, to: Reach.target(core, record))
  }
  core.host(stack).storeBytes(of: core.nextAddress(record), as: UInt64.self)
  core.setGeneral(GeneralRegister.rsp, stack)
  return Reach.go(core, record)
}

@inline(never)
private func slowCall(_ core: Core, _ record: RecordReference, to target: UInt64) -> Continuation {
  core.slowPush(record, core.nextAddress(record)) ? core.stop(at: target) : leaveBlock
}

/// CALL to the address in a register, in 64-bit mode.
@inline(__always)
func callRegister(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let target: UInt64 = core.register(record.fields.source)
  let stack = core.general(GeneralRegister.rsp) &- 8
  guard Core.isCanonical(target) else { return refuseCall(core, record, stack: stack) }
  guard core.canWrite(stack, size: 8) else {
    return slowCall(core, record, to: target)
  }
  core.host(stack).storeBytes(of: core.nextAddress(record), as: UInt64.self)
  core.setGeneral(GeneralRegister.rsp, stack)
  return core.jump(to: target)
}

/// #GP for a target that is not canonical, unless the push, which comes first, faults by itself.
@inline(never)
private func refuseCall(_ core: Core, _ record: RecordReference, stack: UInt64) -> Continuation {
  guard core.slowCheckWritable(record, stack, size: 8) else { return leaveBlock }
  return core.leave(record, fault: .generalProtection)
}

/// JMP to the address in a register, in 64-bit mode.
@inline(__always)
func jumpRegister(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let target: UInt64 = core.register(record.fields.source)
  guard Core.isCanonical(target) else { return core.leave(record, fault: .generalProtection) }
  return core.jump(to: target)
}

/// RET in 64-bit mode; `immediate` bytes are dropped from the stack besides the address.
@inline(__always)
func returnNear(
  _ rawCore: UnsafeMutableRawPointer, _ rawRecord: UnsafeMutableRawPointer
) -> Continuation {
  let core = Core(rawCore)
  let record = RecordReference(rawRecord)
  let stack = core.general(GeneralRegister.rsp)
  guard core.canRead(stack, size: 8) else { return slowReturn(core, record) }
  let target = core.host(stack).loadUnaligned(as: UInt64.self)
  guard Core.isCanonical(target) else { return core.leave(record, fault: .generalProtection) }
  core.setGeneral(GeneralRegister.rsp, stack &+ 8 &+ record.fields.immediate)
  return core.jump(to: target)
}

@inline(never)
private func slowReturn(_ core: Core, _ record: RecordReference) -> Continuation {
  let stack = core.general(GeneralRegister.rsp)
  guard let source = core.slowReadable(record, stack, size: 8) else { return leaveBlock }
  let target = source.loadUnaligned(as: UInt64.self)
  guard Core.isCanonical(target) else { return core.leave(record, fault: .generalProtection) }
  core.setGeneral(GeneralRegister.rsp, stack &+ 8 &+ record.fields.immediate)
  core.returnUncounted()
  return core.stop(at: target)
}

extension Core {
  /// Pushes 8 bytes where the TLB could not; `false` if the block is left with a fault.
  @inline(never)
  func slowPush(_ record: RecordReference, _ value: UInt64) -> Bool {
    let stack = general(GeneralRegister.rsp) &- 8
    scratchBytes.storeBytes(of: value, as: UInt64.self)
    guard slowWriteScratch(record, stack, size: 8) else { return false }
    setGeneral(GeneralRegister.rsp, stack)
    return true
  }
}
