/// The interrupted program's registers, in the order in which `InterruptEntry.S` lays them on the stack.
///
/// Changes take effect when the handler returns.
public struct InterruptFrame: Sendable {
  /// General-purpose registers, as they were and as they will be.
  public var r15, r14, r13, r12, r11, r10, r9, r8: UInt64
  /// The rest of the general-purpose registers but RSP.
  public var rbp, rdi, rsi, rdx, rcx, rbx, rax: UInt64
  /// Which interrupt or exception this is.
  public let vector: UInt64
  /// What the processor pushed, or 0 for vectors without an error code.
  public let errorCode: UInt64
  /// What IRETQ restores.
  public var rip, cs, rflags, rsp, ss: UInt64
}

extension InterruptFrame {
  /// The registers as lines of text for a report.
  public var report: String {
    let names: [(StaticString, UInt64)] = [
      ("rax", rax), ("rbx", rbx), ("rcx", rcx), ("rdx", rdx), ("rsi", rsi), ("rdi", rdi), ("rbp", rbp),
      ("rsp", rsp), ("r8 ", r8), ("r9 ", r9), ("r10", r10), ("r11", r11), ("r12", r12), ("r13", r13),
      ("r14", r14), ("r15", r15), ("rip", rip), ("rfl", rflags), ("cs ", cs), ("ss ", ss),
      ("cr0", ControlRegister0.current.rawValue), ("cr2", readCR2()), ("cr3", readCR3()),
      ("cr4", ControlRegister4.current.rawValue),
    ]
    var text = ""
    for (position, (name, value)) in names.enumerated() {
      text += "  \(name) \(hexadecimal(value, digits: 16))"
      if position % 4 == 3 { text += "\n" }
    }
    return text
  }
}
