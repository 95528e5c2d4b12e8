import Bedrock
import _Volatile

/// The registers of the current processor's local APIC, in memory: AMD64 APM volume 2, section 16.3.2.
enum LocalAPICRegisters: UInt64 {
  case identifier = 0x20
  case version = 0x30
  case taskPriority = 0x80
  case arbitrationPriority = 0x90
  case processorPriority = 0xA0
  case endOfInterrupt = 0xB0
  case logicalDestination = 0xD0
  case destinationFormat = 0xE0
  case spuriousInterrupt = 0xF0
  case inService = 0x100
  case triggerMode = 0x180
  case interruptRequest = 0x200
  case errorStatus = 0x280
  case commandLow = 0x300
  case commandHigh = 0x310
  case timerVector = 0x320
  case performanceVector = 0x340
  case local0Vector = 0x350
  case local1Vector = 0x360
  case errorVector = 0x370
  case initialCount = 0x380
  case currentCount = 0x390
  case divideConfiguration = 0x3E0

  static let base: UInt64 = 0xFEE0_0000

  private var register: VolatileMappedRegister<UInt32> {
    VolatileMappedRegister(unsafeBitPattern: UInt(Self.base + rawValue))
  }

  static func read(_ which: LocalAPICRegisters) -> UInt32 { which.register.load() }
  static func write(_ which: LocalAPICRegisters, _ value: UInt32) { which.register.store(value) }

  /// What an interprocessor interrupt does: the delivery mode in bits 8 to 10 of the command.
  enum Delivery: UInt32 {
    case fixed = 0
    case lowestPriority = 1
    case nonMaskable = 4
  }

  /// Whom an interprocessor interrupt reaches: bits 11, 18 and 19 of the command.
  enum Shorthand: UInt32 {
    case destination = 0
    case logicalDestination = 0x800
    case oneself = 0x4_0000
    case everybody = 0x8_0000
    case everybodyElse = 0xC_0000
  }

  /// Sends an interprocessor interrupt and waits until it is on its way.
  static func send(
    _ delivery: Delivery = .fixed, vector: UInt8 = 0, _ shorthand: Shorthand = .destination,
    to destination: UInt32
  ) {
    let assert: UInt32 = 1 << 14
    let pending: UInt32 = 1 << 12
    write(.commandHigh, destination << 24)
    write(.commandLow, UInt32(vector) | delivery.rawValue << 8 | assert | shorthand.rawValue)
    while read(.commandLow) & pending != 0 { ProcessorControl.spinHint() }
  }

  /// Whether a vector's bit is set in one of the registers of 256 bits.
  static func hasVector(_ vector: UInt8, in which: LocalAPICRegisters) -> Bool {
    let address = base + which.rawValue + UInt64(vector / 32) * 16
    let word: UInt32 = VolatileMappedRegister(unsafeBitPattern: UInt(address)).load()
    return word >> UInt32(vector % 32) & 1 == 1
  }
}
