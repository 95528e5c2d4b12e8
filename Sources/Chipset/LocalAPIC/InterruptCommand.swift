import Interfaces

/// What the machine does with an interrupt command.
extension InterruptCommand {
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
  var isDeassertion: Bool { isLevelTriggered && !isLevelAsserted }

  /// The message to send; `nil` if the message type is reserved.
  func message(isX2APIC: Bool) -> InterruptMessage? {
    guard let deliveryMode else { return nil }
    let field = destinationField(isX2APIC ? .x2APIC : .memory)
    let destination =
      isX2APIC
      ? InterruptDestination(wideField: field, isLogical: isLogical)
      : InterruptDestination(field: UInt8(truncatingIfNeeded: field), isLogical: isLogical)
    let trigger: TriggerMode = isLevelTriggered ? .level : .edge
    return InterruptMessage(
      destination: destination, deliveryMode: deliveryMode, vector: vector, triggerMode: trigger)
  }
}
