import Bedrock

/// A selector of the table that the tests use. The first ones are Bedrock's.
struct Selector: Equatable {
  let rawValue: UInt16

  var rawValue64: UInt64 { UInt64(rawValue) }
  /// The place of the descriptor in the table.
  var index: Int { Int(rawValue >> 3) }

  static let null = Selector(rawValue: 0)
  static let kernelCode = Selector(.kernelCode)
  static let kernelData = Selector(.kernelData)
  static let userData = Selector(.userData)
  static let userCode = Selector(.userCode)
  static let taskState = Selector(.taskState)
  static let kernelCode32 = Selector(rawValue: 0x38)
  static let userCode32 = Selector(rawValue: 0x43)
  static let kernelCode16 = Selector(rawValue: 0x48)
  static let kernelData16 = Selector(rawValue: 0x50)
  /// The first of the places that tests fill themselves.
  static let scratch = Selector(rawValue: 0x60)
  /// Another one, with room for a descriptor of 16 bytes.
  static let secondScratch = Selector(rawValue: 0x70)
  static let thirdScratch = Selector(rawValue: 0x80)

  init(rawValue: UInt16) { self.rawValue = rawValue }
  private init(_ selector: SegmentSelector) { rawValue = selector.rawValue }

  func requesting(_ privilege: UInt16) -> Selector { Selector(rawValue: rawValue & ~3 | privilege) }
}

/// A segment descriptor: AMD64 APM volume 2, section 4.7.
struct Descriptor {
  let rawValue: UInt64

  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// - Parameters:
  ///   - type: the S bit and the type, 0...31.
  ///   - limit: 20 bits; in pages with `flags` bit 3.
  ///   - flags: AVL, L, D/B and G in bits 0 to 3.
  init(
    type: UInt64, privilege: UInt64 = 0, isPresent: Bool = true, base: UInt64 = 0, limit: UInt64 = 0xFFFFF,
    flags: UInt64 = Descriptor.pages
  ) {
    rawValue =
      limit & 0xFFFF | (base & 0xFF_FFFF) << 16 | type << 40 | privilege << 45
      | (isPresent ? 1 << 47 : 0) | (limit >> 16 & 0xF) << 48 | flags << 52 | (base >> 24 & 0xFF) << 56
  }

  /// S and type of segments.
  static let data: UInt64 = 0x13
  static let readOnlyData: UInt64 = 0x11
  static let expandDownData: UInt64 = 0x17
  static let code: UInt64 = 0x1B
  static let executeOnlyCode: UInt64 = 0x19
  static let conformingCode: UInt64 = 0x1F
  /// Type of system segments in long mode.
  static let localTable: UInt64 = 0x02
  static let availableTaskState: UInt64 = 0x09
  static let busyTaskState: UInt64 = 0x0B
  static let callGate: UInt64 = 0x0C

  /// Flags.
  static let longCode: UInt64 = 0b1010
  static let pages: UInt64 = 0b1100
  static let big: UInt64 = 0b0100
  static let bytes16: UInt64 = 0b0000
}

/// A global descriptor table with segments of every kind, and places for those that a test makes.
final class TestSegments {
  private static let capacity = 32
  private let descriptors = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)

  /// The current processor's table, with more behind it.
  init() {
    descriptors.initialize(repeating: 0, count: Self.capacity)
    let current = DescriptorTable.global
    for index in 0..<min((Int(current.limit) + 1) / 8, Selector.kernelCode32.index) {
      descriptors[index] = current.base.load(fromByteOffset: index * 8, as: UInt64.self)
    }
    self[.kernelCode32] = Descriptor(type: Descriptor.code)
    self[.userCode32] = Descriptor(type: Descriptor.code, privilege: 3)
    self[.kernelCode16] = Descriptor(type: Descriptor.code, limit: 0xFFFF, flags: Descriptor.bytes16)
    self[.kernelData16] = Descriptor(type: Descriptor.data, limit: 0xFFFF, flags: Descriptor.bytes16)
  }

  /// The place of a selector.
  subscript(selector: Selector) -> Descriptor {
    get { Descriptor(rawValue: descriptors[selector.index]) }
    set { descriptors[selector.index] = newValue.rawValue }
  }

  /// Sets a descriptor of 16 bytes.
  func set(_ selector: Selector, low: UInt64, high: UInt64) {
    descriptors[selector.index] = low
    descriptors[selector.index + 1] = high
  }

  /// Makes this the current processor's table.
  func load() {
    let table = DescriptorTable(base: UnsafeRawPointer(descriptors), limit: UInt16(Self.capacity * 8 - 1))
    DescriptorTable.global = table
  }
}

@_extern(c, "selftest_sgdt") private func storeGlobal(_: UnsafeMutableRawPointer)
@_extern(c, "selftest_sidt") private func storeInterrupt(_: UnsafeMutableRawPointer)
@_extern(c, "selftest_lgdt") private func loadGlobal(_: UnsafeRawPointer)
@_extern(c, "selftest_lidt") private func loadInterrupt(_: UnsafeRawPointer)

/// GDTR or IDTR.
struct DescriptorTable {
  let base: UnsafeRawPointer
  let limit: UInt16

  /// GDTR of the current processor.
  static var global: DescriptorTable {
    get { stored(by: storeGlobal) }
    set { newValue.withOperand(loadGlobal) }
  }

  /// IDTR of the current processor.
  static var interrupt: DescriptorTable {
    get { stored(by: storeInterrupt) }
    set { newValue.withOperand(loadInterrupt) }
  }

  /// Runs `body` with a copy of the interrupt table in force, of which each gate is two elements.
  static func withInterruptTable<Result>(
    limit: UInt16? = nil, _ body: (UnsafeMutablePointer<UInt64>) -> Result
  ) -> Result {
    let before = interrupt
    let copy = UnsafeMutablePointer<UInt64>.allocate(capacity: 512)
    for index in 0..<512 { copy[index] = before.base.load(fromByteOffset: index * 8, as: UInt64.self) }
    interrupt = DescriptorTable(base: UnsafeRawPointer(copy), limit: limit ?? before.limit)
    defer {
      interrupt = before
      copy.deallocate()
    }
    return body(copy)
  }

  init(base: UnsafeRawPointer, limit: UInt16) {
    self.base = base
    self.limit = limit
  }

  private static func stored(by store: (UnsafeMutableRawPointer) -> Void) -> DescriptorTable {
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { buffer in
      guard let operand = buffer.baseAddress else { preconditionFailure("an allocation has an address") }
      store(operand)
      let base = operand.loadUnaligned(fromByteOffset: 2, as: UInt.self)
      guard let base = UnsafeRawPointer(bitPattern: base) else { preconditionFailure("a table at address 0") }
      return DescriptorTable(base: base, limit: operand.load(as: UInt16.self))
    }
  }

  /// Runs `body` with a copy of the operand of LGDT and LIDT.
  private func withOperand(_ body: (UnsafeRawPointer) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { buffer in
      guard let operand = buffer.baseAddress else { return }
      operand.storeBytes(of: limit, as: UInt16.self)
      operand.storeBytes(of: UInt64(UInt(bitPattern: base)), toByteOffset: 2, as: UInt64.self)
      body(UnsafeRawPointer(operand))
    }
  }
}
