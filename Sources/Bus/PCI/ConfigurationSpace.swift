/// The configuration registers of one function as bytes, with what software may do to every bit.
///
/// Software reads and writes through ``read(_:width:)`` and ``write(_:width:value:)``, which keep to the masks;
/// the function itself uses ``load(_:as:)`` and ``store(_:at:)``, which do not.
public struct ConfigurationSpace {
  /// How much of the space there is.
  public enum Extent: Int, Sendable {
    /// The 256 bytes of PCI.
    case conventional = 256
    /// The 4096 bytes of PCI Express.
    case express = 4096
  }

  /// The size.
  public let extent: Extent
  private var bytes: [UInt8]
  private var powerOnBytes: [UInt8]
  private var writable: [UInt8]
  private var clearable: [UInt8]
  private var nextCapability = PCIRegister.capabilities.lowerBound
  private var lastPointer = PCIRegister.capabilitiesPointer
  private var nextExtendedCapability = PCIRegister.extendedCapabilities.lowerBound
  private var lastExtendedCapability: Int?

  /// A space in which every bit is a read-only zero.
  public init(_ extent: Extent) {
    self.extent = extent
    let zeros = [UInt8](repeating: 0, count: extent.rawValue)
    bytes = zeros
    powerOnBytes = zeros
    writable = zeros
    clearable = zeros
  }

  // MARK: Definition

  /// Lays down a register: its value at power-on, the bits that software may write, and those that it clears
  /// by writing ones. `offset` and the register's size must lie in the space.
  public mutating func define<Number: FixedWidthInteger>(
    _ offset: Int, value: Number, writable: Number = 0, clearable: Number = 0
  ) {
    precondition(contains(offset, count: MemoryLayout<Number>.size), "a register outside configuration space")
    Self.put(value, in: &bytes, at: offset)
    Self.put(value, in: &powerOnBytes, at: offset)
    Self.put(writable, in: &self.writable, at: offset)
    Self.put(clearable, in: &self.clearable, at: offset)
  }

  /// Appends a capability of `length` bytes, header included, to the list and returns its offset. What follows
  /// the two bytes of the header is the caller's to define.
  public mutating func appendCapability(_ identifier: PCICapabilityID, length: Int) -> Int {
    let offset = nextCapability
    precondition(offset + length <= PCIRegister.capabilities.upperBound, "no room for another capability")
    nextCapability = (offset + length + 3) & ~3
    define(offset, value: identifier.rawValue)
    define(lastPointer, value: UInt8(truncatingIfNeeded: offset))
    lastPointer = offset + 1
    let status = PCIStatus(rawValue: load(PCIRegister.status)).union(.capabilitiesList)
    define(PCIRegister.status, value: status.rawValue, clearable: PCIStatus.errors.rawValue)
    return offset
  }

  /// Appends an extended capability of `length` bytes, header included, and returns its offset. What follows the
  /// four bytes of the header is the caller's to define. Only for ``Extent/express``.
  public mutating func appendExtendedCapability(_ identifier: UInt16, version: UInt8, length: Int) -> Int {
    let offset = nextExtendedCapability
    precondition(offset + length <= extent.rawValue, "no room for another extended capability")
    nextExtendedCapability = (offset + length + 3) & ~3
    define(offset, value: UInt32(identifier) | UInt32(version & 0xF) << 16)
    if let lastExtendedCapability {
      define(lastExtendedCapability, value: load(lastExtendedCapability) | UInt32(offset) << 20)
    }
    lastExtendedCapability = offset
    return offset
  }

  // MARK: Access by software

  /// Reads a register; outside the space, all ones.
  public func read(_ offset: Int, width: AccessWidth) -> UInt32 {
    guard contains(offset, count: width.rawValue) else { return UInt32(truncatingIfNeeded: width.mask) }
    var value: UInt32 = 0
    for index in 0..<min(width.rawValue, 4) { value |= UInt32(bytes[offset + index]) << UInt32(index * 8) }
    return value
  }

  /// Writes those bits of a register that software may write; nothing happens outside the space.
  public mutating func write(_ offset: Int, width: AccessWidth, value: UInt32) {
    guard contains(offset, count: width.rawValue) else { return }
    for index in 0..<min(width.rawValue, 4) {
      let new = UInt8(truncatingIfNeeded: value >> UInt32(index * 8))
      let position = offset + index
      let kept = bytes[position] & ~(writable[position] | (clearable[position] & new))
      bytes[position] = kept | (new & writable[position])
    }
  }

  // MARK: Access by the function

  /// Reads a register for the function; outside the space, zero.
  public func load<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type = Number.self) -> Number {
    guard contains(offset, count: MemoryLayout<Number>.size) else { return 0 }
    var value: Number = 0
    for index in 0..<MemoryLayout<Number>.size {
      value |= Number(truncatingIfNeeded: bytes[offset + index]) << Number(index * 8)
    }
    return value
  }

  /// Stores a register for the function, whatever the masks say; nothing happens outside the space.
  public mutating func store<Number: FixedWidthInteger>(_ value: Number, at offset: Int) {
    guard contains(offset, count: MemoryLayout<Number>.size) else { return }
    Self.put(value, in: &bytes, at: offset)
  }

  /// Puts every register to its power-on value.
  public mutating func reset() { bytes = powerOnBytes }

  // MARK: State

  /// Writes the values of all registers.
  public func save(to writer: inout StateWriter) { writer.write(bytes) }

  /// Reads back what ``save(to:)`` wrote for a function with the same identifiers.
  public mutating func restore(from reader: inout StateReader) throws(StateError) {
    let saved = try reader.readBytes()
    guard saved.count == bytes.count, saved[..<PCIRegister.command] == bytes[..<PCIRegister.command] else {
      throw .invalid
    }
    bytes = saved
  }

  private func contains(_ offset: Int, count: Int) -> Bool { offset >= 0 && offset <= bytes.count - count }

  private static func put<Number: FixedWidthInteger>(_ value: Number, in array: inout [UInt8], at offset: Int)
  {
    for index in 0..<MemoryLayout<Number>.size {
      array[offset + index] = UInt8(truncatingIfNeeded: value >> Number(index * 8))
    }
  }
}
