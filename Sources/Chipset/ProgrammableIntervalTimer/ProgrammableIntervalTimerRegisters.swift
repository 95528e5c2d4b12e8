/// The registers of the 8254 and of the system control port that belongs to its third counter.
enum ProgrammableIntervalTimerRegister: UInt16 {
  case counter0 = 0
  case counter1 = 1
  case counter2 = 2
  /// Write-only.
  case controlWord = 3
  case systemControl = 4
}

/// Where the PC has the registers.
enum ProgrammableIntervalTimerPorts {
  static let timer: UInt16 = 0x40
  static let systemControl: UInt16 = 0x61
}

/// Fields of the control word (8254 data sheet, figure 7).
enum IntervalTimerControl {
  static func counter(_ word: UInt8) -> Int { Int(word >> 6) }
  static func access(_ word: UInt8) -> UInt8 { word >> 4 & 3 }
  static func mode(_ word: UInt8) -> UInt8 { word >> 1 & 7 }
  static let binaryCodedDecimal: UInt8 = 1 << 0
  /// The access to a counter's lower byte and then its upper one.
  static let bothBytes: UInt8 = 3
  /// Mode 3.
  static let squareWave: UInt8 = 3

  /// In place of a counter: the read-back command.
  static let readBack = 3
  /// In place of an access: the counter latch command.
  static let latch: UInt8 = 0
  /// In the read-back command, zero means that the count is latched.
  static let readBackNoCount: UInt8 = 1 << 5
  /// In the read-back command, zero means that the status is latched.
  static let readBackNoStatus: UInt8 = 1 << 4
  /// In the read-back command, the bit for counter 0; the others follow.
  static let readBackCounter0: UInt8 = 1 << 1
}

/// Fields of the status byte (8254 data sheet, figure 11). The lower bits are those of the control word.
enum IntervalTimerStatus {
  static let output: UInt8 = 1 << 7
  static let nullCount: UInt8 = 1 << 6
}

/// Bits of system control port B of the PC/AT.
enum SystemControlPort {
  static let counter2Gate: UInt8 = 1 << 0
  static let writable: UInt8 = 0x0F
  /// Toggles with each refresh of the memory.
  static let refresh: UInt8 = 1 << 4
  static let counter2Output: UInt8 = 1 << 5
}
