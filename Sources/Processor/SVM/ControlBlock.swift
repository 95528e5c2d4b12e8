import Interfaces
import X86

/// A virtual machine control block in the machine's RAM: a pointer with the accesses that the processor makes.
struct ControlBlock {
  private let base: UnsafeMutableRawPointer

  /// The block at a place in the machine's RAM, a whole page.
  init(_ core: Core, offset: UInt64) { base = core.state.memory.base + Int(offset) }

  /// A field of 64 bits.
  subscript(offset: Int) -> UInt64 { read(offset, as: UInt64.self) }

  /// Reads a field.
  @inline(__always)
  func read<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type) -> Value {
    Value(littleEndian: base.load(fromByteOffset: offset, as: Value.self))
  }

  /// Writes a field.
  @inline(__always)
  func write<Value: FixedWidthInteger>(_ value: Value, to offset: Int) {
    base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
  }

  /// Reads a segment register; its base is made canonical.
  func segment(_ offset: Int) -> Segment {
    typealias Field = SVM.ControlBlock.Segment
    let attributes = read(offset + Field.attributes, as: UInt16.self)
    return Segment(
      selector: read(offset + Field.selector, as: UInt16.self),
      attributes: SegmentAttributes(rawValue: attributes & 0xFF | (attributes & 0xF00) << 4),
      limit: read(offset + Field.limit, as: UInt32.self), base: Self.canonical(self[offset + Field.base]))
  }

  /// Writes a segment register.
  func write(_ segment: Segment, to offset: Int) {
    typealias Field = SVM.ControlBlock.Segment
    let attributes = segment.attributes.rawValue
    write(segment.selector, to: offset + Field.selector)
    write(attributes & 0xFF | attributes >> 4 & 0xF00, to: offset + Field.attributes)
    write(segment.limit, to: offset + Field.limit)
    write(segment.base, to: offset + Field.base)
  }

  /// Reads GDTR or IDTR.
  func table(_ offset: Int) -> DescriptorTable {
    let segment = segment(offset)
    return DescriptorTable(base: segment.base, limit: UInt16(truncatingIfNeeded: segment.limit))
  }

  /// Writes GDTR or IDTR.
  func write(_ table: DescriptorTable, to offset: Int) {
    write(UInt32(table.limit), to: offset + SVM.ControlBlock.Segment.limit)
    write(table.base, to: offset + SVM.ControlBlock.Segment.base)
  }

  /// Writes the bytes of an instruction, at most 15, and their number.
  func write(instruction bytes: [UInt8]) {
    write(UInt8(bytes.count), to: SVM.ControlBlock.instructionByteCount)
    for (index, byte) in bytes.enumerated() { write(byte, to: SVM.ControlBlock.instructionBytes + index) }
  }

  /// What VMLOAD and VMRUN make of an address: bit 47 is repeated.
  static func canonical(_ address: UInt64) -> UInt64 {
    UInt64(bitPattern: Int64(bitPattern: address << 16) >> 16)
  }
}
