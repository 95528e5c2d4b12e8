import Bus

/// The numbers of the local APIC's MSRs.
enum LocalAPICModelSpecificRegister {
  static let apicBase: UInt32 = 0x1B
  static let timeStampCounterDeadline: UInt32 = 0x6E0
  /// One MSR for each register, in x2APIC mode.
  static let registers: ClosedRange<UInt32> = 0x800...0x8FF
}

/// Bits of the APIC base MSR (APM volume 2, 16.3.1).
enum APICBase {
  static let bootstrapProcessor: UInt64 = 1 << 8
  static let x2APICEnable: UInt64 = 1 << 10
  static let enable: UInt64 = 1 << 11
  /// Where the registers are after a reset.
  static let defaultAddress: UInt64 = 0xFEE0_0000
}

/// The version register: an integrated APIC with six entries in the local vector table.
enum LocalAPICVersion {
  static let value: UInt32 = 0x14 | highestLocalVector << 16
  private static let highestLocalVector: UInt32 = 5
}

/// Bits of the spurious interrupt vector register (APM volume 2, 16.4.7).
enum SpuriousInterrupt {
  static let vector: UInt32 = 0xFF
  static let softwareEnable: UInt32 = 1 << 8
  static let focusCheckDisable: UInt32 = 1 << 9
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
  private static let deliveryModeField: UInt32 = 7 << 8
  private static let polarity: UInt32 = 1 << 13
  private static let remoteRequest: UInt32 = 1 << 14
  private static let levelTriggered: UInt32 = 1 << 15
  private static let mask: UInt32 = 1 << 16
  private static let timerModeField: UInt32 = 3 << 17
  private static let vectorField: UInt32 = 0xFF
  private static let deliveryStatus: UInt32 = 1 << 12

  /// Which fields an entry has.
  enum Layout {
    case timer, message, pin, error

    var writable: UInt32 {
      switch self {
      case .timer: vectorField | mask | timerModeField
      case .message: vectorField | mask | deliveryModeField
      case .pin: vectorField | mask | deliveryModeField | polarity | levelTriggered
      case .error: vectorField | mask
      }
    }

    /// The bits that x2APIC mode lets software write; the read-only ones do not change.
    var accepted: UInt32 { writable | deliveryStatus | (self == .pin ? remoteRequest : 0) }
  }

  private(set) var rawValue: UInt32 = mask

  /// Stores what software wrote; `false` for `isEnabled` keeps the entry masked.
  mutating func write(_ value: UInt32, layout: Layout, isEnabled: Bool) {
    rawValue = value & layout.writable | rawValue & Self.remoteRequest
    if !isLevelTriggered { awaitsEnd = false }
    if !isEnabled { rawValue |= Self.mask }
  }

  mutating func restore(_ value: UInt32, layout: Layout) throws(StateError) {
    guard value & ~layout.accepted == 0 else { throw .invalid }
    rawValue = value
  }

  var vector: UInt8 { UInt8(rawValue & Self.vectorField) }
  var deliveryMode: DeliveryMode? {
    DeliveryMode(rawValue: UInt8((rawValue & Self.deliveryModeField) >> 8))
  }
  var isLevelTriggered: Bool { rawValue & Self.levelTriggered != 0 }
  var timerMode: LocalAPICTimer.Mode? {
    LocalAPICTimer.Mode(rawValue: UInt8((rawValue & Self.timerModeField) >> 17))
  }

  var isMasked: Bool {
    get { rawValue & Self.mask != 0 }
    set { rawValue = newValue ? rawValue | Self.mask : rawValue & ~Self.mask }
  }

  /// A level-triggered interrupt was accepted and its end has not come ("remote IRR").
  var awaitsEnd: Bool {
    get { rawValue & Self.remoteRequest != 0 }
    set { rawValue = newValue ? rawValue | Self.remoteRequest : rawValue & ~Self.remoteRequest }
  }
}
