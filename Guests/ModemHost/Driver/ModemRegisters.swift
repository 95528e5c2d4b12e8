import Bedrock
import Interfaces
import _Volatile

/// The modem's registers. Offsets are from the start of its memory.
struct ModemRegisters {
  private let base: UInt64
  /// What a device that is gone answers.
  static let absent = UInt32.max

  /// Registers at an address that the identity map reaches.
  init?(at address: PhysicalAddress) {
    guard address.pointer != nil else { return nil }
    base = address.rawValue
  }

  subscript(_ offset: UInt32) -> UInt32 {
    get { register(offset).load() }
    nonmutating set { register(offset).store(newValue) }
  }

  /// Writes an address, or a doorbell: the upper half first, as the lower one takes effect.
  func store(_ value: UInt64, at offset: UInt32) {
    self[offset + 4] = UInt32(truncatingIfNeeded: value >> 32)
    self[offset] = UInt32(truncatingIfNeeded: value)
  }

  var status: MHIStatus { MHIStatus(rawValue: self[MHIRegister.status]) }
  var control: MHIControl { MHIControl(rawValue: self[MHIRegister.control]) }

  /// Asks for a state.
  func request(_ state: MHIState) { self[MHIRegister.control] = control.requesting(state).rawValue }

  /// Asks for a reset.
  func requestReset() { self[MHIRegister.control] = control.rawValue | MHIControl.reset }

  // MARK: Blocks

  /// Where the boot host interface begins.
  var bhi: UInt32 { self[MHIRegister.bhiOffset] }
  /// Where its extension begins.
  var bhie: UInt32 { self[MHIRegister.bhieOffset] }

  /// What runs on the modem; nil for a number without a meaning.
  var executionEnvironment: MHIExecutionEnvironment? {
    UInt8(exactly: self[bhi + BHIRegister.executionEnvironment]).flatMap(MHIExecutionEnvironment.init)
  }

  /// The doorbell of a channel.
  func doorbell(ofChannel channel: UInt8) -> UInt32 {
    self[MHIRegister.channelDoorbellOffset] + UInt32(channel) * MHIRegister.doorbellStride
  }

  /// The doorbell of an event ring.
  func doorbell(ofEventRing ring: Int) -> UInt32 {
    self[MHIRegister.eventDoorbellOffset] + UInt32(ring) * MHIRegister.doorbellStride
  }

  private func register(_ offset: UInt32) -> VolatileMappedRegister<UInt32> {
    VolatileMappedRegister(unsafeBitPattern: UInt(base) + UInt(offset))
  }
}
