import Bus

/// Qualcomm's diagnostics, as far as a host asks whether there are any.
final class DiagnosticService: ModemService {
  /// Commands and answers.
  private enum Command {
    static let version: UInt8 = 0x00
    static let badCommand: UInt8 = 0x13
  }

  /// The longest frame that is taken, without escapes.
  private static let maximumLength = 4096

  private let identity: ModemIdentity
  private var port: (any ModemPort)?
  private var frame: [UInt8] = []
  private var isEscaped = false

  init(identity: ModemIdentity) { self.identity = identity }

  func open(_ port: any ModemPort) { self.port = port }

  func close() {
    port = nil
    frame = []
    isEscaped = false
  }

  func receive(_ transfer: UnsafeRawBufferPointer) {
    for byte in transfer {
      switch byte {
      case HDLCFrame.flag:
        if !frame.isEmpty { answer() }
        frame.removeAll(keepingCapacity: true)
        isEscaped = false
      case HDLCFrame.escape: isEscaped = true
      default:
        // What is too long keeps one byte too many, which makes it wrong.
        if frame.count <= Self.maximumLength { frame.append(isEscaped ? byte ^ HDLCFrame.mask : byte) }
        isEscaped = false
      }
    }
  }

  private func answer() {
    let contents = frame.dropLast(2)
    let check = frame.suffix(2).reversed().reduce(0 as UInt16) { $0 << 8 | UInt16($1) }
    let isWhole = frame.count <= Self.maximumLength && HDLCFrame.checkSequence(contents) == check
    let answer =
      isWhole && contents.elementsEqual([Command.version]) ? version : [Command.badCommand] + contents
    _ = HDLCFrame.make(answer).withUnsafeBytes { port?.send($0) }
  }

  /// When the software was made and released, for which model, and numbers of the mobile station.
  private var version: [UInt8] {
    var writer = MessageWriter()
    writer.write(Command.version)
    for (text, length) in [
      ("Jan 01 2026", 11), ("00:00:00", 8), ("Jan 01 2026", 11), ("00:00:00", 8), (identity.model, 8),
    ] {
      let bytes = Array(text.utf8.prefix(length))
      writer.write(bytes + [UInt8](repeating: 0, count: length - bytes.count))
    }
    // Station class, revision of the air interface, model; revision of the firmware; paging slots; hardware.
    writer.write([0, 0, 0] as [UInt8])
    writer.write(1 as UInt16)
    writer.write([0, 1, 0] as [UInt8])
    return writer.bytes
  }

  func save(to writer: inout StateWriter) {
    writer.write(frame)
    writer.write(isEscaped)
  }

  func restore(from reader: inout StateReader) throws(StateError) {
    frame = try reader.readBytes()
    guard frame.count <= Self.maximumLength + 1 else { throw .invalid }
    isEscaped = try reader.readBool()
  }
}
