extension HyperV {
  /// A segment register in memory (HV_X64_SEGMENT_REGISTER), 16 bytes.
  public struct SegmentRegister: Equatable, Sendable {
    /// The linear address of offset zero.
    public var base: UInt64
    /// The last valid offset, in bytes.
    public var limit: UInt32
    /// The selector.
    public var selector: UInt16
    /// Type in bits 0 to 3, S 4, DPL 5 and 6, P 7, AVL 12, L 13, D/B 14, G 15.
    public var attributes: UInt16

    /// A register of these parts; without any, one that cannot be used.
    public init(base: UInt64 = 0, limit: UInt32 = 0, selector: UInt16 = 0, attributes: UInt16 = 0) {
      self.base = base
      self.limit = limit
      self.selector = selector
      self.attributes = attributes
    }

    /// The size in memory.
    public static let size = 16

    /// Reads a register of ``size`` bytes.
    public init(reading source: UnsafeRawPointer) {
      base = source.loadUnaligned(as: UInt64.self)
      limit = source.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
      selector = source.loadUnaligned(fromByteOffset: 12, as: UInt16.self)
      attributes = source.loadUnaligned(fromByteOffset: 14, as: UInt16.self)
    }

    /// Stores ``size`` bytes.
    public func store(to destination: UnsafeMutableRawPointer) {
      destination.storeBytes(of: base, as: UInt64.self)
      destination.storeBytes(of: limit, toByteOffset: 8, as: UInt32.self)
      destination.storeBytes(of: selector, toByteOffset: 12, as: UInt16.self)
      destination.storeBytes(of: attributes, toByteOffset: 14, as: UInt16.self)
    }
  }

  /// GDTR or IDTR in memory (HV_X64_TABLE_REGISTER), 16 bytes.
  public struct TableRegister: Equatable, Sendable {
    /// The linear address of the table.
    public var base: UInt64
    /// The offset of its last byte.
    public var limit: UInt16

    /// A register of these parts.
    public init(base: UInt64 = 0, limit: UInt16 = 0) {
      self.base = base
      self.limit = limit
    }

    /// The size in memory.
    public static let size = 16

    /// Reads a register of ``size`` bytes, of which the first six say nothing.
    public init(reading source: UnsafeRawPointer) {
      limit = source.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
      base = source.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }

    /// Stores ``size`` bytes.
    public func store(to destination: UnsafeMutableRawPointer) {
      destination.storeBytes(of: UInt64(limit) << 48, as: UInt64.self)
      destination.storeBytes(of: base, toByteOffset: 8, as: UInt64.self)
    }
  }

  /// The state in which a virtual processor begins in a trust level (HV_INITIAL_VP_CONTEXT).
  public struct InitialContext: Equatable, Sendable {
    /// RIP.
    public var instructionPointer: UInt64 = 0
    /// RSP.
    public var stackPointer: UInt64 = 0
    /// RFLAGS.
    public var flags: UInt64 = 2
    /// CS.
    public var cs = SegmentRegister()
    /// DS.
    public var ds = SegmentRegister()
    /// ES.
    public var es = SegmentRegister()
    /// FS.
    public var fs = SegmentRegister()
    /// GS.
    public var gs = SegmentRegister()
    /// SS.
    public var ss = SegmentRegister()
    /// TR.
    public var tr = SegmentRegister()
    /// LDTR.
    public var ldtr = SegmentRegister()
    /// IDTR.
    public var idtr = TableRegister()
    /// GDTR.
    public var gdtr = TableRegister()
    /// EFER.
    public var efer: UInt64 = 0
    /// CR0.
    public var cr0: UInt64 = 0
    /// CR3.
    public var cr3: UInt64 = 0
    /// CR4.
    public var cr4: UInt64 = 0
    /// PAT.
    public var pageAttributeTable: UInt64 = PageAttributeTable.resetValue

    /// A context that is zero but for what has a usual value.
    public init() {}

    /// The size in memory.
    public static let size = 0xE0

    private enum Offset {
      static let instructionPointer = 0x00
      static let stackPointer = 0x08
      static let flags = 0x10
      static let segments = 0x18
      static let tables = 0x98
      static let efer = 0xB8
      static let cr0 = 0xC0
      static let cr3 = 0xC8
      static let cr4 = 0xD0
      static let pageAttributeTable = 0xD8
    }

    /// Reads a context of ``size`` bytes.
    public init(reading source: UnsafeRawPointer) {
      func number(_ offset: Int) -> UInt64 { source.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
      func segment(_ index: Int) -> SegmentRegister {
        SegmentRegister(reading: source + Offset.segments + index * SegmentRegister.size)
      }
      instructionPointer = number(Offset.instructionPointer)
      stackPointer = number(Offset.stackPointer)
      flags = number(Offset.flags)
      (cs, ds, es, fs) = (segment(0), segment(1), segment(2), segment(3))
      (gs, ss, tr, ldtr) = (segment(4), segment(5), segment(6), segment(7))
      idtr = TableRegister(reading: source + Offset.tables)
      gdtr = TableRegister(reading: source + Offset.tables + TableRegister.size)
      efer = number(Offset.efer)
      cr0 = number(Offset.cr0)
      cr3 = number(Offset.cr3)
      cr4 = number(Offset.cr4)
      pageAttributeTable = number(Offset.pageAttributeTable)
    }

    /// Stores ``size`` bytes.
    public func store(to destination: UnsafeMutableRawPointer) {
      func put(_ value: UInt64, _ offset: Int) {
        destination.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
      }
      func put(_ segment: SegmentRegister, _ index: Int) {
        segment.store(to: destination + Offset.segments + index * SegmentRegister.size)
      }
      put(instructionPointer, Offset.instructionPointer)
      put(stackPointer, Offset.stackPointer)
      put(flags, Offset.flags)
      put(cs, 0)
      put(ds, 1)
      put(es, 2)
      put(fs, 3)
      put(gs, 4)
      put(ss, 5)
      put(tr, 6)
      put(ldtr, 7)
      idtr.store(to: destination + Offset.tables)
      gdtr.store(to: destination + Offset.tables + TableRegister.size)
      put(efer, Offset.efer)
      put(cr0, Offset.cr0)
      put(cr3, Offset.cr3)
      put(cr4, Offset.cr4)
      put(pageAttributeTable, Offset.pageAttributeTable)
    }
  }
}
