/// The x87 unit's instructions that round correctly, by integers: one instruction under a control word, and the status
/// that it leaves (SDM volume 1, 8).
///
/// A result means nothing if an unmasked exception prevents it: invalid, denormal and division by zero do, and for
/// stores overflow and underflow, too.
public struct SoftwareX87: Sendable {
  /// The control word.
  public let control: UInt16
  /// The status word: the exceptions and the condition codes, without TOP.
  public private(set) var status: UInt16 = 0

  /// A unit that obeys a control word.
  public init(control: UInt16) { self.control = control }

  /// FADD and its kin.
  public enum Arithmetic: Sendable {
    /// FADD.
    case add
    /// FSUB.
    case subtract
    /// FSUBR.
    case subtractReversed
    /// FMUL.
    case multiply
    /// FDIV.
    case divide
    /// FDIVR.
    case divideReversed
  }

  /// C0, C1, C2 and C3 (SDM volume 1, 8.1.3.3).
  private enum Condition {
    static let c0: UInt16 = 1 << 8
    static let c1: UInt16 = 1 << 9
    static let c2: UInt16 = 1 << 10
    static let c3: UInt16 = 1 << 14
  }

  // MARK: Arithmetic

  /// ST(0) with another operand.
  public mutating func compute(
    _ arithmetic: Arithmetic, _ left: ExtendedEncoding, _ right: X87Operand
  ) -> ExtendedEncoding {
    let (left, right) = (left.unpacked, right.unpacked)
    var computation = registerComputation
    let result =
      switch arithmetic {
      case .add: computation.add(left, right)
      case .subtract: computation.subtract(left, right)
      case .subtractReversed: computation.subtract(right, left)
      case .multiply: computation.multiply(left, right)
      case .divide: computation.divide(left, right)
      case .divideReversed: computation.divide(right, left)
      }
    note(computation)
    return ExtendedEncoding(result)
  }

  /// FSQRT.
  public mutating func squareRoot(_ operand: ExtendedEncoding) -> ExtendedEncoding {
    var computation = registerComputation
    let root = computation.squareRoot(operand.unpacked)
    note(computation)
    return ExtendedEncoding(root)
  }

  /// FRNDINT, which does not heed the precision control.
  public mutating func roundToIntegral(_ operand: ExtendedEncoding) -> ExtendedEncoding {
    var computation = computation(.extended80)
    let integral = computation.roundToIntegral(operand.unpacked)
    note(computation)
    return ExtendedEncoding(integral)
  }

  // MARK: Comparison

  /// FCOM and FUCOM; the answer is in the status. FUCOM is quiet.
  public mutating func compare(_ left: ExtendedEncoding, _ right: X87Operand, isQuiet: Bool) {
    var computation = computation(.extended80)
    let relation = computation.compare(left.unpacked, right.unpacked, isQuiet: isQuiet)
    note(computation)
    switch relation {
    case .less: status |= Condition.c0
    case .equal: status |= Condition.c3
    case .greater: break
    case .unordered: status |= Condition.c0 | Condition.c2 | Condition.c3
    }
  }

  // MARK: Loads

  /// FLD, which is exact; from 80 bits it would raise nothing.
  public mutating func load(_ operand: X87Operand) -> ExtendedEncoding {
    var computation = computation(.extended80)
    let operand = operand.unpacked
    if operand.isDenormal { computation.exceptions.insert(.denormal) }
    let number = computation.convert(operand)
    note(computation)
    return ExtendedEncoding(number)
  }

  /// FILD.
  public func load(_ integer: Int64) -> ExtendedEncoding { ExtendedEncoding(UnpackedNumber(integer)) }

  /// FBLD: 18 decimal digits, four bits each, and above them a byte whose uppermost bit is the sign.
  public func loadDecimal(digits: UInt64, upper: UInt16) -> ExtendedEncoding {
    var magnitude: UInt64 = 0
    for position in stride(from: UInt64(4), through: 0, by: -4) {
      magnitude = magnitude &* 10 &+ UInt64(upper) &>> position & 0xF
    }
    for position in stride(from: UInt64(60), through: 0, by: -4) {
      magnitude = magnitude &* 10 &+ digits &>> position & 0xF
    }
    return ExtendedEncoding(UnpackedNumber(isNegative: upper & 0x8000 != 0, magnitude: magnitude))
  }

  // MARK: Stores

  /// FST to single precision.
  public mutating func storeSingle(_ operand: ExtendedEncoding) -> UInt32 {
    UInt32(truncatingIfNeeded: store(operand, .binary32))
  }

  /// FST to double precision.
  public mutating func storeDouble(_ operand: ExtendedEncoding) -> UInt64 { store(operand, .binary64) }

  private mutating func store(_ operand: ExtendedEncoding, _ format: BinaryFormat) -> UInt64 {
    var computation = computation(format)
    let number = computation.convert(operand.unpacked)
    note(computation)
    return format.encode(number)
  }

  /// FIST to 16, 32 or 64 bits, sign-extended.
  public mutating func storeInteger(_ operand: ExtendedEncoding, width: UInt64) -> Int64 {
    storeInteger(operand, width: width, rounding: environment.rounding)
  }

  /// FISTTP to 16, 32 or 64 bits, sign-extended.
  public mutating func storeTruncated(_ operand: ExtendedEncoding, width: UInt64) -> Int64 {
    storeInteger(operand, width: width, rounding: .towardZero)
  }

  private mutating func storeInteger(
    _ operand: ExtendedEncoding, width: UInt64, rounding: RoundingMode
  ) -> Int64 {
    var computation = computation(.extended80)
    let integer = computation.integer(operand.unpacked, width: width, rounding: rounding)
    note(computation)
    return integer
  }

  /// FBSTP: packed decimals as ``loadDecimal(digits:upper:)`` takes them, or their indefinite (SDM volume 1, 4.7).
  public mutating func storeDecimal(_ operand: ExtendedEncoding) -> (digits: UInt64, upper: UInt16) {
    var computation = computation(.extended80)
    let number = operand.unpacked
    let magnitude = computation.magnitude(
      number, atMost: 999_999_999_999_999_999, rounding: environment.rounding)
    note(computation)
    guard var rest = magnitude else { return (3 << 62, 0xFFFF) }
    var digits: UInt64 = 0
    for position in stride(from: UInt64(0), through: 60, by: 4) {
      digits |= (rest % 10) &<< position
      rest /= 10
    }
    let upper = UInt16(truncatingIfNeeded: rest % 10 | (rest / 10) &<< 4)
    return (digits, upper | (number.isNegative ? 0x8000 : 0))
  }

  // MARK: Control and status

  private var environment: ComputingEnvironment { ComputingEnvironment(x87Control: control) }

  private func computation(_ format: BinaryFormat) -> Computation { Computation(environment, format) }

  /// One whose result goes to a register, under the precision control.
  private var registerComputation: Computation { computation(.register(x87Control: control)) }

  private mutating func note(_ computation: Computation) {
    status |= UInt16(computation.exceptions.rawValue)
    if computation.isRoundedUp { status |= Condition.c1 }
  }
}
