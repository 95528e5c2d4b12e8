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

  /// Whether a vector's bit is set in one of the registers of 256 bits.
  static func hasVector(_ vector: UInt8, in which: LocalAPICRegisters) -> Bool {
    let address = base + which.rawValue + UInt64(vector / 32) * 16
    let word: UInt32 = VolatileMappedRegister(unsafeBitPattern: UInt(address)).load()
    return word >> UInt32(vector % 32) & 1 == 1
  }
}
