/// What VCMPPS and its kin compare for (APM volume 4, CMPPD): the immediate's 32 predicates.
struct ComparisonPredicate {
  /// 0 to 31.
  var rawValue: UInt64

  /// The relations of two numbers.
  struct Relations: OptionSet {
    let rawValue: UInt8
    static let equal = Relations(rawValue: 1 << 0)
    static let less = Relations(rawValue: 1 << 1)
    static let greater = Relations(rawValue: 1 << 2)
    static let unordered = Relations(rawValue: 1 << 3)
  }

  /// The relations that are to give ones.
  var relations: Relations {
    switch rawValue & 0xF {
    case 0x0: [.equal]
    case 0x1: [.less]
    case 0x2: [.less, .equal]
    case 0x3: [.unordered]
    case 0x4: [.less, .greater, .unordered]
    case 0x5: [.equal, .greater, .unordered]
    case 0x6: [.greater, .unordered]
    case 0x7: [.less, .equal, .greater]
    case 0x8: [.equal, .unordered]
    case 0x9: [.less, .unordered]
    case 0xA: [.less, .equal, .unordered]
    case 0xB: []
    case 0xC: [.less, .greater]
    case 0xD: [.greater, .equal]
    case 0xE: [.greater]
    default: [.less, .equal, .greater, .unordered]
    }
  }

  /// Whether a quiet NaN is invalid, too: for those that ask for an order. Bit 4 turns it around.
  var isSignalling: Bool {
    let asksForOrder = (rawValue &+ 1) & 2 != 0
    return asksForOrder != (rawValue & 0x10 != 0)
  }
}

extension HostPredicates {
  /// Compares 16 bytes of numbers. Scalars take the rest from `first`.
  func compare(
    _ predicate: ComparisonPredicate, _ control: UInt32, _ first: UnsafeRawPointer,
    _ second: UnsafeRawPointer, _ elements: ComputedElements, into result: inout Lane
  ) -> MXCSR {
    if predicate.rawValue < 8 {
      return compareOnce(predicate, control, first, second, elements, into: &result)
    }
    let exceptions = (predicate.isSignalling ? less : equal)(control, &result, first, second)
    let rest = Lane(at: first)
    var isEqual = Lane()
    var isLess = Lane()
    var isUnordered = Lane()
    _ = equal(control, &isEqual, first, second)
    _ = less(control, &isLess, first, second)
    _ = unordered(control, &isUnordered, first, second)
    var holds = Lane()
    let relations = predicate.relations
    if relations.contains(.equal) { holds = holds | isEqual }
    if relations.contains(.less) { holds = holds | isLess }
    if relations.contains(.unordered) { holds = holds | isUnordered }
    if relations.contains(.greater) { holds = holds | ~(isEqual | isLess | isUnordered) }
    result = Lane.select(elements.mask, holds, rest)
    return MXCSR(rawValue: exceptions)
  }

  /// The first eight: four that the host has, and their opposites, which raise the same exceptions.
  private func compareOnce(
    _ predicate: ComparisonPredicate, _ control: UInt32, _ first: UnsafeRawPointer,
    _ second: UnsafeRawPointer, _ elements: ComputedElements, into result: inout Lane
  ) -> MXCSR {
    let function =
      switch predicate.rawValue & 3 {
      case 0: equal
      case 1: less
      case 2: lessOrEqual
      default: unordered
      }
    let exceptions = function(control, &result, first, second)
    if predicate.rawValue & 4 != 0 { result = result ^ elements.mask }
    return MXCSR(rawValue: exceptions)
  }
}
