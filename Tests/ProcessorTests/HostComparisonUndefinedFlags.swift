/// What the manual leaves undefined: the instruction reference of APM volume 3, under "rFLAGS Affected".
enum HostComparisonUndefinedFlags {
  static let carry: UInt64 = 1 << 0
  static let parity: UInt64 = 1 << 2
  static let auxiliary: UInt64 = 1 << 4
  static let zero: UInt64 = 1 << 6
  static let sign: UInt64 = 1 << 7
  static let overflow: UInt64 = 1 << 11
  static let status = carry | parity | auxiliary | zero | sign | overflow

  /// The flags that are undefined after an instruction.
  ///
  /// - Parameters:
  ///   - width: the size of its operands in bytes.
  ///   - count: how far a shift or rotation goes, before it is masked.
  static func after(_ name: String, width: Int, count: UInt64) -> UInt64 {
    let masked = count & (width == 8 ? 63 : 31)
    switch name {
    case "and", "or", "xor", "test": return auxiliary
    case "mul", "imul": return sign | zero | auxiliary | parity
    case "div", "idiv": return status
    case "bsf", "bsr": return overflow | sign | auxiliary | parity | carry
    case "tzcnt", "lzcnt": return overflow | sign | auxiliary | parity
    case "andn", "blsi", "blsr", "blsmsk", "bzhi": return auxiliary | parity
    case "bextr": return sign | auxiliary | parity
    case "bt", "bts", "btr", "btc": return overflow | sign | auxiliary | parity
    case "rol", "ror", "rcl", "rcr": return masked > 1 ? overflow : 0
    case "sar": return masked == 0 ? 0 : auxiliary | (masked > 1 ? overflow : 0)
    case "shl", "shr":
      guard masked != 0 else { return 0 }
      return auxiliary | (masked > 1 ? overflow : 0) | (masked >= width * 8 ? carry : 0)
    case "shld", "shrd": return masked == 0 ? 0 : auxiliary | (masked > 1 ? overflow : 0)
    default: return 0
    }
  }

  /// The flags that an instruction reads.
  static func read(by name: String) -> UInt64 {
    switch name {
    case "adc", "sbb", "rcl", "rcr", "cmc", "adcx": carry
    case "adox": overflow
    case "cmov", "set", "lahf", "pushf", "j": status
    default: 0
    }
  }

  /// The flags that an instruction defines whatever its operands are.
  static func defined(by name: String) -> UInt64 {
    switch name {
    case "add", "adc", "sub", "sbb", "cmp", "neg", "xadd", "cmpxchg", "popcnt": status
    case "and", "or", "xor", "test": status & ~auxiliary
    case "inc", "dec": status & ~carry
    case "bt", "bts", "btr", "btc", "clc", "stc": carry
    case "sahf": status & ~overflow
    case "mul", "imul": carry | overflow
    case "andn", "blsi", "blsr", "blsmsk", "bzhi": status & ~(auxiliary | parity)
    case "bextr": carry | overflow | zero
    case "tzcnt", "lzcnt": carry | zero
    case "adcx": carry
    case "adox": overflow
    default: 0
    }
  }
}
