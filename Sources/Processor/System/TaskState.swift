import X86

/// Where the fields of a task state segment lie (APM volume 2, 12.2).
enum TaskStateOffset {
  /// ESP0 of a 32-bit TSS; SS0 follows, then levels 1 and 2, eight bytes a level.
  static let stack32: UInt64 = 4
  /// SP0 of a 16-bit TSS; SS0 follows, then levels 1 and 2, four bytes a level.
  static let stack16: UInt64 = 2
  /// RSP0 of a 64-bit TSS; levels 1 and 2 follow, eight bytes each.
  static let stack64: UInt64 = 4
  /// IST1 of a 64-bit TSS; 2 to 7 follow.
  static let interruptStack1: UInt64 = 36
  /// Where the I/O permission bitmap begins, in a 32-bit or 64-bit TSS.
  static let ioMapBase: UInt64 = 102
  /// The interrupt redirection bitmap of virtual-8086 mode lies in front of the I/O permission bitmap.
  static let redirectionMapSize: UInt64 = 32
}

/// A stack that the TSS names.
struct TaskStack {
  /// Absent in long mode, where the selector becomes null.
  var selector: UInt16
  var pointer: UInt64
}

extension Core {
  /// Whether the current TSS has the 16-bit format.
  var hasTaskState16: Bool { state.taskRegister.attributes.type & 8 == 0 }

  /// The stack of a more privileged level in a 16-bit or 32-bit TSS.
  ///
  /// - Throws: #TS with the selector of the TSS if the fields lie beyond its limit.
  func taskStack(privilegeLevel: UInt8, external: UInt32) throws(Fault) -> TaskStack {
    if hasTaskState16 {
      let offset = TaskStateOffset.stack16 + UInt64(privilegeLevel) * 4
      try checkTaskState(offset, size: 4, external: external)
      let address = state.taskRegister.base &+ offset
      let pointer = try read(UInt16.self, at: address, .implicitSupervisor)
      let selector = try read(UInt16.self, at: address &+ 2, .implicitSupervisor)
      return TaskStack(selector: selector, pointer: UInt64(pointer))
    }
    let offset = TaskStateOffset.stack32 + UInt64(privilegeLevel) * 8
    try checkTaskState(offset, size: 6, external: external)
    let address = state.taskRegister.base &+ offset
    let pointer = try read(UInt32.self, at: address, .implicitSupervisor)
    let selector = try read(UInt16.self, at: address &+ 4, .implicitSupervisor)
    return TaskStack(selector: selector, pointer: UInt64(pointer))
  }

  /// RSP0 to RSP2 of a 64-bit TSS.
  func taskStackPointer64(privilegeLevel: UInt8, external: UInt32) throws(Fault) -> UInt64 {
    try taskStackPointer64(at: TaskStateOffset.stack64 + UInt64(privilegeLevel) * 8, external: external)
  }

  /// IST1 to IST7 of a 64-bit TSS.
  func interruptStackPointer(_ index: Int, external: UInt32) throws(Fault) -> UInt64 {
    try taskStackPointer64(at: TaskStateOffset.interruptStack1 + UInt64(index - 1) * 8, external: external)
  }

  private func taskStackPointer64(at offset: UInt64, external: UInt32) throws(Fault) -> UInt64 {
    try checkTaskState(offset, size: 8, external: external)
    let pointer = try read(UInt64.self, at: state.taskRegister.base &+ offset, .implicitSupervisor)
    guard Self.isCanonical(pointer) else { throw Fault(.stackFault, errorCode: external) }
    return pointer
  }

  private func checkTaskState(_ offset: UInt64, size: UInt64, external: UInt32) throws(Fault) {
    guard offset + size - 1 <= UInt64(state.taskRegister.limit) else {
      throw .selector(.invalidTSS, state.taskRegister.selector, external: external)
    }
  }

  // MARK: Bitmaps

  private var hasIOMapBase: Bool {
    let task = state.taskRegister
    return task.attributes.isPresent && !hasTaskState16 && task.limit >= TaskStateOffset.ioMapBase + 1
  }

  /// Whether the TSS lets the current program use these ports (APM volume 2, 12.2.4).
  func taskAllowsPorts(_ port: UInt16, count: UInt64) throws(Fault) -> Bool {
    let task = state.taskRegister
    guard hasIOMapBase else { return false }
    let base = try read(UInt16.self, at: task.base &+ TaskStateOffset.ioMapBase, .implicitSupervisor)
    let offset = UInt64(base) + UInt64(port / 8)
    // Two bytes are read, because a range of ports can straddle them.
    guard offset + 1 <= UInt64(task.limit) else { return false }
    let bits = try read(UInt16.self, at: task.base &+ offset, .implicitSupervisor)
    let wanted = UInt16(1 << count - 1) << (port % 8)
    return bits & wanted == 0
  }

  /// Whether CR4.VME sends INT `vector` of a virtual-8086 program to the program's own handler.
  func isRedirectedToProgram(_ vector: UInt8) throws(Fault) -> Bool {
    let task = state.taskRegister
    guard hasIOMapBase else { throw .generalProtection }
    let base = UInt64(try read(UInt16.self, at: task.base &+ TaskStateOffset.ioMapBase, .implicitSupervisor))
    let offset = base &- TaskStateOffset.redirectionMapSize &+ UInt64(vector / 8)
    guard base >= TaskStateOffset.redirectionMapSize, offset <= UInt64(task.limit) else {
      throw .generalProtection
    }
    let bits = try read(UInt8.self, at: task.base &+ offset, .implicitSupervisor)
    return bits & 1 << (vector % 8) == 0
  }
}
