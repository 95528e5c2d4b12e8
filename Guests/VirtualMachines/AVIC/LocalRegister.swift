/// Offsets of the local APIC's registers, in bytes (APM volume 2, table 16-2).
enum LocalRegister {
  static let identifier = 0x020
  static let version = 0x030
  static let taskPriority = 0x080
  static let arbitrationPriority = 0x090
  static let processorPriority = 0x0A0
  static let endOfInterrupt = 0x0B0
  static let remoteRead = 0x0C0
  static let logicalDestination = 0x0D0
  static let destinationFormat = 0x0E0
  static let spuriousInterrupt = 0x0F0
  /// Eight words of 32 bits, 16 bytes apart, as of the next two.
  static let inService = 0x100
  static let triggerMode = 0x180
  static let requests = 0x200
  static let errorStatus = 0x280
  static let commandLow = 0x300
  static let commandHigh = 0x310
  static let timerVector = 0x320
  /// The last of the entries of the local vector table that begin with the timer's.
  static let errorVector = 0x370
  static let timerInitialCount = 0x380
  static let timerCurrentCount = 0x390
  static let timerDivide = 0x3E0
  /// A register of x2APIC only.
  static let selfInterrupt = 0x3F0
}

/// What is written to the interrupt command register (APM volume 2, 16.5).
struct InterruptCommand {
  let low: UInt32
  let high: UInt32

  enum Shorthand: UInt32 {
    case none = 0
    case itself = 1
    case all = 2
    case others = 3
  }

  /// The destination that is every processor.
  static let broadcast: UInt8 = 0xFF
  static let logical: UInt32 = 1 << 11
  static let levelTriggered: UInt32 = 1 << 15
  private static let modeMask: UInt32 = 7 << 8

  init(low: UInt32, high: UInt32) {
    self.low = low
    self.high = high
  }

  /// A fixed, edge-triggered interrupt to one physical ID.
  init(_ vector: UInt8, to identifier: UInt8) {
    self.init(low: UInt32(vector), high: UInt32(identifier) << 24)
  }

  /// A fixed, edge-triggered interrupt to a logical destination.
  init(_ vector: UInt8, toLogical destination: UInt8) {
    self.init(low: UInt32(vector) | Self.logical, high: UInt32(destination) << 24)
  }

  /// A fixed, edge-triggered interrupt by a shorthand.
  init(_ vector: UInt8, _ shorthand: Shorthand) {
    self.init(low: UInt32(vector) | shorthand.rawValue << 18, high: 0)
  }

  var vector: UInt8 { UInt8(truncatingIfNeeded: low) }
  var destination: UInt8 { UInt8(truncatingIfNeeded: high >> 24) }
  var isLogical: Bool { low & Self.logical != 0 }
  var isFixed: Bool { low & Self.modeMask == 0 }
  var shorthand: Shorthand { Shorthand(rawValue: low >> 18 & 3) ?? .none }
  /// As EXITINFO1 of an exit has it.
  var word: UInt64 { UInt64(high) << 32 | UInt64(low) }
}
