/// Offsets of the registers of the 16550 (PC16550D data sheet, table II). The divisor latch takes the place of
/// the first two as long as ``LineControl/divisorLatchAccess`` is set.
enum SerialPortRegister: UInt16 {
  /// Read: receiver buffer. Write: transmitter holding register.
  case data = 0
  case interruptEnable = 1
  /// Read: interrupt identification. Write: FIFO control.
  case interruptIdentification = 2
  case lineControl = 3
  case modemControl = 4
  case lineStatus = 5
  case modemStatus = 6
  case scratch = 7
}

/// What may raise an interrupt; the bits of the interrupt enable register.
struct SerialInterruptEnable: OptionSet {
  let rawValue: UInt8
  static let receivedData = SerialInterruptEnable(rawValue: 1 << 0)
  static let transmitterEmpty = SerialInterruptEnable(rawValue: 1 << 1)
  static let lineStatus = SerialInterruptEnable(rawValue: 1 << 2)
  static let modemStatus = SerialInterruptEnable(rawValue: 1 << 3)
  static let all: SerialInterruptEnable = [.receivedData, .transmitterEmpty, .lineStatus, .modemStatus]
}

/// The most urgent interrupt, as the interrupt identification register names it.
enum SerialInterrupt: UInt8 {
  case modemStatus = 0x00
  case none = 0x01
  case transmitterEmpty = 0x02
  case receivedData = 0x04
  case lineStatus = 0x06
  case characterTimeout = 0x0C

  /// Both bits are set while the FIFOs are enabled.
  static let fifosEnabled: UInt8 = 0xC0
}

/// Bits of the FIFO control register.
enum SerialFIFOControl {
  static let enable: UInt8 = 1 << 0
  static let resetReceiver: UInt8 = 1 << 1

  /// How many characters the receiver gathers before it interrupts, by the upper two bits.
  static func triggerLevel(_ value: UInt8) -> Int {
    switch value >> 6 {
    case 0: 1
    case 1: 4
    case 2: 8
    default: 14
    }
  }
}

/// Bits of the line control register.
enum LineControl {
  static let wordLength: UInt8 = 3
  static let twoStopBits: UInt8 = 1 << 2
  static let parity: UInt8 = 1 << 3
  static let setBreak: UInt8 = 1 << 6
  static let divisorLatchAccess: UInt8 = 1 << 7
}

/// The modem control register: the outputs, and loopback.
struct ModemControl: OptionSet {
  let rawValue: UInt8
  static let dataTerminalReady = ModemControl(rawValue: 1 << 0)
  static let requestToSend = ModemControl(rawValue: 1 << 1)
  static let output1 = ModemControl(rawValue: 1 << 2)
  /// In a PC, connects the interrupt to the bus.
  static let output2 = ModemControl(rawValue: 1 << 3)
  static let loopback = ModemControl(rawValue: 1 << 4)
  static let all: ModemControl = [.dataTerminalReady, .requestToSend, .output1, .output2, .loopback]
}

/// The line status register.
struct LineStatus: OptionSet {
  let rawValue: UInt8
  static let dataReady = LineStatus(rawValue: 1 << 0)
  static let overrunError = LineStatus(rawValue: 1 << 1)
  static let parityError = LineStatus(rawValue: 1 << 2)
  static let framingError = LineStatus(rawValue: 1 << 3)
  static let breakInterrupt = LineStatus(rawValue: 1 << 4)
  static let holdingRegisterEmpty = LineStatus(rawValue: 1 << 5)
  static let transmitterEmpty = LineStatus(rawValue: 1 << 6)
  static let errorInFIFO = LineStatus(rawValue: 1 << 7)

  /// The errors that come with a character.
  static let characterErrors: LineStatus = [.parityError, .framingError, .breakInterrupt]
  /// What raises the line status interrupt.
  static let errors: LineStatus = characterErrors.union(.overrunError)
}

/// The modem status register: the inputs, and which of them changed since it was read.
struct ModemStatus: OptionSet {
  let rawValue: UInt8
  static let ringEnded = ModemStatus(rawValue: 1 << 2)
  static let clearToSend = ModemStatus(rawValue: 1 << 4)
  static let dataSetReady = ModemStatus(rawValue: 1 << 5)
  static let ringIndicator = ModemStatus(rawValue: 1 << 6)
  static let carrierDetect = ModemStatus(rawValue: 1 << 7)
  static let changes = ModemStatus(rawValue: 0x0F)

  /// The inputs of a port whose other side is there and ready.
  static let connected: ModemStatus = [.clearToSend, .dataSetReady, .carrierDetect]

  /// The inputs in loopback, where each hangs at an output of the same port.
  init(loopbackOf control: ModemControl) {
    self = []
    if control.contains(.requestToSend) { insert(.clearToSend) }
    if control.contains(.dataTerminalReady) { insert(.dataSetReady) }
    if control.contains(.output1) { insert(.ringIndicator) }
    if control.contains(.output2) { insert(.carrierDetect) }
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The bits that say what changed from `old` to these inputs. Of the ring indicator only the end counts.
  func changes(from old: ModemStatus) -> ModemStatus {
    let changed = (rawValue ^ old.rawValue) >> 4
    let ring = isDisjoint(with: .ringIndicator) ? changed & Self.ringEnded.rawValue : 0
    return ModemStatus(rawValue: changed & ~Self.ringEnded.rawValue | ring)
  }
}
