/// The registers of the 8259A pair in one sequence, and the ports where the PC has them.
enum ProgrammableInterruptControllerRegister: UInt16 {
  case primaryCommand = 0
  case primaryData = 1
  case secondaryCommand = 2
  case secondaryData = 3
  /// The edge/level control registers of the EISA and PCI chip sets.
  case primaryTriggerControl = 4
  case secondaryTriggerControl = 5
}

/// Where the PC has the registers.
enum ProgrammableInterruptControllerPorts {
  static let primary: UInt16 = 0x20
  static let secondary: UInt16 = 0xA0
  static let triggerControl: UInt16 = 0x4D0
}

/// Initialisation command word 1 (8259A data sheet, figure 7). The address bits are for the 8080 only.
enum InitialisationCommandWord1 {
  static let needsWord4: UInt8 = 1 << 0
  static let single: UInt8 = 1 << 1
  static let levelTriggered: UInt8 = 1 << 3
  /// Tells the word from an operation command word.
  static let marker: UInt8 = 1 << 4
}

/// Initialisation command word 4.
enum InitialisationCommandWord4 {
  static let processor8086: UInt8 = 1 << 0
  static let automaticEndOfInterrupt: UInt8 = 1 << 1
  static let specialFullyNested: UInt8 = 1 << 4
}

/// Operation command word 2: the upper three bits (8259A data sheet, figure 8).
enum OperationCommandWord2: UInt8 {
  case stopRotationOnAutomaticEnd = 0
  case endOfInterrupt = 1
  case noOperation = 2
  case specificEndOfInterrupt = 3
  case rotateOnAutomaticEnd = 4
  case rotateOnEndOfInterrupt = 5
  case setPriority = 6
  case rotateOnSpecificEndOfInterrupt = 7
}

/// Operation command word 3.
enum OperationCommandWord3 {
  static let readInService: UInt8 = 1 << 0
  static let selectRead: UInt8 = 1 << 1
  static let poll: UInt8 = 1 << 2
  /// Tells the word from operation command word 2.
  static let marker: UInt8 = 1 << 3
  static let specialMask: UInt8 = 1 << 5
  static let selectSpecialMask: UInt8 = 1 << 6
}
