/// Message-signalled interrupts whose registers all lie in configuration space (PCI 3.0, 6.8.1).
public struct MSICapability: Sendable {
  /// The width of the message's address.
  public enum Addressing: Sendable {
    case bits32
    case bits64
  }

  /// Whether software can hold back single vectors.
  public enum Masking: Sendable {
    case none
    case perVector
  }

  /// Message Control (6.8.1.3).
  private enum Control {
    static let enable: UInt16 = 1 << 0
    static let multipleMessageCapableShift: UInt16 = 1
    static let multipleMessageEnableShift: UInt16 = 4
    static let multipleMessageEnable: UInt16 = 0b111 << 4
    static let is64Bit: UInt16 = 1 << 7
    static let perVectorMasking: UInt16 = 1 << 8
  }

  /// Offsets from the start of the capability; those after the address depend on its width.
  private enum Register {
    static let control = 2
    static let address = 4
    static let upperAddress = 8
  }

  /// The number of vectors that the function can use: a power of two, 1 to 32.
  public let vectorCount: Int
  private let offset: Int
  private let addressing: Addressing
  private let masking: Masking

  /// Appends the capability to `space`, for `vectorCount` vectors rounded up to a power of two, at most 32.
  init(
    in space: inout ConfigurationSpace, vectorCount: Int, addressing: Addressing, masking: Masking
  ) {
    let log = (0...5).first { 1 << $0 >= vectorCount } ?? 5
    self.vectorCount = 1 << log
    self.addressing = addressing
    self.masking = masking
    let addressEnd = addressing == .bits64 ? 12 : 8
    offset = space.appendCapability(
      .messageSignaledInterrupts, length: masking == .perVector ? addressEnd + 12 : addressEnd + 2)
    var control = UInt16(log) << Control.multipleMessageCapableShift
    if addressing == .bits64 { control |= Control.is64Bit }
    if masking == .perVector { control |= Control.perVectorMasking }
    space.define(
      offset + Register.control, value: control, writable: Control.enable | Control.multipleMessageEnable)
    space.define(offset + Register.address, value: UInt32(0), writable: ~0b11)
    if addressing == .bits64 {
      space.define(offset + Register.upperAddress, value: UInt32(0), writable: ~0)
    }
    space.define(dataOffset, value: UInt16(0), writable: ~0)
    if masking == .perVector {
      space.define(maskOffset, value: UInt32(0), writable: ~0 >> UInt32(32 - self.vectorCount))
    }
  }

  private var dataOffset: Int { offset + (addressing == .bits64 ? 12 : 8) }
  private var maskOffset: Int { dataOffset + 4 }
  private var pendingOffset: Int { dataOffset + 8 }

  /// Whether software has chosen these messages over the pin.
  public func isEnabled(in space: ConfigurationSpace) -> Bool {
    space.load(offset + Register.control, as: UInt16.self) & Control.enable != 0
  }

  /// The message to send for `vector`; `nil` if there is none to send now: a masked one becomes pending.
  func signal(_ vector: Int, in space: inout ConfigurationSpace) -> PCIInterruptMessage? {
    guard isEnabled(in: space), 0..<vectorCount ~= vector else { return nil }
    if masking == .perVector {
      let bit: UInt32 = 1 << UInt32(vector)
      if space.load(maskOffset, as: UInt32.self) & bit != 0 {
        space.store(space.load(pendingOffset, as: UInt32.self) | bit, at: pendingOffset)
        return nil
      }
    }
    return message(for: vector, in: space)
  }

  /// The messages that were pending and are no longer masked; they are pending no more.
  func takePending(in space: inout ConfigurationSpace) -> [PCIInterruptMessage] {
    guard masking == .perVector, isEnabled(in: space) else { return [] }
    let pending: UInt32 = space.load(pendingOffset)
    let released = pending & ~space.load(maskOffset, as: UInt32.self)
    guard released != 0 else { return [] }
    space.store(pending & ~released, at: pendingOffset)
    return (0..<vectorCount).filter { released >> UInt32($0) & 1 != 0 }.map { message(for: $0, in: space) }
  }

  /// The function may change only as many low bits of the data as software allotted to it (6.8.1.6).
  private func message(for vector: Int, in space: ConfigurationSpace) -> PCIInterruptMessage {
    let control: UInt16 = space.load(offset + Register.control)
    let allotted = min(
      1 << Int((control & Control.multipleMessageEnable) >> Control.multipleMessageEnableShift), vectorCount)
    let vectorBits = UInt32(allotted - 1)
    let low: UInt32 = space.load(offset + Register.address)
    let high: UInt32 = addressing == .bits64 ? space.load(offset + Register.upperAddress) : 0
    let data = UInt32(space.load(dataOffset, as: UInt16.self))
    return PCIInterruptMessage(
      address: UInt64(high) << 32 | UInt64(low),
      data: (data & ~vectorBits) | (UInt32(vector) & vectorBits))
  }
}
