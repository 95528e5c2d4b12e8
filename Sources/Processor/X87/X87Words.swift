/// The bits of the x87 status word (APM volume 1, 6.2.1), without TOP.
struct X87Status: OptionSet {
  let rawValue: UInt16

  /// IE, the first of the six exceptions, which have the same places in the control word.
  static let invalid = X87Status(rawValue: 1 << 0)
  /// DE.
  static let denormal = X87Status(rawValue: 1 << 1)
  /// ZE.
  static let zeroDivide = X87Status(rawValue: 1 << 2)
  /// OE.
  static let overflow = X87Status(rawValue: 1 << 3)
  /// UE.
  static let underflow = X87Status(rawValue: 1 << 4)
  /// PE.
  static let precision = X87Status(rawValue: 1 << 5)
  /// SF: the invalid operation was an overflow or underflow of the stack.
  static let stackFault = X87Status(rawValue: 1 << 6)
  /// ES: an exception that is not masked is pending.
  static let errorSummary = X87Status(rawValue: 1 << 7)
  /// C0.
  static let c0 = X87Status(rawValue: 1 << 8)
  /// C1: rounded up; of a stack fault: it was an overflow.
  static let c1 = X87Status(rawValue: 1 << 9)
  /// C2.
  static let c2 = X87Status(rawValue: 1 << 10)
  /// C3.
  static let c3 = X87Status(rawValue: 1 << 14)
  /// B: the same as ``errorSummary``.
  static let busy = X87Status(rawValue: 1 << 15)

  static let exceptions = X87Status(rawValue: 0x3F)
  static let conditions: X87Status = [.c0, .c1, .c2, .c3]
  /// What comparisons answer: unordered.
  static let unordered: X87Status = [.c0, .c2, .c3]
  /// What is kept; ES and B follow from it and the control word.
  static let kept: X87Status = exceptions.union(conditions).union(.stackFault)

  static let topShift: UInt16 = 11
}

/// The bits of the x87 control word (APM volume 1, 6.2.2).
enum X87Control {
  /// IM to PM, at the places of the exceptions in the status word.
  static let exceptionMasks: UInt16 = 0x3F
  /// Bit 6 reads as one.
  static let alwaysOne: UInt16 = 1 << 6
  /// Masks, precision and rounding control, and the infinity bit.
  static let implemented: UInt16 = 0x1F3F
  /// The value after FNINIT.
  static let initial: UInt16 = 0x37F
}
