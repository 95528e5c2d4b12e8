/// What an instruction makes of each lane of a destination and a source.
///
/// The instructions that are worth a handler of their own are defined this way, because a type can be an argument
/// of a handler where a closure cannot.
protocol LaneOperation {
  /// The bytes of a source in memory that count: 4, 8 or 16.
  static var memorySize: Int { get }
  /// - Parameter control: the instruction's immediate, if it has one.
  static func compute(_ first: Lane, _ second: Lane, _ control: UInt64) -> Lane
}

extension LaneOperation {
  @inline(__always)
  static var memorySize: Int { 16 }
}

// MARK: Logic

enum LaneAnd: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { first & second }
}

enum LaneAndNot: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    ~first & second
  }
}

enum LaneOr: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { first | second }
}

enum LaneXor: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { first ^ second }
}

// MARK: Comparisons

enum EqualBytes: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { Lane(first.bytes .== second.bytes) }
}

enum EqualWords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { Lane(first.words .== second.words) }
}

enum EqualDoublewords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    Lane(first.doublewords .== second.doublewords)
  }
}

enum GreaterBytes: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    Lane(first.signedBytes .> second.signedBytes)
  }
}

enum MinimumBytes: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    Lane.select(Lane(first.bytes .< second.bytes), first, second)
  }
}

enum MaximumBytes: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    Lane.select(Lane(first.bytes .< second.bytes), second, first)
  }
}

// MARK: Addition and subtraction

enum AddBytes: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { Lane(first.bytes &+ second.bytes) }
}

enum AddWords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { Lane(first.words &+ second.words) }
}

enum AddDoublewords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    Lane(first.doublewords &+ second.doublewords)
  }
}

enum AddQuadwords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    Lane(first.halves &+ second.halves)
  }
}

enum SubtractBytes: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { Lane(first.bytes &- second.bytes) }
}

enum SubtractDoublewords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    Lane(first.doublewords &- second.doublewords)
  }
}

// MARK: Rearrangement

enum InterleaveLowBytes: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    Lane.interleave(first.bytes, second.bytes, from: 0)
  }
}

enum InterleaveLowWords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    Lane.interleave(first.words, second.words, from: 0)
  }
}

enum InterleaveLowDoublewords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    Lane.interleave(first.doublewords, second.doublewords, from: 0)
  }
}

/// PUNPCKLQDQ, UNPCKLPD and MOVLHPS.
enum JoinLowHalves: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { Lane(first.low, second.low) }
}

/// PUNPCKHQDQ and UNPCKHPD.
enum JoinHighHalves: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { Lane(first.high, second.high) }
}

/// MOVHPS and MOVHPD from memory.
enum ReplaceHighHalf: LaneOperation {
  static let memorySize = 8
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { Lane(first.low, second.low) }
}

/// MOVLPS and MOVLPD from memory, MOVSD between registers.
enum ReplaceLowHalf: LaneOperation {
  static let memorySize = 8
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane { Lane(second.low, first.high) }
}

/// MOVQ between registers.
enum KeepLowHalf: LaneOperation {
  @inline(__always)
  static func compute(_: Lane, _ second: Lane, _: UInt64) -> Lane { Lane(second.low) }
}

/// PSHUFD: each two bits of the control select an element.
enum ShuffleDoublewords: LaneOperation {
  @inline(__always)
  static func compute(_: Lane, _ second: Lane, _ control: UInt64) -> Lane {
    Lane(second.doublewords.selected(by: control))
  }
}

/// SHUFPS: two elements of the first, then two of the second.
enum ShuffleSingles: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _ control: UInt64) -> Lane {
    Lane(
      Lane(first.doublewords.selected(by: control)).low, Lane(second.doublewords.selected(by: control)).high)
  }
}

/// PSHUFB on XMM registers.
enum ShuffleBytes: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _: UInt64) -> Lane {
    first.shuffled(by: second, indexMask: 15)
  }
}

/// PALIGNR on XMM registers.
enum AlignRight: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _ second: Lane, _ control: UInt64) -> Lane {
    let count = Int(control & 0xFF)
    if count >= 16 { return first.shiftedRight(bytes: min(count - 16, 16)) }
    return second.shiftedRight(bytes: count) | first.shiftedLeft(bytes: 16 - count)
  }
}

// MARK: Shifts by an immediate, of the destination itself

enum ShiftLeftBytes: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _: Lane, _ control: UInt64) -> Lane {
    first.shiftedLeft(bytes: Int(min(control, 16)))
  }
}

enum ShiftRightBytes: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _: Lane, _ control: UInt64) -> Lane {
    first.shiftedRight(bytes: Int(min(control, 16)))
  }
}

enum ShiftLeftQuadwords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _: Lane, _ control: UInt64) -> Lane {
    control > 63 ? Lane() : Lane(first.halves &<< control)
  }
}

enum ShiftRightQuadwords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _: Lane, _ control: UInt64) -> Lane {
    control > 63 ? Lane() : Lane(first.halves &>> control)
  }
}

enum ShiftLeftDoublewords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _: Lane, _ control: UInt64) -> Lane {
    control > 31 ? Lane() : Lane(first.doublewords &<< UInt32(truncatingIfNeeded: control))
  }
}

enum ShiftRightDoublewords: LaneOperation {
  @inline(__always)
  static func compute(_ first: Lane, _: Lane, _ control: UInt64) -> Lane {
    control > 31 ? Lane() : Lane(first.doublewords &>> UInt32(truncatingIfNeeded: control))
  }
}
