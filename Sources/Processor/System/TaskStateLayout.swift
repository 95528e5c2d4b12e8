import X86

/// Where a 16-bit or a 32-bit task state segment keeps what a task switch exchanges (APM volume 2, 12.2.2 and
/// 12.2.3).
struct TaskStateLayout {
  /// The width of the instruction pointer, the flags and the general registers.
  var width: UInt16
  var instructionPointer: UInt64
  var flags: UInt64
  /// EAX; the others follow in the order of their encodings.
  var generalRegisters: UInt64
  /// ES; the others follow in the order of their encodings.
  var segments: UInt64
  /// A 16-bit task has no FS and GS.
  var segmentCount: Int
  var localDescriptorTable: UInt64
  /// The limit that a TSS must have at least.
  var minimumLimit: UInt64

  /// The selector of the task to return to.
  static let link: UInt64 = 0
  /// CR3 of a 32-bit task.
  static let pageDirectory: UInt64 = 0x1C
  /// In a 32-bit task: bit 0 of the word raises #DB when the task is entered.
  static let debugTrap: UInt64 = 0x64

  static let task16 = TaskStateLayout(
    width: 2, instructionPointer: 0x0E, flags: 0x10, generalRegisters: 0x12, segments: 0x22, segmentCount: 4,
    localDescriptorTable: 0x2A, minimumLimit: 0x2B)
  static let task32 = TaskStateLayout(
    width: 4, instructionPointer: 0x20, flags: 0x24, generalRegisters: 0x28, segments: 0x48, segmentCount: 6,
    localDescriptorTable: 0x60, minimumLimit: 0x67)

  /// The layout that a descriptor's type stands for.
  static func layout(of attributes: SegmentAttributes) -> TaskStateLayout {
    attributes.type & 8 == 0 ? task16 : task32
  }
}

/// What a task switch takes out of the TSS of the task that begins.
struct IncomingTask {
  var layout: TaskStateLayout
  var pageDirectory: UInt64?
  var instructionPointer: UInt64
  var flags: UInt64
  var generalRegisters: [UInt64]
  var selectors: [UInt16]
  var localDescriptorTable: UInt16
  var raisesDebugTrap: Bool
}

extension Core {
  /// Reads a TSS.
  func incomingTask(_ reference: DescriptorReference) throws(Fault) -> IncomingTask {
    let base = reference.descriptor.base
    let layout = TaskStateLayout.layout(of: reference.attributes)
    let width = layout.width
    var general: [UInt64] = []
    for index in UInt64(0)..<8 {
      general.append(try taskField(base, layout.generalRegisters + index * UInt64(width), width))
    }
    var selectors: [UInt16] = []
    for index in 0..<layout.segmentCount {
      let offset = layout.segments + UInt64(index) * UInt64(width)
      selectors.append(UInt16(truncatingIfNeeded: try taskField(base, offset, 2)))
    }
    let is32Bit = width == 4
    return IncomingTask(
      layout: layout,
      pageDirectory: is32Bit ? try taskField(base, TaskStateLayout.pageDirectory, 4) : nil,
      instructionPointer: try taskField(base, layout.instructionPointer, width),
      flags: try taskField(base, layout.flags, width),
      generalRegisters: general, selectors: selectors,
      localDescriptorTable: UInt16(truncatingIfNeeded: try taskField(base, layout.localDescriptorTable, 2)),
      raisesDebugTrap: is32Bit ? try taskField(base, TaskStateLayout.debugTrap, 2) & 1 != 0 : false)
  }

  private func taskField(_ base: UInt64, _ offset: UInt64, _ width: UInt16) throws(Fault) -> UInt64 {
    let address = (base &+ offset) & 0xFFFF_FFFF
    if width == 2 { return UInt64(try read(UInt16.self, at: address, .implicitSupervisor)) }
    return UInt64(try read(UInt32.self, at: address, .implicitSupervisor))
  }

  /// Writes the running task's state into its TSS, which was found writable.
  func saveOutgoingTask(flags: RFLAGS) throws(Fault) {
    let layout = TaskStateLayout.layout(of: state.taskRegister.attributes)
    let width = UInt64(layout.width)
    try setTaskField(layout.instructionPointer, state.rip, layout.width)
    try setTaskField(layout.flags, flags.rawValue, layout.width)
    for number in 0..<8 {
      try setTaskField(layout.generalRegisters + UInt64(number) * width, general(number), layout.width)
    }
    for index in 0..<layout.segmentCount {
      try setTaskField(
        layout.segments + UInt64(index) * width, UInt64(state.segments[index].selector), 2)
    }
  }

  private func setTaskField(_ offset: UInt64, _ value: UInt64, _ width: UInt16) throws(Fault) {
    let address = (state.taskRegister.base &+ offset) & 0xFFFF_FFFF
    if width == 2 {
      try write(UInt16(truncatingIfNeeded: value), at: address, .implicitSupervisor)
    } else {
      try write(UInt32(truncatingIfNeeded: value), at: address, .implicitSupervisor)
    }
  }
}
