import Bus

/// A device from which firmware and test programs read the machine's configuration ("fw_cfg").
public final class FirmwareConfiguration: PortDevice {
  private typealias Register = FirmwareConfigurationRegister
  private typealias Item = FirmwareConfigurationItem

  /// Names the device on the board.
  public let name = "fw-cfg"

  /// The items by number, in ascending order; they do not change while the machine runs.
  private var items: [(number: UInt16, contents: [UInt8])]
  private var fileNames: [String] = []
  private var selected: UInt16 = 0
  private var position = 0

  /// A device that tells the number of processors and the size of RAM in bytes.
  public init(processorCount: Int, memorySize: UInt64) {
    let processors = Self.littleEndian(UInt16(truncatingIfNeeded: processorCount))
    items = [
      (Item.signature, Item.signatureBytes),
      (Item.identifier, Self.littleEndian(Item.traditionalInterface)),
      (Item.memorySize, Self.littleEndian(memorySize)),
      (Item.processorCount, processors),
      (Item.maximumProcessorCount, processors),
      (Item.fileDirectory, Self.bigEndian(UInt32(0))),
    ]
  }

  /// The ports where the PC has it.
  public var portRanges: [PortRange] {
    [PortRange(first: FirmwareConfigurationPorts.selector, count: 2, device: self)]
  }

  private static func littleEndian<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func bigEndian<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  /// Adds a file to the directory; `false` if its name is longer than 55 bytes or there are too many files.
  @discardableResult
  public func addFile(_ name: String, contents: [UInt8]) -> Bool {
    guard name.utf8.count < FirmwareConfigurationFile.nameSize,
      let number = UInt16(exactly: Int(Item.firstFile) + fileNames.count)
    else { return false }
    fileNames.append(name)
    items.append((number, contents))
    updateDirectory()
    return true
  }

  private func updateDirectory() {
    var directory = Self.bigEndian(UInt32(truncatingIfNeeded: fileNames.count))
    for (name, item) in zip(fileNames, items.suffix(fileNames.count)) {
      directory += Self.bigEndian(UInt32(truncatingIfNeeded: item.contents.count))
      directory += Self.bigEndian(item.number)
      directory += [0, 0]
      directory += Array(name.utf8)
      directory += [UInt8](repeating: 0, count: FirmwareConfigurationFile.nameSize - name.utf8.count)
    }
    guard let index = items.firstIndex(where: { $0.number == Item.fileDirectory }) else { return }
    items[index].contents = directory
  }

  /// Selects the first item.
  public func reset() {
    selected = 0
    position = 0
  }

  /// Reads the next byte of the selected item; zero after its end.
  public func readPort(_ offset: UInt16, width: AccessWidth) -> UInt32 {
    guard Register(rawValue: offset) == .data else { return 0 }
    guard let item = items.first(where: { $0.number == selected }), item.contents.indices.contains(position)
    else { return 0 }
    defer { position += 1 }
    return UInt32(item.contents[position])
  }

  /// Selects an item.
  public func writePort(_ offset: UInt16, width: AccessWidth, value: UInt32) {
    guard Register(rawValue: offset) == .selector else { return }
    selected = UInt16(truncatingIfNeeded: value)
    position = 0
  }

  /// Writes which byte is read next.
  public func save(to writer: inout StateWriter) {
    writer.write(selected)
    writer.write(UInt32(truncatingIfNeeded: position))
  }

  /// Reads back what ``save(to:)`` wrote.
  public func restore(from reader: inout StateReader) throws(StateError) {
    selected = try reader.read()
    position = Int(try reader.read(UInt32.self))
  }
}
