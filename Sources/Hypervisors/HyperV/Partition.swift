import Interfaces
import Processor

/// The state of a trust level that all virtual processors share.
final class PartitionLevel {
  let level: HyperV.VirtualTrustLevel
  var isEnabled = false
  /// Execution is protected separately for CPL 3.
  var separatesUserExecution = false
  var guestIdentity: UInt64 = 0
  var hypercall = HyperV.OverlayControl(rawValue: 0)
  var referencePage = HyperV.OverlayControl(rawValue: 0)
  var revealsInvariantCounter = false
  /// What a level above VTL0 demands.
  var configuration: HyperV.LevelConfiguration = []
  /// What the level lets lower ones do with each page; made when it first protects one.
  var protection: PageProtection?

  init(_ level: HyperV.VirtualTrustLevel) { self.level = level }

  /// Calls are accepted: the program has said who it is (TLFS 3.13).
  var acceptsCalls: Bool { guestIdentity != 0 }
}

/// The state of one trust level of one virtual processor.
final class ProcessorLevel {
  let level: HyperV.VirtualTrustLevel
  /// The level can be entered.
  var isEnabled = false
  /// The private registers, while the level does not run.
  var context = ProcessorContext()
  var assistPage = HyperV.OverlayControl(rawValue: 0)
  var interrupts = SyntheticInterruptState()
  var timers: [SyntheticTimer]
  var interruptNotification = HyperV.InterruptNotification(rawValue: 0)

  init(_ level: HyperV.VirtualTrustLevel) {
    self.level = level
    timers = (0..<SyntheticTimer.count).map { _ in SyntheticTimer() }
  }

  /// What INIT does to what is the level's own: everything returns to its reset value.
  func reset() {
    assistPage = HyperV.OverlayControl(rawValue: 0)
    interrupts = SyntheticInterruptState()
    for timer in timers { timer.reset() }
    interruptNotification = HyperV.InterruptNotification(rawValue: 0)
  }
}

/// A virtual processor of the partition.
final class PartitionProcessor {
  /// The index by which calls name it.
  let index: UInt32
  /// Its number on the board.
  let number: Int
  unowned let processor: VirtualProcessor
  /// It has begun to execute, in whatever level. Before that no interrupt makes it enter a level.
  var isStarted = false
  /// The level that runs, or would run if the processor was started.
  var active: HyperV.VirtualTrustLevel
  let levels: [ProcessorLevel]

  init(index: UInt32, processor: VirtualProcessor, active: HyperV.VirtualTrustLevel) {
    self.index = index
    number = processor.index
    self.processor = processor
    self.active = active
    levels = HyperV.VirtualTrustLevel.allCases.map(ProcessorLevel.init)
  }

  subscript(level: HyperV.VirtualTrustLevel) -> ProcessorLevel { levels[Int(level.rawValue)] }

  /// The state of the level that runs.
  var activeLevel: ProcessorLevel { self[active] }

  /// The lowest enabled level above one; `nil` if there is none.
  func nextLevel(above level: HyperV.VirtualTrustLevel) -> HyperV.VirtualTrustLevel? {
    levels.first { $0.isEnabled && $0.level > level }?.level
  }

  /// The highest enabled level below one; `nil` if there is none.
  func nextLevel(below level: HyperV.VirtualTrustLevel) -> HyperV.VirtualTrustLevel? {
    levels.last { $0.isEnabled && $0.level < level }?.level
  }

  /// A bit for each enabled level.
  var enabledLevels: UInt16 {
    levels.reduce(0) { $1.isEnabled ? $0 | 1 << UInt16($1.level.rawValue) : $0 }
  }
}
