import Bus
import Interfaces

/// The registers that keep what was written to them, and those that never change. A host that only reads and writes
/// these causes nothing.
struct MHIRegisterFile {
  private static let wordSize: UInt32 = 4
  /// The registers end where the doorbells begin.
  private static let count = Int(MHIRegisterMap.channelDoorbells / wordSize)

  private var words = [UInt32](repeating: 0, count: count)

  /// The registers after power-on.
  init() {
    self[MHIRegister.length] = MHIRegisterMap.bhi
    self[MHIRegister.version] = Self.version
    self[MHIRegister.configuration] = Self.initialConfiguration.rawValue
    self[MHIRegister.channelDoorbellOffset] = MHIRegisterMap.channelDoorbells
    self[MHIRegister.eventDoorbellOffset] = MHIRegisterMap.eventDoorbells
    self[MHIRegister.bhiOffset] = MHIRegisterMap.bhi
    self[MHIRegister.bhieOffset] = MHIRegisterMap.bhie
    let bhi = MHIRegisterMap.bhi
    self[bhi + BHIRegister.majorVersion] = 1
    self[bhi + BHIRegister.serialNumber] = Self.serialNumber
    for index in 0..<BHIRegister.publicKeyHashCount {
      self[bhi + BHIRegister.publicKeyHash + index * Self.wordSize] = Self.publicKeyHash &* (index + 1)
    }
  }

  /// 1.0.0.
  private static let version: UInt32 = 0x0100_0000
  private static let initialConfiguration = MHIConfiguration(
    channels: UInt8(MHIRegister.channelCount), hardwareChannels: 2, eventRings: 0, hardwareEventRings: 0)
  private static let serialNumber: UInt32 = 0x5354_5241
  /// Any number will do: nothing here is signed.
  private static let publicKeyHash: UInt32 = 0x9E37_79B9

  /// A register, by its offset from the start of the base address register; zero where there is none.
  subscript(_ offset: UInt32) -> UInt32 {
    get {
      let index = Int(offset / Self.wordSize)
      return index < Self.count ? words[index] : 0
    }
    set {
      let index = Int(offset / Self.wordSize)
      if index < Self.count { words[index] = newValue }
    }
  }

  /// An address whose lower half is at an offset.
  func address(_ offset: UInt32) -> UInt64 {
    UInt64(self[offset + Self.wordSize]) << 32 | UInt64(self[offset])
  }

  /// A window whose first address is at one offset and whose last is at another.
  func window(from first: UInt32, to last: UInt32) -> MHIWindow {
    MHIWindow(first: address(first), last: address(last))
  }

  /// Writes what software may write; what that causes is somebody else's business.
  mutating func write(_ offset: UInt32, _ value: UInt32) {
    if Self.isWritable(offset) { self[offset] = value }
  }

  /// Whether a register keeps what software writes.
  static func isWritable(_ offset: UInt32) -> Bool {
    switch MHIRegisterMap.block(of: offset) {
    case .mhi:
      switch offset {
      case MHIRegister.configuration, MHIRegister.channelContextBase..<MHIRegister.commandDoorbell,
        MHIRegister.controlBase..<MHIRegister.systemOnChipReset:
        true
      default: false
      }
    case .bhi:
      switch offset - MHIRegisterMap.bhi {
      case BHIRegister.imageAddress..<BHIRegister.executionEnvironment, BHIRegister.status: true
      default: false
      }
    case .bhie:
      switch offset - MHIRegisterMap.bhie {
      case BHIERegister.transmitVectorAddress..<BHIERegister.transmitVectorStatus,
        BHIERegister.receiveVectorAddress...BHIERegister.receiveVectorStatus:
        true
      default: false
      }
    case .doorbells, .none: false
    }
  }

  // MARK: State

  func save(to writer: inout StateWriter) { for word in words { writer.write(word) } }

  mutating func restore(from reader: inout StateReader) throws(StateError) {
    for index in words.indices { words[index] = try reader.read() }
  }
}
