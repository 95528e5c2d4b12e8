/// A message-signalled interrupt: a store of 32 bits that a function makes.
public struct PCIInterruptMessage: Equatable, Sendable {
  /// Where the store goes.
  public let address: UInt64
  /// What is stored.
  public let data: UInt32

  /// The store of `data` at `address`.
  public init(address: UInt64, data: UInt32) {
    self.address = address
    self.data = data
  }
}

/// A function's way to memory, open while the Bus Master bit of its Command register is set.
public final class BusMaster {
  /// Addresses with these high bits (31 to 20, nothing above) are interrupts and not memory.
  private static let interruptWindow: UInt64 = 0xFEE

  /// Whether accesses are let through.
  public internal(set) var isEnabled = false
  private let memory: GuestMemory
  private let messages: any MessageInterruptSink

  init(slot: PCISlot) {
    memory = slot.memory
    messages = slot.messages
  }

  /// Fills `buffer` from the physical address; `false`, with nothing read, if that is not allowed or not RAM.
  public func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    isEnabled && memory.read(address, into: buffer)
  }

  /// Stores `buffer` at the physical address; `false`, with nothing written, if that is not allowed or not RAM.
  public func write(_ address: UInt64, from buffer: UnsafeRawBufferPointer) -> Bool {
    isEnabled && memory.write(address, from: buffer)
  }

  /// Reads a little-endian number; `nil` if that is not allowed or not RAM.
  public func load<Number: FixedWidthInteger>(_ address: UInt64, as type: Number.Type = Number.self)
    -> Number?
  {
    isEnabled ? memory.load(address) : nil
  }

  /// Stores a little-endian number; `false` if that is not allowed or not RAM.
  public func store<Number: FixedWidthInteger>(_ value: Number, at address: UInt64) -> Bool {
    isEnabled && memory.store(value, at: address)
  }

  /// Makes the store that an interrupt message is. Outside the interrupt window it goes to memory as any other.
  public func send(_ message: PCIInterruptMessage) {
    guard isEnabled else { return }
    if message.address >> 20 == Self.interruptWindow {
      messages.deliver(address: message.address, data: message.data)
    } else {
      memory.store(message.data, at: message.address)
    }
  }
}
