import Interfaces

/// Offsets of the local APIC's registers in its page (APM volume 2, table 16-2).
enum APICRegister {
  static let identifier = 0x020
  static let taskPriority = 0x080
  static let processorPriority = 0x0A0
  static let endOfInterrupt = 0x0B0
  static let destinationFormat = 0x0E0
  static let inService = 0x100
  static let triggerMode = 0x180
  static let interruptRequest = 0x200
  static let interruptCommandLow = 0x300
  static let interruptCommandHigh = 0x310
  static let selfInterrupt = 0x3F0
  /// Registers are this far apart; only the first four bytes of each place are the register.
  static let stride = 0x10
}

/// What AVIC does with an access to a register of the APIC (APM volume 2, table 15-24).
enum APICAccessRule {
  /// The register is read or written and nothing else happens.
  case plain
  /// AVIC does what the APIC would do.
  case accelerated
  /// The value is stored, and the guest is left after the instruction.
  case trap
  /// The guest is left instead.
  case fault

  /// What a read of the register at an offset, a multiple of 16 below 4096, does.
  static func read(_ offset: Int) -> APICAccessRule {
    switch offset {
    case 0x090, 0x390: .fault
    default: extended(offset)
    }
  }

  /// What a write does.
  static func write(_ offset: Int) -> APICAccessRule {
    switch offset {
    case APICRegister.taskPriority, APICRegister.endOfInterrupt, APICRegister.interruptCommandLow:
      .accelerated
    case 0x020, 0x0C0, 0x0D0, 0x0E0, 0x0F0, 0x280, 0x320...0x370, 0x380, 0x3E0: .trap
    case 0x030, 0x090, 0x0A0, 0x100...0x170, 0x180...0x1F0, 0x200...0x270, 0x390: .fault
    default: extended(offset)
    }
  }

  /// The extended space and what is reserved behind it.
  private static func extended(_ offset: Int) -> APICAccessRule {
    switch offset {
    case 0x400, 0x410, 0x420, 0x480...0x4F0, 0x500...: .fault
    default: .plain
    }
  }
}
