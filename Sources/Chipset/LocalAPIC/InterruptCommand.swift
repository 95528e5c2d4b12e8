/// The interrupt command register: an interrupt for other processors (APM volume 2, 16.5).
struct InterruptCommand {
  /// Which processors besides the destination field.
  enum Shorthand: UInt8 {
    case none = 0
    case sender = 1
    case everyone = 2
    case everyoneElse = 3
  }

  private static let logicalDestination: UInt64 = 1 << 11
  /// Reads as zero: messages arrive at once.
  static let deliveryStatus: UInt64 = 1 << 12
  private static let levelAsserted: UInt64 = 1 << 14
  private static let levelTriggered: UInt64 = 1 << 15
  /// Bits that must be zero in x2APIC mode.
  static let x2APICReserved: UInt64 = 0xFFF << 20 | 3 << 16 | 1 << 13

  /// The register as software reads it.
  var rawValue: UInt64 = 0

  var vector: UInt8 { UInt8(truncatingIfNeeded: rawValue) }

  /// The message type, also one that is reserved.
  var deliveryModeField: UInt8 { UInt8(rawValue >> 8 & 7) }

  var deliveryMode: DeliveryMode? { DeliveryMode(rawValue: deliveryModeField) }

  var isLogical: Bool { rawValue & Self.logicalDestination != 0 }

  /// The destination field, whose place and width depend on the mode.
  func destinationField(isX2APIC: Bool) -> UInt32 {
    UInt32(truncatingIfNeeded: rawValue >> (isX2APIC ? 32 : 56))
  }

  var shorthand: Shorthand { Shorthand(rawValue: UInt8(rawValue >> 18 & 3)) ?? .none }

  /// The destination that the register names, or `nil` if the mode does not allow the shorthand.
  ///
  /// Only fixed interrupts may go to the sender by a shorthand (APM volume 2, table 16-4).
  var validShorthand: Shorthand? {
    switch shorthand {
    case .sender, .everyone: deliveryMode == .fixed ? shorthand : nil
    case .none, .everyoneElse: shorthand
    }
  }

  /// A level-triggered interrupt that is taken back. INIT alone had a use for it, in the days of the APIC bus.
  var isDeassertion: Bool { rawValue & Self.levelTriggered != 0 && rawValue & Self.levelAsserted == 0 }

  /// The message to send; `nil` if the message type is reserved.
  func message(isX2APIC: Bool) -> InterruptMessage? {
    guard let deliveryMode else { return nil }
    let field = destinationField(isX2APIC: isX2APIC)
    let destination =
      isX2APIC
      ? InterruptDestination(wideField: field, isLogical: isLogical)
      : InterruptDestination(field: UInt8(truncatingIfNeeded: field), isLogical: isLogical)
    let trigger: TriggerMode = rawValue & Self.levelTriggered != 0 ? .level : .edge
    return InterruptMessage(
      destination: destination, deliveryMode: deliveryMode, vector: vector, triggerMode: trigger)
  }
}
