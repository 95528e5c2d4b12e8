import Bedrock
import Interfaces

/// A virtual machine control block in memory.
struct ControlBlock: SVM.ControlBlockMemory {
  let address: PhysicalAddress
  private let bytes: UnsafeMutableRawPointer

  /// A block of zeros. Nil if there is no memory.
  init?(_ frames: PageFrameAllocator) {
    guard let frame = frames.allocate(), let pointer = frame.pointer else { return nil }
    address = frame
    bytes = pointer
  }

  /// Makes all of it zero.
  func clear() { bytes.initializeMemory(as: UInt8.self, repeating: 0, count: SVM.pageSize) }

  func load<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type) -> Value {
    bytes.loadUnaligned(fromByteOffset: offset, as: type)
  }

  func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    bytes.storeBytes(of: value, toByteOffset: offset, as: Value.self)
  }
}

extension SVM.SegmentState {
  static let kernelCode = Self(SegmentSelector.kernelCode, Self.code64.attributes)
  static let kernelData = Self(SegmentSelector.kernelData, Self.data.attributes)
  static let userCode = Self(SegmentSelector.userCode, 0xAFB)
  static let userData = Self(SegmentSelector.userData, 0xCF3)
  /// Code of 32-bit protected mode.
  static let code32 = Self(SegmentSelector.kernelCode, 0xC9B)
  /// Data of real mode.
  static let realModeData = Self(attributes: 0x093, limit: 0xFFFF)

  private init(_ selector: SegmentSelector, _ attributes: UInt16) {
    self.init(selector: selector.rawValue, attributes: attributes)
  }

  /// Code of real mode at an address.
  static func realModeCode(at base: UInt64) -> Self {
    Self(selector: UInt16(truncatingIfNeeded: base >> 4), attributes: 0x09B, limit: 0xFFFF, base: base)
  }

  /// A table at an address.
  static func table(at base: UInt64, size: Int) -> Self {
    Self(limit: UInt32(truncatingIfNeeded: size - 1), base: base)
  }
}
