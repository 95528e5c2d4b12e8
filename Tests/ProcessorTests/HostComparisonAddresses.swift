/// Memory operands: all forms of addresses, with registers that lead where they should.
extension HostComparisonGenerator {
  private enum AddressForm: CaseIterable {
    case absolute, relative, index, baseAndIndex, base
  }

  private struct Displacement {
    var value: Int32
    var size: Int

    var mode: UInt8 { size == 0 ? 0 : size == 1 ? 0x40 : 0x80 }
    var bytes: [UInt8] { HostComparisonCase.bytes(of: UInt64(bitPattern: Int64(value)), count: size) }
  }

  /// Writes ModRM, SIB and displacement of an operand at a random target.
  mutating func chooseMemory(_ encoding: inout Encoding, reg: UInt8, _ result: inout HostComparisonCase) {
    let target = self.target(encoding.form)
    encoding.memoryTarget = target
    var offset = target
    if isAdventurous, numbers.chance(10) {
      encoding.legacy.insert(0x65, at: 0)
      offset &-= HostComparisonCase.Place.gsBase
    }
    if let base = onlyBase {
      let displacement = Int32(truncatingIfNeeded: offset &- result.general[Int(base)])
      encoding.setBase(base, reg: reg, Displacement(value: displacement, size: 4).bytes)
      return
    }
    let isNear = offset < 0x7000_0000
    switch numbers.pick(AddressForm.allCases) {
    case .absolute where isNear:
      encoding.modRM = [reg << 3 | 4, 0x25] + HostComparisonCase.bytes(of: offset, count: 4)
    case .relative where isNear:
      encoding.modRM = [reg << 3 | 5, 0, 0, 0, 0]
      encoding.relativeTarget = offset
    case .index: chooseIndex(&encoding, reg: reg, offset, &result)
    case .baseAndIndex: chooseBase(&encoding, reg: reg, offset, hasIndex: true, &result)
    default: chooseBase(&encoding, reg: reg, offset, hasIndex: false, &result)
    }
  }

  private mutating func chooseIndex(
    _ encoding: inout Encoding, reg: UInt8, _ offset: UInt64, _ result: inout HostComparisonCase
  ) {
    let index = pickIndex()
    let scale = UInt64(numbers.below(4))
    var displacement = Int32(truncatingIfNeeded: numbers.operand())
    // What the displacement leaves must be a multiple of the scale.
    let rest = (offset &- UInt64(bitPattern: Int64(displacement))) & ((1 << scale) - 1)
    displacement &+= Int32(rest)
    let value = (offset &- UInt64(bitPattern: Int64(displacement))) >> scale
    // The bits that the shift loses may be anything.
    setAddressRegister(index, value | numbers.next() & ~(~0 >> scale), &encoding, &result)
    encoding.modRM =
      [reg << 3 | 4, UInt8(scale) << 6 | (index & 7) << 3 | 5]
      + HostComparisonCase.bytes(of: UInt64(bitPattern: Int64(displacement)), count: 4)
    if index > 7 { encoding.setREX(2) }
  }

  private mutating func chooseBase(
    _ encoding: inout Encoding, reg: UInt8, _ offset: UInt64, hasIndex: Bool,
    _ result: inout HostComparisonCase
  ) {
    let base = numbers.pick(registers)
    let size = base & 7 == 5 ? numbers.pick([1, 4]) : numbers.pick([0, 1, 4])
    let wide = numbers.operand()
    let value =
      size == 0 ? 0 : size == 1 ? Int32(Int8(truncatingIfNeeded: wide)) : Int32(truncatingIfNeeded: wide)
    let displacement = Displacement(value: value, size: size)
    var rest = offset &- UInt64(bitPattern: Int64(value))
    let index = pickIndex()
    guard hasIndex, index != base else {
      setAddressRegister(base, rest, &encoding, &result)
      encoding.setBase(base, reg: reg, displacement.bytes)
      return
    }
    let scale = UInt64(numbers.below(4))
    rest &-= result.general[Int(index)] << scale
    setAddressRegister(base, rest, &encoding, &result)
    encoding.addressRegisters.insert(index)
    let sib = UInt8(scale) << 6 | (index & 7) << 3 | base & 7
    encoding.modRM = [displacement.mode | reg << 3 | 4, sib] + displacement.bytes
    encoding.setREX((base > 7 ? 1 : 0) | (index > 7 ? 2 : 0))
  }

  /// RSP is no index.
  private mutating func pickIndex() -> UInt8 { numbers.pick(registers.filter { $0 != 4 }) }

  /// With 32-bit addresses, the upper half of the register is to be ignored.
  private mutating func setAddressRegister(
    _ number: UInt8, _ value: UInt64, _ encoding: inout Encoding, _ result: inout HostComparisonCase
  ) {
    let garbage = encoding.hasNarrowAddress ? numbers.next() & ~0xFFFF_FFFF : 0
    result.general[Int(number)] = encoding.hasNarrowAddress ? value & 0xFFFF_FFFF | garbage : value
    encoding.addressRegisters.insert(number)
  }
}

extension HostComparisonGenerator.Encoding {
  /// ModRM, and SIB where the number needs it, of an operand with a base only.
  fileprivate mutating func setBase(_ base: UInt8, reg: UInt8, _ displacement: [UInt8]) {
    let mode: UInt8 = displacement.isEmpty ? 0 : displacement.count == 1 ? 0x40 : 0x80
    modRM = [mode | reg << 3 | base & 7] + (base & 7 == 4 ? [0x24] : []) + displacement
    if base > 7 { setREX(1) }
  }

  mutating func setREX(_ bits: UInt8) {
    guard bits != 0 else { return }
    rex |= bits
    hasREX = true
  }
}
