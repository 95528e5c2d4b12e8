import X86

/// Arithmetic on decimal digits (APM volume 3). The flags that the manual leaves undefined follow AL.
extension Core {
  private var al: UInt8 { UInt8(truncatingIfNeeded: general(0)) }
  private var ah: UInt8 { UInt8(truncatingIfNeeded: general(0) >> 8) }

  private func setAX(high: UInt8, low: UInt8) {
    setGeneral(0, UInt64(high) << 8 | UInt64(low), width: 2)
  }

  private func setFlags(carry: Bool, auxiliary: Bool) {
    state.lazyFlags.setLogic(al)
    if carry { state.lazyFlags.setCarry(true, overflow: false) }
    if auxiliary { state.lazyFlags.carries |= LazyFlags.Bit.auxiliary }
  }

  func adjustAfterAddition() {
    let adjusts = al & 0xF > 9 || state.lazyFlags.auxiliary
    let sum = UInt16(truncatingIfNeeded: general(0)) &+ (adjusts ? 0x106 : 0)
    setAX(high: UInt8(sum >> 8), low: UInt8(truncatingIfNeeded: sum) & 0xF)
    setFlags(carry: adjusts, auxiliary: adjusts)
  }

  func adjustAfterSubtraction() {
    let adjusts = al & 0xF > 9 || state.lazyFlags.auxiliary
    let difference = UInt16(truncatingIfNeeded: general(0)) &- (adjusts ? 0x106 : 0)
    setAX(high: UInt8(difference >> 8), low: UInt8(truncatingIfNeeded: difference) & 0xF)
    setFlags(carry: adjusts, auxiliary: adjusts)
  }

  func adjustBeforeDivision(_ instruction: UnsafePointer<Instruction>) {
    let base = UInt8(truncatingIfNeeded: instruction.pointee.immediate)
    setAX(high: 0, low: al &+ ah &* base)
    setFlags(carry: false, auxiliary: false)
  }

  func adjustAfterMultiplication(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let base = UInt8(truncatingIfNeeded: instruction.pointee.immediate)
    guard base != 0 else { throw Fault(.divideError) }
    setAX(high: al / base, low: al % base)
    setFlags(carry: false, auxiliary: false)
  }

  func decimalAdjustAfterAddition() {
    let old = al
    let carry = old > 0x99 || state.lazyFlags.carry
    let auxiliary = old & 0xF > 9 || state.lazyFlags.auxiliary
    setGeneral(0, UInt64(old &+ (auxiliary ? 6 : 0) &+ (carry ? 0x60 : 0)), width: 1)
    setFlags(carry: carry, auxiliary: auxiliary)
  }

  func decimalAdjustAfterSubtraction() {
    let old = al
    let borrows = old > 0x99 || state.lazyFlags.carry
    let auxiliary = old & 0xF > 9 || state.lazyFlags.auxiliary
    let carry = borrows || auxiliary && old < 6
    setGeneral(0, UInt64(old &- (auxiliary ? 6 : 0) &- (borrows ? 0x60 : 0)), width: 1)
    setFlags(carry: carry, auxiliary: auxiliary)
  }
}
