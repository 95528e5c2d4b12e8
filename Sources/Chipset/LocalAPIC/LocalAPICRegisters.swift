import Bus
import Interfaces

/// The numbers of the local APIC's MSRs besides ``APICBase``.
enum LocalAPICModelSpecificRegister {
  static let timeStampCounterDeadline: UInt32 = 0x6E0
  /// One MSR for each register, in x2APIC mode.
  static var registers: ClosedRange<UInt32> {
    LocalAPICRegister.firstModelSpecificRegister...(LocalAPICRegister.firstModelSpecificRegister | 0xFF)
  }
}

/// The version register: an integrated APIC with six entries in the local vector table.
enum LocalAPICVersion {
  static let value: UInt32 = 0x14 | highestLocalVector << 16
  private static let highestLocalVector: UInt32 = 5
}

extension SpuriousInterrupt {
  static let writable = vector | softwareEnable | focusCheckDisable
  static let resetValue: UInt32 = 0xFF
}

/// The destination format register (APM volume 2, 16.6.2).
enum DestinationFormat {
  static let resetValue: UInt32 = 0xFFFF_FFFF
  static let fixedBits: UInt32 = 0x0FFF_FFFF
  static let flatModel: UInt32 = 0xF
  static let clusterModel: UInt32 = 0x0
}

/// What the error status register reports (APM volume 2, 16.4.6).
struct LocalAPICErrors: OptionSet {
  let rawValue: UInt32

  static let sentIllegalVector = LocalAPICErrors(rawValue: 1 << 5)
  static let receivedIllegalVector = LocalAPICErrors(rawValue: 1 << 6)
  static let illegalRegisterAddress = LocalAPICErrors(rawValue: 1 << 7)
  static let all: LocalAPICErrors = [.sentIllegalVector, .receivedIllegalVector, .illegalRegisterAddress]
}

/// One entry of the local vector table (APM volume 2, 16.4).
struct LocalVector: Equatable {
  private typealias Field = LocalVectorField

  /// Which fields an entry has.
  enum Layout {
    case timer, message, pin, error

    var writable: UInt32 {
      switch self {
      case .timer: Field.vector | Field.mask | Field.timerMode
      case .message: Field.vector | Field.mask | Field.deliveryMode
      case .pin: Field.vector | Field.mask | Field.deliveryMode | Field.polarity | Field.levelTriggered
      case .error: Field.vector | Field.mask
      }
    }

    /// The bits that x2APIC mode lets software write; the read-only ones do not change.
    var accepted: UInt32 { writable | Field.deliveryStatus | (self == .pin ? Field.remoteRequest : 0) }
  }

  private(set) var rawValue = Field.mask

  /// Stores what software wrote; `false` for `isEnabled` keeps the entry masked.
  mutating func write(_ value: UInt32, layout: Layout, isEnabled: Bool) {
    rawValue = value & layout.writable | rawValue & Field.remoteRequest
    if !isLevelTriggered { awaitsEnd = false }
    if !isEnabled { rawValue |= Field.mask }
  }

  mutating func restore(_ value: UInt32, layout: Layout) throws(StateError) {
    guard value & ~layout.accepted == 0 else { throw .invalid }
    rawValue = value
  }

  var vector: UInt8 { UInt8(rawValue & Field.vector) }
  var deliveryMode: DeliveryMode? {
    DeliveryMode(rawValue: UInt8((rawValue & Field.deliveryMode) >> 8))
  }
  var isLevelTriggered: Bool { rawValue & Field.levelTriggered != 0 }
  var timerMode: LocalAPICTimer.Mode? {
    LocalAPICTimer.Mode(rawValue: UInt8((rawValue & Field.timerMode) >> 17))
  }

  var isMasked: Bool {
    get { rawValue & Field.mask != 0 }
    set { rawValue = newValue ? rawValue | Field.mask : rawValue & ~Field.mask }
  }

  /// A level-triggered interrupt was accepted and its end has not come ("remote IRR").
  var awaitsEnd: Bool {
    get { rawValue & Field.remoteRequest != 0 }
    set { rawValue = newValue ? rawValue | Field.remoteRequest : rawValue & ~Field.remoteRequest }
  }
}
