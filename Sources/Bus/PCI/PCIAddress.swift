/// The place of a function on bus 0.
public struct PCIAddress: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number of places on a bus.
  public static let count = 256

  /// The device and function numbers as a routing identifier packs them: 0 to 255.
  public let index: Int

  /// The place of a function; `nil` unless `device` is 0 to 31 and `function` 0 to 7.
  public init?(device: Int, function: Int = 0) {
    guard 0..<32 ~= device, 0..<8 ~= function else { return nil }
    index = device << 3 | function
  }

  /// The place with this packed number.
  public init(index: UInt8) { self.index = Int(index) }

  /// The device number, 0 to 31.
  public var device: Int { index >> 3 }
  /// The function number, 0 to 7.
  public var function: Int { index & 7 }

  /// The way Linux writes it, without the domain: `00:1f.7`.
  public var description: String {
    "00:" + (device < 16 ? "0" : "") + String(device, radix: 16) + ".\(function)"
  }

  /// Orders by device, then by function.
  public static func < (left: PCIAddress, right: PCIAddress) -> Bool { left.index < right.index }
}

/// What the bus offers to the function at one place.
public struct PCISlot {
  /// The place.
  public let address: PCIAddress
  /// The memory that the function may access while it is a bus master.
  public let memory: GuestMemory
  /// Where its message-signalled interrupts go.
  public let messages: any MessageInterruptSink
  private let interrupts: any InterruptController

  /// A slot whose pins INTA# to INTD# lead to the inputs 0 to 3 of `interrupts`.
  public init(
    address: PCIAddress, memory: GuestMemory, messages: any MessageInterruptSink,
    interrupts: any InterruptController
  ) {
    self.address = address
    self.memory = memory
    self.messages = messages
    self.interrupts = interrupts
  }

  /// The wire of one interrupt pin.
  public func line(of pin: PCIInterruptPin) -> InterruptLine {
    InterruptLine(controller: interrupts, number: Int(pin.rawValue) - 1)
  }
}
