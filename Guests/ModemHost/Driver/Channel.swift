import Bedrock
import Interfaces

/// A channel in one direction: its ring, and a buffer for each of its elements.
final class Channel {
  let number: UInt8
  /// The size of a buffer in bytes.
  let bufferSize: Int
  let burstMode: MHIBurstMode
  let eventRing: UInt32
  private let context: Context
  private var ring: Ring
  private let buffers: SharedMemory
  /// The oldest element that the modem has not done.
  private var oldest = 0
  /// Whether the next element must ring the doorbell.
  private var needsDoorbell = true
  private(set) var isRunning = false
  /// Transfers that the modem has done: of an inbound channel what it brought.
  private(set) var finishedTransfers: UInt64 = 0
  private var received: [[UInt8]] = []
  /// The beginning of a transfer that goes on in the next buffer.
  private var unfinished: [UInt8] = []
  /// Elements that the modem could make nothing of.
  private(set) var refusedElements: UInt64 = 0
  /// Events that did not fit to the ring.
  private(set) var misplacedEvents: UInt64 = 0

  /// Nil if there is no memory.
  init?(
    _ number: UInt8, count: Int, bufferSize: Int, burstMode: MHIBurstMode, eventRing: UInt32,
    contexts: SharedMemory, _ frames: PageFrameAllocator
  ) {
    guard let ring = Ring(frames, count: count),
      let buffers = SharedMemory(frames, count: count * bufferSize)
    else { return nil }
    self.number = number
    self.bufferSize = bufferSize
    self.burstMode = burstMode
    self.eventRing = eventRing
    self.ring = ring
    self.buffers = buffers
    context = Context(Int(number), in: contexts)
  }

  /// Channels towards the modem have even numbers.
  var isOutbound: Bool { number % 2 == 0 }

  /// Describes the channel to the modem, with an empty ring.
  func describe() {
    ring.go(to: 0)
    oldest = 0
    received = []
    unfinished = []
    context[MHIChannelContext.configuration] =
      MHIChannelConfiguration(state: .enabled, burstMode: burstMode).rawValue
    context[MHIChannelContext.type] = (isOutbound ? MHIChannelType.outbound : .inbound).rawValue
    context[MHIChannelContext.eventRing] = eventRing
    context.describe(ring, readPointer: 0, writePointer: 0)
  }

  /// Describes the channel in another way, to see what the modem says to that.
  func misdescribe(_ change: (Context) -> Void) {
    describe()
    change(context)
  }

  /// The channel runs, or does not any more.
  func setRunning(_ isRunning: Bool) {
    self.isRunning = isRunning
    needsDoorbell = true
    if !isRunning {
      context[MHIChannelContext.configuration] =
        MHIChannelConfiguration(state: .disabled, burstMode: burstMode).rawValue
      context.clear()
    }
  }

  /// Elements that the modem has not done.
  var pendingCount: Int { (ring.next - oldest + ring.count) % ring.count }
  /// Whether there is no place for another element.
  var isFull: Bool { pendingCount == ring.count - 1 }

  // MARK: Queueing

  /// Puts a buffer into the ring: one to be sent that holds `bytes`, or one to be filled.
  ///
  /// - Returns: whether there was room.
  func queue(_ bytes: [UInt8]? = nil, _ modem: Modem) -> Bool {
    guard !isFull, bytes.map({ $0.count <= bufferSize }) ?? true else { return false }
    let offset = ring.next * bufferSize
    if let bytes {
      for (index, byte) in bytes.enumerated() {
        buffers.pointer.storeBytes(of: byte, toByteOffset: offset + index, as: UInt8.self)
      }
    }
    queue(
      MHIRingElement.transfer(
        buffer: buffers.address + UInt64(offset), length: UInt16(clamping: bytes?.count ?? bufferSize),
        flags: .interruptOnEndOfTransfer), modem)
    return true
  }

  /// Puts any element into the ring.
  func queue(_ element: MHIRingElement, _ modem: Modem) {
    let index = ring.next
    ring.store(element, at: index)
    modem.trace.filled(element, at: ring.address(of: index), channel: number)
    ring.advance()
    context.writePointer = ring.address(of: ring.next)
    ringDoorbell(modem)
  }

  private func ringDoorbell(_ modem: Modem) {
    guard modem.powerState.allowsDoorbells, needsDoorbell else { return }
    modem.registers.store(ring.address(of: ring.next), at: modem.registers.doorbell(ofChannel: number))
    needsDoorbell = burstMode == .disabled
  }

  /// The modem wants the doorbell again; it gets it at once if something waits.
  func armDoorbell(_ modem: Modem) {
    needsDoorbell = true
    if pendingCount > 0 { ringDoorbell(modem) }
  }

  // MARK: Completion

  /// Does what an event of the channel tells.
  func complete(_ event: MHIRingElement, _ modem: Modem) {
    guard isRunning else { return }
    switch event.completionCode {
    case .endOfTransfer, .endOfBlock, .overflow: finish(event)
    case .badElement: if takeOldest(event) != nil { refusedElements += 1 }
    case .outOfBuffers, .doorbellMode: armDoorbell(modem)
    default: misplacedEvents += 1
    }
  }

  /// The place of the element that an event is about, which must be the oldest.
  private func takeOldest(_ event: MHIRingElement) -> Int? {
    guard let index = ring.index(of: event.pointer), index == oldest, pendingCount > 0 else {
      misplacedEvents += 1
      return nil
    }
    oldest = ring.index(after: oldest)
    return index
  }

  private func finish(_ event: MHIRingElement) {
    guard let index = takeOldest(event) else { return }
    if !isOutbound {
      let start = buffers.pointer + index * bufferSize
      unfinished += UnsafeRawBufferPointer(start: start, count: min(Int(event.length), bufferSize))
    }
    guard event.completionCode != .overflow else { return }
    finishedTransfers += 1
    if !isOutbound {
      received.append(unfinished)
      unfinished = []
    }
  }

  /// What the modem sent and nobody has taken, the oldest first.
  func takeReceived() -> [UInt8]? { received.isEmpty ? nil : received.removeFirst() }
}
