import Bedrock
import Interfaces

/// A virtual machine control block in memory.
struct ControlBlock {
  typealias Offset = SVM.ControlBlock

  let address: PhysicalAddress
  let bytes: UnsafeMutableRawPointer

  /// A block of zeros. Nil if there is no memory.
  init?(_ frames: PageFrameAllocator) {
    guard let frame = frames.allocate(), let pointer = frame.pointer else { return nil }
    address = frame
    bytes = pointer
  }

  /// Makes all of it zero.
  func clear() { bytes.initializeMemory(as: UInt8.self, repeating: 0, count: SVM.pageSize) }

  /// A field of 64 bits, of which `SVM.ControlBlock` tells the offset.
  subscript(offset: Int) -> UInt64 {
    get { bytes.load(fromByteOffset: offset, as: UInt64.self) }
    nonmutating set { bytes.storeBytes(of: newValue, toByteOffset: offset, as: UInt64.self) }
  }

  // MARK: - Control area

  /// Asks for an exit, or no longer.
  func intercept(_ code: SVM.ExitCode, _ isIntercepted: Bool = true) {
    let bit = Int(code.rawValue)
    let offset = Offset.intercepts + bit / 32 * 4
    let mask = UInt32(1) << UInt32(bit % 32)
    let word = bytes.load(fromByteOffset: offset, as: UInt32.self)
    bytes.storeBytes(of: isIntercepted ? word | mask : word & ~mask, toByteOffset: offset, as: UInt32.self)
  }

  var addressSpace: UInt32 {
    get { bytes.load(fromByteOffset: Offset.addressSpaceIdentifier, as: UInt32.self) }
    nonmutating set {
      bytes.storeBytes(of: newValue, toByteOffset: Offset.addressSpaceIdentifier, as: UInt32.self)
    }
  }

  func setTranslationControl(_ control: SVM.TranslationControl) {
    bytes.storeBytes(of: control.rawValue, toByteOffset: Offset.translationControl, as: UInt8.self)
  }

  var interruptControl: SVM.InterruptControl {
    get { SVM.InterruptControl(rawValue: self[Offset.interruptControl]) }
    nonmutating set { self[Offset.interruptControl] = newValue.rawValue }
  }

  var eventInjection: SVM.EventInjection {
    get { SVM.EventInjection(rawValue: self[Offset.eventInjection]) }
    nonmutating set { self[Offset.eventInjection] = newValue.rawValue }
  }

  var interruptedEvent: SVM.EventInjection {
    SVM.EventInjection(rawValue: self[Offset.exitInterruptInformation])
  }

  var exitCode: SVM.ExitCode { SVM.ExitCode(rawValue: self[Offset.exitCode]) }

  var isInInterruptShadow: Bool {
    get { self[Offset.interruptShadow] & 1 != 0 }
    nonmutating set { self[Offset.interruptShadow] = newValue ? 1 : 0 }
  }

  // MARK: - State save area

  var instructionPointer: UInt64 {
    get { self[Offset.instructionPointer] }
    nonmutating set { self[Offset.instructionPointer] = newValue }
  }

  var stackPointer: UInt64 {
    get { self[Offset.stackPointer] }
    nonmutating set { self[Offset.stackPointer] = newValue }
  }

  var flags: UInt64 {
    get { self[Offset.flags] }
    nonmutating set { self[Offset.flags] = newValue }
  }

  var rax: UInt64 {
    get { self[Offset.rax] }
    nonmutating set { self[Offset.rax] = newValue }
  }

  var privilegeLevel: UInt8 {
    get { bytes.load(fromByteOffset: Offset.privilegeLevel, as: UInt8.self) }
    nonmutating set { bytes.storeBytes(of: newValue, toByteOffset: Offset.privilegeLevel, as: UInt8.self) }
  }

  /// Sets a segment register or the register of a descriptor table.
  func set(_ segment: SegmentState, at offset: Int) {
    bytes.storeBytes(of: segment.selector, toByteOffset: offset + Offset.Segment.selector, as: UInt16.self)
    bytes.storeBytes(
      of: segment.attributes, toByteOffset: offset + Offset.Segment.attributes, as: UInt16.self)
    bytes.storeBytes(of: segment.limit, toByteOffset: offset + Offset.Segment.limit, as: UInt32.self)
    bytes.storeBytes(of: segment.base, toByteOffset: offset + Offset.Segment.base, as: UInt64.self)
  }
}

/// A segment register as a control block has it.
struct SegmentState: Equatable {
  var selector: UInt16 = 0
  /// Bits 40 to 47 and 52 to 55 of a descriptor.
  var attributes: UInt16 = 0
  var limit: UInt32 = .max
  var base: UInt64 = 0

  static let kernelCode = SegmentState(selector: SegmentSelector.kernelCode.rawValue, attributes: 0xA9B)
  static let kernelData = SegmentState(selector: SegmentSelector.kernelData.rawValue, attributes: 0xC93)
  static let userCode = SegmentState(selector: SegmentSelector.userCode.rawValue, attributes: 0xAFB)
  static let userData = SegmentState(selector: SegmentSelector.userData.rawValue, attributes: 0xCF3)
  /// Code and data of 32-bit protected mode.
  static let code32 = SegmentState(selector: SegmentSelector.kernelCode.rawValue, attributes: 0xC9B)
  /// Code of real mode at an address.
  static func realModeCode(at base: UInt64) -> SegmentState {
    SegmentState(
      selector: UInt16(truncatingIfNeeded: base >> 4), attributes: 0x09B, limit: 0xFFFF, base: base)
  }
  /// Data of real mode.
  static let realModeData = SegmentState(attributes: 0x093, limit: 0xFFFF)
  /// A table at an address.
  static func table(at base: UInt64, size: Int) -> SegmentState {
    SegmentState(limit: UInt32(truncatingIfNeeded: size - 1), base: base)
  }
}
