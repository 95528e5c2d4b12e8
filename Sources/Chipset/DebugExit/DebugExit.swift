import Bus

/// A port that ends the machine with an exit code, as test programs for other emulators expect it
/// ("isa-debug-exit").
public final class DebugExit: PortDevice {
  /// Where such programs look for it.
  public static let port: UInt16 = 0xF4
  /// How many ports it takes.
  public static let portCount: UInt16 = 4

  /// Names the device on the board.
  public let name = "debug-exit"
  /// Called with the exit code: twice what was written, and one.
  public var exitRequested: ((_ code: UInt32) -> Void)?

  /// A port to which nothing was written.
  public init() {}

  /// Does nothing: there is no state.
  public func reset() {}

  /// Reads zero.
  public func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 { 0 }

  /// Asks for the end of the machine.
  public func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32) {
    exitRequested?(value &<< 1 | 1)
  }

  /// Writes nothing.
  public func save(to writer: inout StateWriter) {}

  /// Reads nothing.
  public func restore(from reader: inout StateReader) throws(StateError) {}
}
