import X86

/// The six status flags, in the form in which arithmetic leaves them.
///
/// An instruction stores its result and the carry out of every bit; a flag is computed when somebody asks.
/// The form does not depend on the operation or the operand size, so reading needs no table.
struct LazyFlags {
  /// The result, sign-extended to 64 bits. ZF is "it is zero".
  var result: UInt64 = 1 << 8
  /// Bit 63 is CF, bit 62 is CF xor OF, bit 3 is AF. Bits 0 and 1 invert SF and PF, for states that no
  /// result has. The other bits mean nothing.
  var carries: UInt64 = Bit.invertParity

  enum Bit {
    static let carry: UInt64 = 1 << 63
    static let carryXorOverflow: UInt64 = 1 << 62
    static let auxiliary: UInt64 = 1 << 3
    static let invertSign: UInt64 = 1 << 0
    static let invertParity: UInt64 = 1 << 1
  }

  @inline(__always) var carry: Bool { Int64(bitPattern: carries) < 0 }
  @inline(__always) var zero: Bool { result == 0 }
  @inline(__always) var sign: Bool { (result >> 63 ^ carries) & 1 != 0 }
  @inline(__always) var overflow: Bool { Int64(bitPattern: carries ^ carries << 1) < 0 }
  @inline(__always) var auxiliary: Bool { carries & Bit.auxiliary != 0 }
  @inline(__always) var parity: Bool {
    ((result & 0xFF).nonzeroBitCount & 1 == 0) != (carries & Bit.invertParity != 0)
  }

  /// Whether the condition holds.
  @inline(__always)
  func holds(_ condition: Condition) -> Bool {
    switch condition {
    case .overflow: overflow
    case .notOverflow: !overflow
    case .below: carry
    case .notBelow: !carry
    case .zero: zero
    case .notZero: !zero
    case .belowOrEqual: carry || zero
    case .above: !(carry || zero)
    case .sign: sign
    case .notSign: !sign
    case .parity: parity
    case .notParity: !parity
    case .less: sign != overflow
    case .notLess: sign == overflow
    case .lessOrEqual: zero || sign != overflow
    case .greater: !(zero || sign != overflow)
    }
  }

  /// The flags at their places in RFLAGS.
  var statusBits: RFLAGS {
    get {
      var bits: RFLAGS = []
      if carry { bits.insert(.carry) }
      if parity { bits.insert(.parity) }
      if auxiliary { bits.insert(.auxiliaryCarry) }
      if zero { bits.insert(.zero) }
      if sign { bits.insert(.sign) }
      if overflow { bits.insert(.overflow) }
      return bits
    }
    set {
      let carry = newValue.contains(.carry)
      result = newValue.contains(.zero) ? 0 : 1 << 8
      carries =
        (carry ? Bit.carry : 0) | (carry != newValue.contains(.overflow) ? Bit.carryXorOverflow : 0)
        | (newValue.contains(.auxiliaryCarry) ? Bit.auxiliary : 0)
        | (newValue.contains(.sign) ? Bit.invertSign : 0)
        | (newValue.contains(.parity) ? 0 : Bit.invertParity)
    }
  }

  /// The flags that are kept in this form.
  static let statusMask: RFLAGS = [.carry, .parity, .auxiliaryCarry, .zero, .sign, .overflow]

  /// Replaces CF and leaves the others.
  @inline(__always)
  mutating func setCarry(_ carry: Bool) {
    let overflow = self.overflow
    carries &= ~(Bit.carry | Bit.carryXorOverflow)
    carries |= (carry ? Bit.carry : 0) | (carry != overflow ? Bit.carryXorOverflow : 0)
  }

  /// Replaces CF and OF and leaves the others.
  @inline(__always)
  mutating func setCarry(_ carry: Bool, overflow: Bool) {
    carries &= ~(Bit.carry | Bit.carryXorOverflow)
    carries |= (carry ? Bit.carry : 0) | (carry != overflow ? Bit.carryXorOverflow : 0)
  }

  /// After AND, OR, XOR and TEST: CF, OF and AF are clear.
  @inline(__always)
  mutating func setLogic<Value: UnsignedWord>(_ value: Value) {
    result = Self.extend(value)
    carries = 0
  }

  /// After an addition of `left`, `right` and any carry.
  @inline(__always)
  mutating func setAddition<Value: UnsignedWord>(_ left: Value, _ right: Value, sum: Value) {
    result = Self.extend(sum)
    carries = Self.place(left & right | (left | right) & ~sum)
  }

  /// After a subtraction of `right` and any borrow from `left`.
  @inline(__always)
  mutating func setSubtraction<Value: UnsignedWord>(
    _ left: Value, _ right: Value, difference: Value
  ) {
    result = Self.extend(difference)
    carries = Self.place(~left & right | ~(left ^ right) & difference)
  }

  /// Sign-extends a result.
  @inline(__always)
  static func extend<Value: UnsignedWord>(_ value: Value) -> UInt64 {
    let unused = UInt64(64 - Value.bitWidth)
    return UInt64(bitPattern: Int64(bitPattern: UInt64(truncatingIfNeeded: value) << unused) >> Int64(unused))
  }

  /// Moves a vector of carries so that the one out of the sign bit becomes bit 63.
  @inline(__always)
  static func place<Value: UnsignedWord>(_ carries: Value) -> UInt64 {
    let wide = UInt64(truncatingIfNeeded: carries)
    if Value.bitWidth == 64 { return wide & ~(Bit.invertSign | Bit.invertParity) }
    return wide << UInt64(64 - Value.bitWidth) | wide & Bit.auxiliary
  }
}
