import Interfaces

/// Offsets in the IOAPIC's page (ICH data sheet, "Advanced Programmable Interrupt Controller").
enum IOAPICOffset {
  /// Selects the register that ``data`` shows; eight bits.
  static let index: UInt64 = 0x00
  static let data: UInt64 = 0x10
  /// Ends the level-triggered interrupts with the vector that is written.
  static let endOfInterrupt: UInt64 = 0x40
}

/// Numbers of the registers behind the index.
enum IOAPICRegister {
  static let identifier: UInt8 = 0x00
  static let version: UInt8 = 0x01
  static let arbitration: UInt8 = 0x02
  /// Two registers for each input: the lower half of its entry, then the upper half.
  static let redirectionTable: UInt8 = 0x10

  /// The ID field of the identifier and arbitration registers.
  static let identifierField: UInt32 = 0xF << 24
  /// Version 0x20 has the end-of-interrupt register.
  static let versionNumber: UInt32 = 0x20
}

/// What one input does: an entry of the redirection table.
struct RedirectionEntry: Equatable {
  private static let logicalDestination: UInt64 = 1 << 11
  private static let polarity: UInt64 = 1 << 13
  private static let remoteRequest: UInt64 = 1 << 14
  private static let levelTriggered: UInt64 = 1 << 15
  private static let mask: UInt64 = 1 << 16
  private static let destination: UInt64 = 0xFF << 56
  private static let writable =
    0xFF | 7 << 8 | logicalDestination | polarity | levelTriggered | mask | destination

  private(set) var rawValue: UInt64 = mask

  init() {}

  /// An entry that was saved; `nil` if it has bits that no entry has.
  init?(saved rawValue: UInt64) {
    guard rawValue & ~(Self.writable | Self.remoteRequest) == 0 else { return nil }
    self.rawValue = rawValue
  }

  /// Stores what software wrote. An edge-triggered entry awaits no end.
  mutating func write(_ value: UInt64) {
    rawValue = value & Self.writable | rawValue & Self.remoteRequest
    if !isLevelTriggered { awaitsEnd = false }
  }

  var vector: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
  var isLevelTriggered: Bool { rawValue & Self.levelTriggered != 0 }
  var isMasked: Bool { rawValue & Self.mask != 0 }

  /// A level-triggered interrupt was sent and its end has not come ("remote IRR").
  var awaitsEnd: Bool {
    get { rawValue & Self.remoteRequest != 0 }
    set { rawValue = newValue ? rawValue | Self.remoteRequest : rawValue & ~Self.remoteRequest }
  }

  /// The message to send; `nil` if the delivery mode is reserved.
  var message: InterruptMessage? {
    guard let deliveryMode = DeliveryMode(rawValue: UInt8(rawValue >> 8 & 7)) else { return nil }
    return InterruptMessage(
      destination: InterruptDestination(
        field: UInt8(rawValue >> 56), isLogical: rawValue & Self.logicalDestination != 0),
      deliveryMode: deliveryMode,
      vector: vector,
      triggerMode: isLevelTriggered ? .level : .edge)
  }
}
