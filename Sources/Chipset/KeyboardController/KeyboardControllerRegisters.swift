/// The registers of the keyboard controller in one sequence.
enum KeyboardControllerRegister: UInt16 {
  case data = 0
  /// Read: status. Write: command.
  case statusAndCommand = 1
  /// System control port A of the PS/2.
  case systemControl = 2
}

/// Where the PC has the registers.
enum KeyboardControllerPorts {
  static let data: UInt16 = 0x60
  static let statusAndCommand: UInt16 = 0x64
  static let systemControl: UInt16 = 0x92
}

/// Bits of the status register.
enum KeyboardControllerStatus {
  static let outputFull: UInt8 = 1 << 0
  /// The self-test passed.
  static let systemFlag: UInt8 = 1 << 2
  /// The last byte that was written was a command.
  static let lastWasCommand: UInt8 = 1 << 3
  static let notLocked: UInt8 = 1 << 4
  /// Whatever was asked did not answer.
  static let timeout: UInt8 = 1 << 6
}

/// The commands that this controller takes; the others do nothing.
enum KeyboardControllerCommand {
  static let readConfiguration: UInt8 = 0x20
  static let writeConfiguration: UInt8 = 0x60
  static let selfTest: UInt8 = 0xAA
  static let testKeyboardLine: UInt8 = 0xAB
  static let disableKeyboard: UInt8 = 0xAD
  static let enableKeyboard: UInt8 = 0xAE
  static let readOutputPort: UInt8 = 0xD0
  static let writeOutputPort: UInt8 = 0xD1
  static let disableAddressLine20: UInt8 = 0xDD
  static let enableAddressLine20: UInt8 = 0xDF
  /// The lower four bits tell which lines of the output port stay high in a pulse.
  static let pulse: UInt8 = 0xF0
}

/// What the controller answers.
enum KeyboardControllerAnswer {
  static let selfTestPassed: UInt8 = 0x55
  static let lineIsGood: UInt8 = 0x00
  /// Nothing is plugged in.
  static let noKeyboard: UInt8 = 0xFE
}

/// Bits of the configuration byte.
enum KeyboardControllerConfiguration {
  static let keyboardInterrupt: UInt8 = 1 << 0
  static let systemFlag: UInt8 = 1 << 2
  static let keyboardDisabled: UInt8 = 1 << 4
  static let mouseDisabled: UInt8 = 1 << 5
  static let initialValue = keyboardDisabled | mouseDisabled
}

/// Bits of the output port.
enum KeyboardControllerOutputPort {
  /// Low resets the processors.
  static let notReset: UInt8 = 1 << 0
  static let addressLine20: UInt8 = 1 << 1
}

/// Bits of system control port A.
enum SystemControlPortA {
  /// Writing one resets the processors.
  static let fastReset: UInt8 = 1 << 0
  static let addressLine20: UInt8 = 1 << 1
}
