import Interfaces

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
    case LocalAPICRegister.taskPriority.offset, LocalAPICRegister.endOfInterrupt.offset,
      LocalAPICRegister.interruptCommandLow.offset:
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
