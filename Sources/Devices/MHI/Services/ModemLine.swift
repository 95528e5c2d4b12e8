import Bus

/// A line between the modem's AT port and the host. It outlives the modem: a machine that was reset finds it again.
public final class ModemLine {
  /// Called with what the guest wrote; the bytes are valid during the call.
  public var transmit: ((UnsafeRawBufferPointer) -> Void)?

  fileprivate weak var port: (any ModemPort)?

  /// A line that is connected to nothing.
  public init() {}

  /// Whether the guest has opened its port.
  public var isOpen: Bool { port != nil }

  /// Offers characters to the guest.
  ///
  /// - Returns: whether it had room; otherwise it has taken nothing.
  public func receive(_ characters: UnsafeRawBufferPointer) -> Bool { port?.send(characters) ?? false }
}

/// What connects a ``ModemLine`` to the modem.
final class ModemLineService: ModemService {
  private let line: ModemLine
  private var port: (any ModemPort)?

  init(_ line: ModemLine) { self.line = line }

  func open(_ port: any ModemPort) {
    self.port = port
    line.port = port
  }

  func receive(_ transfer: UnsafeRawBufferPointer) { line.transmit?(transfer) }

  func close() {
    guard port != nil else { return }
    port = nil
    line.port = nil
  }

  // Whoever is on the line is no part of the machine.
  func save(to writer: inout StateWriter) {}
  func restore(from reader: inout StateReader) throws(StateError) {}
}
