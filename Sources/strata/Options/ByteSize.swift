import ArgumentParser

/// A number of bytes as people write it: `512M`, `2G`, `65536K`; a number alone is in MiB.
struct ByteSize: Equatable {
  let bytes: UInt64

  /// A size of so many bytes.
  init(bytes: UInt64) { self.bytes = bytes }

  /// Reads a size, which must not be zero.
  init(_ argument: String) throws(ValidationError) {
    guard let bytes = Self.bytes(argument) else {
      throw ValidationError("a size is written 512M, 2G or 65536K")
    }
    self.bytes = bytes
  }

  private static func bytes(_ argument: String) -> UInt64? {
    let shifts: [Character: UInt64] = ["K": 10, "M": 20, "G": 30, "T": 40]
    let unit = argument.uppercased().last.flatMap { shifts[$0] }
    let digits = unit == nil ? argument[...] : argument.dropLast()
    guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = UInt64(digits), number > 0 else {
      return nil
    }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (unit ?? 20))
    return overflow ? nil : bytes
  }
}

extension ByteSize: CustomStringConvertible {
  /// The size in the largest unit that divides it.
  var description: String {
    for (shift, unit) in [(40, "T"), (30, "G"), (20, "M")] as [(UInt64, String)]
    where bytes & ((1 << shift) - 1) == 0 {
      return "\(bytes >> shift)\(unit)"
    }
    return "\(bytes >> 10)K"
  }
}
