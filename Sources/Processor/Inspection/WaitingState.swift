import X86

extension VirtualProcessor {
  /// Whether the processor waits and no maskable interrupt can ever wake it.
  public var isHaltedForGood: Bool {
    guard !hasWork else { return false }
    return switch activity {
    case .running, .idle: false
    case .halted where core.state.isGuest: !core.canInterruptGuest
    case .halted: !core.state.systemFlags.contains(.interruptEnable) || !core.state.globalInterruptFlag
    case .waitingForStartup, .shutdown: true
    }
  }
}
