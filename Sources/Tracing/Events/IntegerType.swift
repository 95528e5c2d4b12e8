/// A type of integers in C, on a machine whose `long` has 64 bits.
struct IntegerType: Equatable, Sendable {
  /// In bytes: 1, 2, 4 or 8.
  let size: Int
  let isSigned: Bool

  init(size: Int, isSigned: Bool) {
    self.size = size
    self.isSigned = isSigned
  }

  /// The type that C's words name; `int` for those that say nothing of the size.
  init(named name: String) {
    let words = name.split { !($0.isLetter || $0.isNumber || $0 == "_") }
    func has(_ parts: String...) -> Bool {
      words.contains { word in parts.contains { word.contains($0) } }
    }
    if name.contains("*") {
      self.init(size: 8, isSigned: false)
      return
    }
    let isUnsigned =
      has("unsigned", "size_t", "bool") || words.contains { $0.drop { $0 == "_" }.hasPrefix("u") }
      || words.contains { $0.hasPrefix("__be") || $0.hasPrefix("__le") }
    if has("char", "u8", "s8", "int8", "bool") {
      self.init(size: 1, isSigned: !isUnsigned)
    } else if has("short", "16") {
      self.init(size: 2, isSigned: !isUnsigned)
    } else if has("long", "64", "size_t") {
      self.init(size: 8, isSigned: !isUnsigned)
    } else {
      self.init(size: 4, isSigned: !isUnsigned)
    }
  }

  /// What is left of a value in this type.
  func converted(_ value: Int64) -> Int64 {
    switch (size, isSigned) {
    case (1, true): Int64(Int8(truncatingIfNeeded: value))
    case (1, false): Int64(UInt8(truncatingIfNeeded: value))
    case (2, true): Int64(Int16(truncatingIfNeeded: value))
    case (2, false): Int64(UInt16(truncatingIfNeeded: value))
    case (4, true): Int64(Int32(truncatingIfNeeded: value))
    case (4, false): Int64(UInt32(truncatingIfNeeded: value))
    default: value
    }
  }
}
