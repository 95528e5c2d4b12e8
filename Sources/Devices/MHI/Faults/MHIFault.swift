/// Something that goes wrong with the device because a person or a test wants to see what the host does then.
public enum MHIFault: String, CaseIterable, Sendable {
  /// The modem's software crashed: SYS_ERR.
  case systemError = "sys-error"
  /// It crashed, and offers its memory.
  case ramDump = "rddm"
  /// It asks to sleep less deeply than M3: M1.
  case idle = "idle"
  /// The card is pulled out: all reads give ones.
  case remove = "remove"
  /// The card is put in again.
  case insert = "insert"
  /// A reset that the host asks for never ends.
  case stuckReset = "stuck-reset"
  /// The device is never ready after a reset.
  case neverReady = "never-ready"
  /// CHDBOFF points behind the registers.
  case badDoorbellOffset = "bad-doorbell-offset"
  /// The next command is carried out, and nobody hears of it.
  case lostCommandCompletion = "lost-command-completion"
  /// The next event comes with a read pointer outside of its ring.
  case eventPointerOutside = "event-pointer-outside"
  /// The next event comes with a read pointer between two elements.
  case eventPointerMisaligned = "event-pointer-misaligned"
  /// Before the next event, one of a type that there is not.
  case unknownEvent = "unknown-event"
  /// Before the next completion, one of an element outside of its ring.
  case completionOutside = "completion-outside"
  /// Before the next completion, one of an element whose turn it is not.
  case completionOutOfOrder = "completion-out-of-order"
  /// Before the next completion, one with a code that transfers do not have.
  case completionCode = "completion-code"
  /// Before the next completion, one of a channel that there is not.
  case completionChannel = "completion-channel"
  /// All that was ordered is forgotten.
  case clear = "clear"
}
