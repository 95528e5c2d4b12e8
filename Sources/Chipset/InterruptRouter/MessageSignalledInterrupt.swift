import Interfaces

/// The address and data of a message-signalled interrupt (APM volume 2, 16.11.1).
struct MessageSignalledInterrupt {
  private static let window: UInt64 = 0xFEE
  private static let logicalDestination: UInt64 = 1 << 2
  private static let redirectionHint: UInt64 = 1 << 3
  private static let levelAsserted: UInt32 = 1 << 14
  private static let levelTriggered: UInt32 = 1 << 15

  /// The message that the two values mean; `nil` if they do not mean an interrupt.
  static func decode(address: UInt64, data: UInt32) -> InterruptMessage? {
    guard address >> 20 == window else { return nil }
    guard var mode = DeliveryMode(rawValue: UInt8(data >> 8 & 7)) else { return nil }
    let trigger: TriggerMode = data & levelTriggered != 0 ? .level : .edge
    if trigger == .level && data & levelAsserted == 0 { return nil }

    let isLogical = address & logicalDestination != 0
    // With the hint, one of the processors of a logical destination is chosen.
    if mode == .fixed && isLogical && address & redirectionHint != 0 { mode = .lowestPriority }
    return InterruptMessage(
      destination: InterruptDestination(
        field: UInt8(truncatingIfNeeded: address >> 12), isLogical: isLogical),
      deliveryMode: mode,
      vector: UInt8(truncatingIfNeeded: data),
      triggerMode: trigger)
  }
}
