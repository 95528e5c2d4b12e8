/// What an interrupt message does to the processor that takes it (APM volume 2, 16.5, "Message Type").
///
/// Encoding 3, the remote read, is left out: nothing that is supported sends it.
public enum DeliveryMode: UInt8, Sendable {
  /// The vector is requested at every destination.
  case fixed = 0
  /// The vector is requested at the destination that runs at the lowest priority.
  case lowestPriority = 1
  /// A system management interrupt.
  case systemManagement = 2
  /// A non-maskable interrupt.
  case nonMaskable = 4
  /// INIT.
  case initialisation = 5
  /// Start-up IPI: the vector is the number of the page where the processor starts.
  case startup = 6
  /// The vector comes from the 8259.
  case external = 7
}
