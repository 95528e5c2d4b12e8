import Bus

/// Where what the guest writes to a console goes.
public protocol ConsoleBackend: AnyObject {
  /// Takes bytes that the guest wrote.
  func transmit(_ bytes: [UInt8])
}

/// A terminal with one port (VIRTIO 1.2, 5.3).
public final class VirtioConsole: VirtioDevice {
  /// Offsets in the device-specific configuration (5.3.4).
  private enum Configuration {
    static let columns = 0
    static let rows = 2
    static let end = 4
  }

  /// The queues of port 0 (5.3.2).
  private enum Queue {
    static let receive = 0
    static let transmit = 1
  }

  /// The configuration tells the size of the terminal.
  private static let size = VirtioFeatures(rawValue: 1 << 0)

  /// More than this in one chain is not a terminal's output.
  private static let maximumTransmission: UInt64 = 1 << 20
  /// How much of a chain is copied at a time.
  private static let pieceSize = 4096

  /// The type of the device.
  public let type = VirtioDeviceType.console
  /// A communication controller of no other kind.
  public let classCode: UInt32 = 0x07_80_00
  /// The size of the terminal.
  public let offeredFeatures = VirtioConsole.size
  /// One queue for each direction.
  public let queueSizes: [UInt16] = [64, 64]
  /// What connects the device to its driver.
  public weak var transport: (any VirtioTransport)?
  /// The width of the terminal in characters.
  public private(set) var columns: UInt16
  /// The height of the terminal in characters.
  public private(set) var rows: UInt16

  private let backend: any ConsoleBackend
  private var input: [UInt8] = []

  /// A terminal of `columns` by `rows` characters whose output goes to `backend`.
  public init(columns: UInt16, rows: UInt16, backend: any ConsoleBackend) {
    self.columns = columns
    self.rows = rows
    self.backend = backend
  }

  /// The size as the driver sees it.
  public var configuration: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Configuration.end)
    for (offset, value) in [(Configuration.columns, columns), (Configuration.rows, rows)] {
      bytes[offset] = UInt8(truncatingIfNeeded: value)
      bytes[offset + 1] = UInt8(truncatingIfNeeded: value >> 8)
    }
    return bytes
  }

  /// Tells the guest that the terminal has another size now, in characters.
  public func resize(columns: UInt16, rows: UInt16) {
    guard (columns, rows) != (self.columns, self.rows) else { return }
    self.columns = columns
    self.rows = rows
    transport?.configurationChanged()
  }

  // MARK: Input

  /// The number of bytes that the guest has not taken yet.
  public var bufferedInputCount: Int { input.count }

  /// Hands bytes to the guest; they wait until it has buffers for them.
  public func receive(_ bytes: [UInt8]) {
    input.append(contentsOf: bytes)
    transport?.serviceQueue(Queue.receive)
  }

  // MARK: Queues

  /// Takes output, or hands out input.
  public func service(_ queue: Virtqueue, index: Int) throws(VirtqueueError) {
    switch index {
    case Queue.receive: try handOutInput(queue)
    default: try takeOutput(queue)
    }
  }

  private func handOutInput(_ queue: Virtqueue) throws(VirtqueueError) {
    while !input.isEmpty, let chain = try queue.next() {
      let written = try chain.write(input, at: 0)
      guard written > 0 else { throw .malformedRequest }
      input.removeFirst(written)
      try queue.complete(chain, written: UInt32(truncatingIfNeeded: written))
    }
  }

  private func takeOutput(_ queue: Virtqueue) throws(VirtqueueError) {
    while let chain = try queue.next() {
      guard chain.readableLength <= Self.maximumTransmission else { throw .chainTooLarge }
      var offset: UInt64 = 0
      while offset < chain.readableLength {
        let piece = try chain.readBytes(at: offset, count: Self.pieceSize)
        offset += UInt64(piece.count)
        backend.transmit(piece)
      }
      try queue.complete(chain, written: 0)
    }
  }

  // MARK: State

  /// Forgets input that was not taken. The size belongs to the host and stays.
  public func reset() { input.removeAll() }

  /// Writes the size and the input that was not taken.
  public func save(to writer: inout StateWriter) {
    writer.write(columns)
    writer.write(rows)
    writer.write(input)
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    columns = try reader.read()
    rows = try reader.read()
    input = try reader.readBytes()
  }
}
