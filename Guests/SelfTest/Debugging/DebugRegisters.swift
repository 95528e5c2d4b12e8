import Bedrock

@_extern(c, "selftest_read_dr0") func readDR0(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_read_dr4") func readDR4(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_read_dr6") func readDR6(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_read_dr7") func readDR7(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_write_dr0") func writeDR0(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_write_dr3") func writeDR3(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_write_dr6") func writeDR6(_: UInt64, _: UInt64) -> UInt64
@_extern(c, "selftest_write_dr7") func writeDR7(_: UInt64, _: UInt64) -> UInt64

/// DR6: AMD64 APM volume 2, section 13.1.1.3.
struct DebugStatus: OptionSet {
  let rawValue: UInt64
  static let breakpoint0 = DebugStatus(rawValue: 1 << 0)
  static let breakpoint3 = DebugStatus(rawValue: 1 << 3)
  static let debugRegisterAccess = DebugStatus(rawValue: 1 << 13)
  static let singleStep = DebugStatus(rawValue: 1 << 14)

  /// What DR6 holds when nothing has happened.
  static let idle: UInt64 = 0xFFFF_0FF0
  private static let conditions: UInt64 = 0xE00F

  /// The conditions of the current processor.
  static var current: DebugStatus { DebugStatus(rawValue: readDR6(0, 0) & conditions) }

  static func clear() { _ = writeDR6(idle, 0) }
}

/// DR7: AMD64 APM volume 2, section 13.1.1.4.
enum DebugControl {
  enum Condition: UInt64 {
    case execute = 0
    case write = 1
    case port = 2
    case readOrWrite = 3
  }

  static let reserved: UInt64 = 1 << 10
  static let generalDetect: UInt64 = 1 << 13

  /// A breakpoint of one of the registers, local; the length is in the encoding: 1, 2, 8 and 4 bytes are 0 to 3.
  static func breakpoint(_ number: UInt64, _ condition: Condition, length: UInt64 = 0) -> UInt64 {
    reserved | 1 << (2 * number) | (condition.rawValue | length << 2) << (16 + 4 * number)
  }
}
