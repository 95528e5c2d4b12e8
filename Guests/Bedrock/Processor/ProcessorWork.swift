import Synchronization

// How work reaches an application processor: it sleeps until it is interrupted, and looks what it was given.

extension Processor {
  /// The vector that wakes a sleeping processor. It has no handler: the wake-up is all.
  static let wakeUpVector: UInt8 = 0xFE

  /// A processor that shares the tables and the manners of another.
  convenience init(number: Int, apicIdentifier: UInt32, like other: Processor) {
    self.init(
      number: number, apicIdentifier: apicIdentifier, interrupts: other.interrupts,
      localAPIC: other.localAPIC,
      reportFatal: other.reportFatal)
  }

  /// Whether the processor waits for work.
  public var isIdle: Bool { state.load(ordering: .acquiring) == .idle }

  /// Makes an idle application processor run `work` with interrupts accepted. Returns false if it is busy.
  ///
  /// Call this on another processor. The processor is idle again when the work has returned.
  public func perform(_ work: @escaping @Sendable (Processor) -> Void) -> Bool {
    guard isIdle else { return false }
    self.work = work
    state.store(.assigned, ordering: .releasing)
    localAPIC.send(Self.wakeUpVector, to: apicIdentifier)
    return true
  }

  /// The life of an application processor.
  func serve() -> Never {
    state.store(.idle, ordering: .releasing)
    while true {
      InterruptFlag.clear()
      guard state.load(ordering: .acquiring) == .assigned, let work else {
        ProcessorControl.waitForInterrupt()
        continue
      }
      state.store(.working, ordering: .relaxed)
      InterruptFlag.set()
      work(self)
      self.work = nil
      state.store(.idle, ordering: .releasing)
    }
  }
}
