import Interfaces
import Processor

/// The registers of a level's synthetic interrupt controller, and the messages that wait for a free slot (TLFS 11).
struct SyntheticInterruptState {
  static let sourceCount = 16
  /// The version that SVERSION tells.
  static let version: UInt64 = 1

  /// SCONTROL: bit 0 enables messages and events.
  var control: UInt64 = 0
  var eventFlagsPage = HyperV.OverlayControl(rawValue: 0)
  var messagePage = HyperV.OverlayControl(rawValue: 0)
  var sources = [HyperV.InterruptSource](repeating: .reset, count: sourceCount)
  /// Messages that wait, the oldest first.
  var waiting: [SyntheticMessage] = []

  var isEnabled: Bool { control & 1 != 0 }
}

/// A message to a program from the hypervisor.
struct SyntheticMessage {
  let source: Int
  let type: HyperV.MessageType
  let payload: [UInt8]
}

extension HyperVHypervisor {
  /// As many messages of intercepts and timers as can wait for a processor: one of each timer, and one intercept.
  private static let waitingLimit = SyntheticTimer.count + 1

  /// Puts a message into its slot, or lets it wait until the slot is free. A level that has no message page now gets
  /// it when it has one.
  func send(_ message: SyntheticMessage, to level: ProcessorLevel, of processor: PartitionProcessor) {
    guard !tryToSend(message, to: level, of: processor),
      level.interrupts.waiting.count < Self.waitingLimit
    else { return }
    level.interrupts.waiting.append(message)
  }

  /// Sends what waits, as far as slots are free: after EOM, and when the page or the controller is enabled.
  func sendWaitingMessages(of level: ProcessorLevel, of processor: PartitionProcessor) {
    let waiting = level.interrupts.waiting
    level.interrupts.waiting = []
    for message in waiting { send(message, to: level, of: processor) }
  }

  private func tryToSend(
    _ message: SyntheticMessage, to level: ProcessorLevel, of processor: PartitionProcessor
  ) -> Bool {
    typealias Layout = HyperV.Message
    guard level.interrupts.isEnabled, let page = messagePage(level, of: processor) else { return false }
    let slot = page + message.source * Layout.size
    guard slot.loadUnaligned(fromByteOffset: Layout.type, as: UInt32.self) == 0 else {
      let flags = slot.load(fromByteOffset: Layout.flags, as: UInt8.self)
      slot.storeBytes(of: flags | Layout.pending, toByteOffset: Layout.flags, as: UInt8.self)
      return false
    }
    let size = min(message.payload.count, Layout.size - Layout.payload)
    slot.storeBytes(of: UInt8(size), toByteOffset: Layout.payloadSize, as: UInt8.self)
    slot.storeBytes(of: 0, toByteOffset: Layout.flags, as: UInt8.self)
    slot.storeBytes(of: 0, toByteOffset: Layout.sender, as: UInt64.self)
    message.payload.withUnsafeBytes { payload in
      guard let start = payload.baseAddress else { return }
      (slot + Layout.payload).copyMemory(from: start, byteCount: size)
    }
    slot.storeBytes(of: message.type.rawValue, toByteOffset: Layout.type, as: UInt32.self)
    let source = level.interrupts.sources[message.source]
    if !source.isMasked { machine.raiseInterrupt(source.vector, level.level, of: processor.number) }
    return true
  }

  /// Writes a source's register; `false` for a value that is not valid.
  func setInterruptSource(
    _ number: Int, _ value: UInt64, of level: ProcessorLevel, _ processor: PartitionProcessor
  ) -> Bool {
    let new = HyperV.InterruptSource(rawValue: value)
    guard new.isDefined, new.isMasked || new.vector >= 16 else { return false }
    let old = level.interrupts.sources[number]
    level.interrupts.sources[number] = new
    if old.endsAutomatically {
      machine.setAutomaticEnd(old.vector, false, level.level, of: processor.number)
    }
    for source in level.interrupts.sources where source.endsAutomatically {
      machine.setAutomaticEnd(source.vector, true, level.level, of: processor.number)
    }
    return true
  }
}
