import Bedrock
import Interfaces

/// The ring in which the driver asks the modem to change channels.
struct CommandRing {
  /// A command that was sent.
  private struct Sent {
    let address: UInt64
    /// How it went, when the modem has said so.
    var code: UInt8?
  }

  let context: Context
  private var ring: Ring
  private var sent: [Sent] = []

  /// Nil if there is no memory.
  init?(count: Int, in contexts: SharedMemory, _ frames: PageFrameAllocator) {
    guard let ring = Ring(frames, count: count) else { return nil }
    self.ring = ring
    context = Context(0, in: contexts)
  }

  /// Describes the ring to the modem, empty.
  mutating func describe() {
    ring.go(to: 0)
    sent = []
    context.describe(ring, readPointer: 0, writePointer: 0)
  }

  /// Puts a command into the ring and rings its doorbell. Returns the command's address.
  mutating func send(_ command: MHIRingElement, _ registers: ModemRegisters) -> UInt64 {
    let address = ring.address(of: ring.next)
    ring.store(command, at: ring.next)
    ring.advance()
    sent.append(Sent(address: address))
    let end = ring.address(of: ring.next)
    context.writePointer = end
    registers.store(end, at: MHIRegister.commandDoorbell)
    return address
  }

  /// Notes how a command went.
  mutating func complete(_ event: MHIRingElement) {
    guard let index = sent.firstIndex(where: { $0.address == event.pointer && $0.code == nil }) else {
      return
    }
    sent[index].code = event.code
  }

  /// How a command went; nil if the modem has not said so yet.
  func code(ofCommandAt address: UInt64) -> UInt8? { sent.first { $0.address == address }?.code }

  /// How many commands are not answered yet.
  var unansweredCount: Int { sent.count { $0.code == nil } }

  /// Forgets a command.
  mutating func forget(_ address: UInt64) { sent.removeAll { $0.address == address } }
}
