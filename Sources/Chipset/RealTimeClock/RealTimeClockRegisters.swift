/// The ports of the real-time clock.
enum RealTimeClockPort: UInt16 {
  /// Write-only: selects a register, and masks non-maskable interrupts.
  case index = 0
  case data = 1

  /// In the index: non-maskable interrupts do not reach the processor.
  static let nonMaskableInterruptMask: UInt8 = 1 << 7
}

/// The registers of the MC146818 behind the index, and what the PC keeps in its RAM.
enum RealTimeClockRegister {
  static let seconds: UInt8 = 0x00
  static let secondsAlarm: UInt8 = 0x01
  static let minutes: UInt8 = 0x02
  static let minutesAlarm: UInt8 = 0x03
  static let hours: UInt8 = 0x04
  static let hoursAlarm: UInt8 = 0x05
  /// 1 is Sunday.
  static let dayOfWeek: UInt8 = 0x06
  static let dayOfMonth: UInt8 = 0x07
  static let month: UInt8 = 0x08
  /// The last two digits.
  static let year: UInt8 = 0x09
  static let registerA: UInt8 = 0x0A
  static let registerB: UInt8 = 0x0B
  static let registerC: UInt8 = 0x0C
  static let registerD: UInt8 = 0x0D

  /// RAM below 1 MiB in KiB; like all memory sizes in two bytes, the lower one first.
  static let baseMemory: UInt8 = 0x15
  /// RAM from 1 MiB on in KiB, at most 65,535.
  static let extendedMemory: UInt8 = 0x17
  /// The same again, as firmware found it.
  static let extendedMemoryFound: UInt8 = 0x30
  /// The first two digits of the year; the FADT names this place.
  static let century: UInt8 = 0x32
  /// RAM from 16 MiB to 4 GiB in units of 64 KiB.
  static let memoryAbove16MiB: UInt8 = 0x34
  /// RAM from 4 GiB on in units of 64 KiB; three bytes.
  static let memoryAbove4GiB: UInt8 = 0x5B

  static let count = 128
}

/// Register A: the divider chain.
enum RealTimeClockRegisterA {
  /// Read-only: the time is about to change.
  static let updateInProgress: UInt8 = 1 << 7
  static let divider: UInt8 = 7 << 4
  /// The divider for the 32,768 Hz crystal of the PC.
  static let dividerRunning: UInt8 = 2 << 4
  static let rate: UInt8 = 0xF
  static let writable = divider | rate
  /// Running, and 1,024 periodic events a second.
  static let initialValue: UInt8 = 0x26
}

/// Register B: control.
enum RealTimeClockRegisterB {
  static let hours24: UInt8 = 1 << 1
  /// The registers are in binary and not in BCD.
  static let binary: UInt8 = 1 << 2
  static let updateInterrupt: UInt8 = 1 << 4
  static let alarmInterrupt: UInt8 = 1 << 5
  static let periodicInterrupt: UInt8 = 1 << 6
  /// Holds the time, so that it can be set.
  static let set: UInt8 = 1 << 7
  static let initialValue = hours24
  /// What the RESET pin clears: the interrupts and the square wave.
  static let clearedByReset = updateInterrupt | alarmInterrupt | periodicInterrupt | 1 << 3
}

/// Register C: what happened since it was read. The events have the bits of their enables in register B.
enum RealTimeClockRegisterC {
  static let interruptRequest: UInt8 = 1 << 7
  static let events =
    RealTimeClockRegisterB.updateInterrupt | RealTimeClockRegisterB.alarmInterrupt
    | RealTimeClockRegisterB.periodicInterrupt
}

/// Register D: the battery is good.
enum RealTimeClockRegisterD {
  static let validRAMAndTime: UInt8 = 1 << 7
}
