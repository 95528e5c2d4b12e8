import Bus

/// The device that bare-metal tests written for other emulators use as something to talk to ("pc-testdev"): four
/// bytes of port space, 64 KiB of device memory, and a register for each interrupt line.
public final class TestDevice: PortDevice, MemoryMappedDevice {
  private typealias Register = TestDeviceRegister

  /// Names the device on the board.
  public let name = "pc-testdev"
  /// Where its memory lies.
  public static let memory: Range<UInt64> = 0xFF00_0000..<0xFF01_0000

  private let lines: [InterruptLine]
  private var value: UInt32 = 0
  private var bytes = [UInt8](repeating: 0, count: memory.count)

  /// A device that drives these interrupt lines, at most 24.
  public init(interrupts: [InterruptLine]) {
    lines = Array(interrupts.prefix(Int(Register.interrupts.count)))
  }

  /// The ports where such programs look for it.
  public var portRanges: [PortRange] {
    [
      PortRange(first: 0xE0, count: Register.interrupts.lowerBound, device: self),
      PortRange(
        first: 0x2000, count: UInt16(Register.interrupts.count),
        device: PortWindow(onto: self, start: Register.interrupts.lowerBound)),
    ]
  }

  /// Clears port and memory, and releases the lines.
  public func reset() {
    value = 0
    bytes = [UInt8](repeating: 0, count: Self.memory.count)
    for line in lines { line.set(asserted: false) }
  }

  /// Reads the four bytes, of which there are two views; everything else reads as zero.
  public func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 {
    guard Register.value.contains(offset) || Register.valueByBytes.contains(offset) else { return 0 }
    return value >> (UInt32(offset & 3) * 8) & UInt32(truncatingIfNeeded: width.mask)
  }

  /// Writes the four bytes, or drives an interrupt line: 0 releases it.
  public func writePort(_ offset: UInt16, width: AccessWidth, value written: UInt32) {
    switch offset {
    case Register.value, Register.valueByBytes:
      let shift = UInt32(offset & 3) * 8
      let mask = UInt32(truncatingIfNeeded: width.mask) &<< shift
      value = value & ~mask | written &<< shift & mask
    case Register.interrupts:
      let line = Int(offset - Register.interrupts.lowerBound)
      if lines.indices.contains(line) { lines[line].set(asserted: written != 0) }
    default: break  // Asks the host to unmap a page for a moment, which nothing here would notice.
    }
  }

  /// Reads the memory.
  public func readRegister(_ offset: UInt64, width: AccessWidth) -> UInt64 {
    guard let range = range(offset, width) else { return width.mask }
    return bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Writes the memory.
  public func writeRegister(_ offset: UInt64, width: AccessWidth, value: UInt64) {
    guard let range = range(offset, width) else { return }
    for (index, place) in range.enumerated() {
      bytes[place] = UInt8(truncatingIfNeeded: value >> (UInt64(index) * 8))
    }
  }

  private func range(_ offset: UInt64, _ width: AccessWidth) -> Range<Int>? {
    guard offset <= UInt64(bytes.count - width.rawValue) else { return nil }
    return Int(offset)..<Int(offset) + width.rawValue
  }

  /// Writes port and memory.
  public func save(to writer: inout StateWriter) {
    writer.write(value)
    writer.write(bytes)
  }

  /// Reads port and memory.
  public func restore(from reader: inout StateReader) throws(StateError) {
    value = try reader.read()
    bytes = try reader.readBytes()
    guard bytes.count == Self.memory.count else { throw .invalid }
  }
}
