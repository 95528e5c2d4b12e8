/// What an instruction of MMX, SSE, AVX or the x87 unit starts from, or what it leaves.
struct VectorScenario: Equatable {
  /// The state in the form of XSAVE64, without its header.
  var area = InlineBytes(count: areaSize)
  var rax: UInt64 = 0
  var rcx: UInt64 = 0
  var rdx: UInt64 = 0
  var flags: UInt64 = 0
  /// What RSI and RDI point to: 64 bytes.
  var memory = InlineBytes(count: 64)

  static let areaSize = 832
  private static let header = 512..<576

  /// The six status flags of RFLAGS.
  static let statusFlags: UInt64 = 0x8D5

  var controlWord: UInt16 {
    get { area[at: 0] }
    set { area[at: 0] = newValue }
  }
  var statusWord: UInt16 {
    get { area[at: 2] }
    set { area[at: 2] = newValue }
  }
  var occupied: UInt8 {
    get { area[at: 4] }
    set { area[at: 4] = newValue }
  }
  var mxcsr: UInt32 {
    get { area[at: 24] }
    set { area[at: 24] = newValue }
  }

  /// The place of XMM register `number` in ``area``.
  static func xmm(_ number: Int) -> Int { 160 + number * 16 }
  /// The place of the upper half of YMM register `number` in ``area``.
  static func upperYMM(_ number: Int) -> Int { 576 + number * 16 }
  /// The place of ST(index) in ``area``.
  static func stack(_ index: Int) -> Int { 32 + index * 16 }

  /// Without what an execution elsewhere cannot have in common: the pointers to the last instruction, and the
  /// bytes that FXSAVE leaves to software.
  var comparable: VectorScenario {
    var copy = self
    copy.area[at: 6] = 0 as UInt16
    copy.area[at: 8] = 0 as UInt64
    copy.area[at: 16] = 0 as UInt64
    copy.area[at: 28] = 0 as UInt32
    for offset in stride(from: 416, to: Self.header.upperBound, by: 8) {
      copy.area[at: offset] = 0 as UInt64
    }
    copy.flags &= Self.statusFlags
    return copy
  }

  /// The places at which two scenarios differ, for people.
  func differences(from other: VectorScenario) -> String {
    var lines: [String] = []
    func note(_ name: String, _ mine: UInt64, _ theirs: UInt64) {
      if mine != theirs {
        lines.append("\(name): \(String(mine, radix: 16)), not \(String(theirs, radix: 16))")
      }
    }
    for offset in stride(from: 0, to: Self.areaSize, by: 8) {
      note("area+\(offset)", area[at: offset], other.area[at: offset])
    }
    for offset in stride(from: 0, to: 64, by: 8) {
      note("memory+\(offset)", memory[at: offset], other.memory[at: offset])
    }
    note("rax", rax, other.rax)
    note("rcx", rcx, other.rcx)
    note("rdx", rdx, other.rdx)
    note("flags", flags, other.flags)
    return lines.joined(separator: "; ")
  }
}

/// Bytes that integers are read from and written to.
struct InlineBytes: Equatable {
  private(set) var bytes: [UInt8]

  init(count: Int) { bytes = [UInt8](repeating: 0, count: count) }

  @inline(__always)
  subscript<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Value {
    get { bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) } }
    set { bytes.withUnsafeMutableBytes { $0.storeBytes(of: newValue, toByteOffset: offset, as: Value.self) } }
  }

  func copy(to destination: UnsafeMutableRawPointer) {
    bytes.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(start: destination, count: $0.count).copyMemory(from: $0)
    }
  }

  mutating func withUnsafeMutableBytes(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
    bytes.withUnsafeMutableBytes(body)
  }

  /// Copies bytes over these: all of them unless `count` tells how many.
  mutating func copy(from source: UnsafeRawPointer, count: Int? = nil) {
    bytes.withUnsafeMutableBytes {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: source, count: min(count ?? $0.count, $0.count)))
    }
  }
}
