/// A value of an operand's width: `UInt8`, `UInt16`, `UInt32` or `UInt64`.
typealias UnsignedWord = FixedWidthInteger & UnsignedInteger
