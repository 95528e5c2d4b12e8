import X86

extension Core {
  /// MUL: the product of the accumulator and the operand, in twice the width.
  func multiplyUnsigned(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operand = instruction.pointee.operands.0
    let right = try value(operand, of: instruction)
    switch operand.width {
    case 1: multiply(UInt8(truncatingIfNeeded: right))
    case 2: multiply(UInt16(truncatingIfNeeded: right))
    case 4: multiply(UInt32(truncatingIfNeeded: right))
    default: multiply(right)
    }
  }

  private func multiply<Value: UnsignedWord>(_ right: Value)
  where Value.Magnitude == Value {
    let product = Value(truncatingIfNeeded: general(0)).multipliedFullWidth(by: right)
    setProduct(high: product.high, low: product.low, overflow: product.high != 0)
  }

  /// Stores a product in AX or rDX:rAX.
  private func setProduct<Value: UnsignedWord>(high: Value, low: Value, overflow: Bool) {
    if Value.bitWidth == 8 {
      setGeneral(0, UInt64(truncatingIfNeeded: high) << 8 | UInt64(truncatingIfNeeded: low), width: 2)
    } else {
      let width = UInt16(Value.bitWidth / 8)
      setGeneral(0, UInt64(truncatingIfNeeded: low), width: width)
      setGeneral(2, UInt64(truncatingIfNeeded: high), width: width)
    }
    setProductFlags(low, overflow: overflow)
  }

  /// CF and OF tell that the upper half matters; the other flags are undefined and follow the lower half.
  private func setProductFlags<Value: UnsignedWord>(_ low: Value, overflow: Bool) {
    state.lazyFlags.setLogic(low)
    state.lazyFlags.setCarry(overflow, overflow: overflow)
  }

  /// IMUL with one, two or three operands.
  func multiplySigned(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operands = instruction.pointee.operands
    switch operands.0.width {
    case 1: try multiplySigned(instruction, Int8.self)
    case 2: try multiplySigned(instruction, Int16.self)
    case 4: try multiplySigned(instruction, Int32.self)
    default: try multiplySigned(instruction, Int64.self)
    }
  }

  private func multiplySigned<Value: FixedWidthInteger & SignedInteger>(
    _ instruction: UnsafePointer<Instruction>, _ type: Value.Type
  ) throws(Fault) where Value.Magnitude: UnsignedWord {
    let operands = instruction.pointee.operands
    let first = Value(truncatingIfNeeded: try value(operands.0, of: instruction))
    if operands.1.kind == .none {
      let product = Value(truncatingIfNeeded: general(0)).multipliedFullWidth(by: first)
      let low = Value(truncatingIfNeeded: product.low)
      setProduct(
        high: Value.Magnitude(truncatingIfNeeded: product.high), low: product.low,
        overflow: product.high != low >> Value(Value.bitWidth - 1))
      return
    }
    let left =
      operands.2.kind == .none ? first : Value(truncatingIfNeeded: try value(operands.1, of: instruction))
    let last = operands.2.kind == .none ? operands.1 : operands.2
    let right = Value(truncatingIfNeeded: try value(last, of: instruction))
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    setGeneral(operands.0.number, UInt64(truncatingIfNeeded: product), width: operands.0.width)
    setProductFlags(Value.Magnitude(truncatingIfNeeded: product), overflow: overflow)
  }

  /// DIV. The flags are undefined and left alone.
  func divideUnsigned(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operand = instruction.pointee.operands.0
    let divisor = try value(operand, of: instruction)
    switch operand.width {
    case 1:
      let dividend = UInt16(truncatingIfNeeded: general(0))
      try divide(
        (UInt8(truncatingIfNeeded: dividend >> 8), UInt8(truncatingIfNeeded: dividend)),
        by: UInt8(truncatingIfNeeded: divisor))
    case 2:
      try divide(
        (UInt16(truncatingIfNeeded: general(2)), UInt16(truncatingIfNeeded: general(0))),
        by: UInt16(truncatingIfNeeded: divisor))
    case 4:
      try divide(
        (UInt32(truncatingIfNeeded: general(2)), UInt32(truncatingIfNeeded: general(0))),
        by: UInt32(truncatingIfNeeded: divisor))
    default: try divide((general(2), general(0)), by: divisor)
    }
  }

  private func divide<Value: UnsignedWord>(
    _ dividend: (high: Value, low: Value.Magnitude), by divisor: Value
  ) throws(Fault) {
    guard divisor > dividend.high else { throw Fault(.divideError) }
    let (quotient, remainder) = divisor.dividingFullWidth(dividend)
    setQuotient(
      UInt64(truncatingIfNeeded: quotient), remainder: UInt64(truncatingIfNeeded: remainder),
      width: UInt16(Value.bitWidth / 8))
  }

  private func setQuotient(_ quotient: UInt64, remainder: UInt64, width: UInt16) {
    if width == 1 {
      setGeneral(0, (remainder & 0xFF) << 8 | quotient & 0xFF, width: 2)
    } else {
      setGeneral(0, quotient, width: width)
      setGeneral(2, remainder, width: width)
    }
  }

  /// IDIV.
  func divideSigned(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let operand = instruction.pointee.operands.0
    let divisor = try value(operand, of: instruction)
    let bits = UInt64(operand.width) * 8
    let signed = { (value: UInt64) in Int64(bitPattern: value << (64 - bits)) >> Int64(64 - bits) }
    if operand.width == 8 {
      try divideWide(high: Int64(bitPattern: general(2)), low: general(0), by: Int64(bitPattern: divisor))
      return
    }
    let dividend: Int64
    switch operand.width {
    case 1: dividend = Int64(Int16(truncatingIfNeeded: general(0)))
    case 2: dividend = Int64(Int32(truncatingIfNeeded: (general(2) & 0xFFFF) << 16 | general(0) & 0xFFFF))
    default: dividend = Int64(bitPattern: general(2) << 32 | general(0) & 0xFFFF_FFFF)
    }
    let by = signed(divisor)
    guard by != 0 else { throw Fault(.divideError) }
    let (quotient, overflow) = dividend.dividedReportingOverflow(by: by)
    let remainder = by == -1 ? 0 : dividend % by
    guard !overflow, signed(UInt64(bitPattern: quotient)) == quotient else { throw Fault(.divideError) }
    setQuotient(UInt64(bitPattern: quotient), remainder: UInt64(bitPattern: remainder), width: operand.width)
  }

  /// Divides a 128-bit number by way of the magnitudes.
  private func divideWide(high: Int64, low: UInt64, by divisor: Int64) throws(Fault) {
    guard divisor != 0 else { throw Fault(.divideError) }
    var magnitude = (high: UInt64(bitPattern: high), low: low)
    if high < 0 {
      magnitude.low = 0 &- low
      magnitude.high = ~UInt64(bitPattern: high) &+ (low == 0 ? 1 : 0)
    }
    guard divisor.magnitude > magnitude.high else { throw Fault(.divideError) }
    let (quotient, remainder) = divisor.magnitude.dividingFullWidth(magnitude)
    let isNegative = (high < 0) != (divisor < 0)
    guard quotient <= UInt64(Int64.max) + (isNegative ? 1 : 0) else { throw Fault(.divideError) }
    setGeneral(0, isNegative ? 0 &- quotient : quotient)
    setGeneral(2, high < 0 ? 0 &- remainder : remainder)
  }

  /// CBW, CWDE and CDQE.
  func extendAccumulator(_ instruction: UnsafePointer<Instruction>) {
    let width = UInt16(instruction.pointee.operandSize)
    let unused = 64 - UInt64(width) * 4
    let extended = Int64(bitPattern: general(0) << unused) >> Int64(unused)
    setGeneral(0, UInt64(bitPattern: extended), width: width)
  }

  /// CWD, CDQ and CQO.
  func extendIntoData(_ instruction: UnsafePointer<Instruction>) {
    let width = UInt16(instruction.pointee.operandSize)
    let isNegative = general(0) >> (UInt64(width) * 8 - 1) & 1 != 0
    setGeneral(2, isNegative ? ~0 : 0, width: width)
  }
}
