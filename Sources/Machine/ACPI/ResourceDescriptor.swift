/// A resource that a device uses, or that a bridge hands on (ACPI 6.5, 6.4).
enum ResourceDescriptor {
  /// I/O ports that the device answers at.
  case ports(Range<UInt16>)
  /// Memory below 4 GiB that the device answers at.
  case memory(Range<UInt64>)
  /// An ISA interrupt: edge-triggered, active high.
  case interrupt(UInt8)
  /// Bus numbers that a bridge hands on.
  case busWindow(ClosedRange<UInt8>)
  /// I/O ports that a bridge hands on.
  case portWindow(Range<UInt64>)
  /// Memory below 4 GiB that a bridge hands on.
  case memoryWindow(Range<UInt64>)
  /// Memory anywhere that a bridge hands on.
  case wideMemoryWindow(Range<UInt64>)

  private enum Tag {
    static let interrupt: UInt8 = 0x22
    static let ports: UInt8 = 0x47
    static let end: UInt8 = 0x79
    static let memory32Fixed: UInt8 = 0x86
    static let addressSpace32: UInt8 = 0x87
    static let addressSpace16: UInt8 = 0x88
    static let addressSpace64: UInt8 = 0x8A
  }

  /// What kind of addresses an address space descriptor is about, and the flags that belong to the kind.
  private enum AddressSpace {
    static let memory: UInt8 = 0
    static let ports: UInt8 = 1
    static let buses: UInt8 = 2
    /// The first and the last address are fixed; the bridge decodes positively and hands the range on.
    static let fixedWindow: UInt8 = 0x0C
    /// Read and write, not cacheable.
    static let memoryFlags: UInt8 = 0x01
    /// Ports of ISA and others alike.
    static let portFlags: UInt8 = 0x03
  }

  private static let decodes16Bits: UInt8 = 1
  private static let writable: UInt8 = 1

  /// The descriptors, and the tag that ends them.
  static func template(_ descriptors: [ResourceDescriptor]) -> [UInt8] {
    // A checksum of 0 stands for a template that has none.
    descriptors.flatMap(\.bytes) + [Tag.end, 0]
  }

  private var bytes: [UInt8] {
    switch self {
    case .ports(let range):
      var bytes = [Tag.ports, Self.decodes16Bits]
      bytes.append(littleEndian: range.lowerBound)
      bytes.append(littleEndian: range.lowerBound)
      return bytes + [1, UInt8(truncatingIfNeeded: range.count)]
    case .memory(let range):
      var bytes = [Tag.memory32Fixed, 9, 0, Self.writable]
      bytes.append(littleEndian: UInt32(truncatingIfNeeded: range.lowerBound))
      bytes.append(littleEndian: UInt32(truncatingIfNeeded: range.upperBound - range.lowerBound))
      return bytes
    case .interrupt(let number):
      var bytes = [Tag.interrupt]
      bytes.append(littleEndian: UInt16(1) << UInt16(number))
      return bytes
    case .busWindow(let buses):
      return Self.window(
        UInt16.self, Tag.addressSpace16, AddressSpace.buses, flags: 0,
        UInt64(buses.lowerBound)..<UInt64(buses.upperBound) + 1)
    case .portWindow(let range):
      return Self.window(
        UInt16.self, Tag.addressSpace16, AddressSpace.ports, flags: AddressSpace.portFlags, range)
    case .memoryWindow(let range):
      return Self.window(
        UInt32.self, Tag.addressSpace32, AddressSpace.memory, flags: AddressSpace.memoryFlags, range)
    case .wideMemoryWindow(let range):
      return Self.window(
        UInt64.self, Tag.addressSpace64, AddressSpace.memory, flags: AddressSpace.memoryFlags, range)
    }
  }

  /// An address space descriptor with addresses of a width, of a range that is not empty.
  private static func window<Address: FixedWidthInteger>(
    _ width: Address.Type, _ tag: UInt8, _ space: UInt8, flags: UInt8, _ range: Range<UInt64>
  ) -> [UInt8] {
    let granularity: UInt64 = 0
    let translation: UInt64 = 0
    var content = [space, AddressSpace.fixedWindow, flags]
    for number in [
      granularity, range.lowerBound, range.upperBound &- 1, translation, range.upperBound - range.lowerBound,
    ] {
      content.append(littleEndian: Address(truncatingIfNeeded: number))
    }
    var bytes = [tag]
    bytes.append(littleEndian: UInt16(truncatingIfNeeded: content.count))
    return bytes + content
  }
}
