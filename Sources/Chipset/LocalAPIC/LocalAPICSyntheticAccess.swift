import Bus
import Interfaces

/// The ways to the registers that a hypervisor offers besides those of the hardware.
extension LocalAPIC {
  /// The model-specific register with the address and the mode.
  public static let baseRegister: UInt32 = 0x1B

  /// Requests an edge-triggered interrupt.
  public func raise(_ vector: UInt8) { accept(.fixed, vector: vector, triggerMode: .edge) }

  /// Ends the interrupt in service, like a write to EOI.
  public func end() { endOfInterrupt() }

  /// Makes interrupts of a vector end when the processor takes them, or not.
  public func setEndsAutomatically(_ vector: UInt8, _ endsAutomatically: Bool) {
    if endsAutomatically { automaticVectors.insert(vector) } else { automaticVectors.remove(vector) }
  }

  /// Both halves of the interrupt command register.
  public var command: UInt64 { interruptCommand.rawValue }

  /// Writes both halves of the interrupt command register in the layout of xAPIC mode, which sends the interrupt;
  /// `false` in the other modes.
  public func send(_ command: UInt64) -> Bool {
    guard mode == .xAPIC else { return false }
    write(.interruptCommandHigh, UInt32(truncatingIfNeeded: command >> 32))
    write(.interruptCommandLow, UInt32(truncatingIfNeeded: command))
    return true
  }

  /// The task priority register with its subclass, 0 to 255.
  public var wholeTaskPriority: UInt8 {
    get { taskPriorityRegister }
    set { writeTaskPriority(newValue) }
  }
}
