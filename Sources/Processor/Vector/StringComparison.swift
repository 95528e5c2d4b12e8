import X86

/// The string comparisons of SSE4.2 (APM volume 4, appendix A).
func vectorStringHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .pcmpestri, .vpcmpestri:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareStrings(instruction, .explicit, .index)
      }
    }
  case .pcmpestrm, .vpcmpestrm:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareStrings(instruction, .explicit, .mask)
      }
    }
  case .pcmpistri, .vpcmpistri:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareStrings(instruction, .implicit, .index)
      }
    }
  case .pcmpistrm, .vpcmpistrm:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.compareStrings(instruction, .implicit, .mask)
      }
    }
  default:
    return nil
  }
}

/// Where a string ends.
private enum StringLength {
  /// EAX and EDX, or RAX and RDX, have the lengths.
  case explicit
  /// At the first element that is zero.
  case implicit
}

/// What a string comparison gives.
private enum StringResult {
  /// ECX: the position of a set bit.
  case index
  /// XMM0: the bits.
  case mask
}

/// The immediate of a string comparison.
private struct StringControl {
  var rawValue: UInt64

  enum Aggregation: UInt64 {
    /// Which elements of the second string are any of the first.
    case equalAny
    /// Which elements of the second string lie in one of the ranges whose bounds are pairs of the first.
    case ranges
    /// Which elements are equal to the one at the same place.
    case equalEach
    /// At which places of the second string the first begins.
    case equalOrdered
  }

  var hasWords: Bool { rawValue & 1 != 0 }
  var isSigned: Bool { rawValue & 2 != 0 }
  var aggregation: Aggregation { Aggregation(rawValue: rawValue >> 2 & 3) ?? .equalAny }
  var isNegated: Bool { rawValue & 1 << 4 != 0 }
  /// Only places within the second string are negated.
  var negatesValidOnly: Bool { rawValue & 1 << 5 != 0 }
  /// The index of the last set bit instead of the first; a mask of elements instead of one of bits.
  var selectsLastOrExpands: Bool { rawValue & 1 << 6 != 0 }

  var count: Int { hasWords ? 8 : 16 }
}

/// The elements of a string, widened, and how many of them count.
private struct ComparedString {
  var elements = InlineArray<16, Int32>(repeating: 0)
  var length = 0

  init(_ lane: Lane, _ control: StringControl) {
    for index in 0..<control.count {
      elements[index] =
        switch (control.hasWords, control.isSigned) {
        case (false, false): Int32(lane.bytes[index])
        case (false, true): Int32(lane.signedBytes[index])
        case (true, false): Int32(lane.words[index & 7])
        case (true, true): Int32(lane.signedWords[index & 7])
        }
    }
  }

  /// Ends the string at its first zero.
  mutating func end(_ control: StringControl) {
    length = control.count
    for index in 0..<control.count where elements[index] == 0 {
      length = index
      return
    }
  }
}

extension Core {
  fileprivate func compareStrings(
    _ instruction: UnsafePointer<Instruction>, _ length: StringLength, _ result: StringResult
  ) throws(Fault) {
    try requireVectors(instruction)
    let operands = instruction.pointee.operands
    let control = StringControl(rawValue: instruction.pointee.immediate)
    var first = ComparedString(xmm(operands.0.number), control)
    var second = ComparedString(
      Lane(at: try vectorSource(operands.1, of: instruction, .arbitrary)), control)
    switch length {
    case .implicit:
      first.end(control)
      second.end(control)
    case .explicit:
      first.length = explicitLength(general(GeneralRegister.rax), instruction, control)
      second.length = explicitLength(general(GeneralRegister.rdx), instruction, control)
    }
    let bits = Self.aggregate(first, second, control)
    switch result {
    case .index:
      let index: Int
      if bits == 0 {
        index = control.count
      } else {
        index = control.selectsLastOrExpands ? 31 - bits.leadingZeroBitCount : bits.trailingZeroBitCount
      }
      setGeneral(GeneralRegister.rcx, UInt64(index))
    case .mask:
      let mask =
        control.selectsLastOrExpands
        ? Lane(spreading: UInt64(bits), elementSize: control.hasWords ? 2 : 1) : Lane(UInt64(bits))
      setXMM(0, mask, instruction)
    }
    var flags: RFLAGS = []
    if bits != 0 { flags.insert(.carry) }
    if second.length < control.count { flags.insert(.zero) }
    if first.length < control.count { flags.insert(.sign) }
    if bits & 1 != 0 { flags.insert(.overflow) }
    state.lazyFlags.statusBits = flags
  }

  /// The magnitude of a length in a register, but at most the number of elements.
  private func explicitLength(
    _ register: UInt64, _ instruction: UnsafePointer<Instruction>, _ control: StringControl
  ) -> Int {
    let magnitude =
      instruction.pointee.operandSize == 8
      ? Int64(bitPattern: register).magnitude
      : UInt64(Int32(truncatingIfNeeded: register).magnitude)
    return Int(min(magnitude, UInt64(control.count)))
  }

  /// One bit for each place of the second string.
  private static func aggregate(
    _ first: ComparedString, _ second: ComparedString, _ control: StringControl
  ) -> UInt32 {
    var bits: UInt32 = 0
    for place in 0..<control.count where holds(at: place, first, second, control) {
      bits |= 1 << UInt32(place)
    }
    guard control.isNegated else { return bits }
    let places = control.negatesValidOnly ? second.length : control.count
    return bits ^ ((1 << UInt32(places)) - 1)
  }

  private static func holds(
    at place: Int, _ first: ComparedString, _ second: ComparedString, _ control: StringControl
  ) -> Bool {
    let isInSecond = place < second.length
    switch control.aggregation {
    case .equalAny:
      guard isInSecond else { return false }
      for index in 0..<first.length where first.elements[index] == second.elements[place] { return true }
      return false
    case .ranges:
      guard isInSecond else { return false }
      // A bound beyond the end makes no range.
      for index in stride(from: 0, to: first.length - 1, by: 2) {
        let element = second.elements[place]
        if first.elements[index] <= element, element <= first.elements[index + 1] { return true }
      }
      return false
    case .equalEach:
      // Beyond the ends of both strings places are equal, beyond the end of one they are not.
      guard isInSecond, place < first.length else { return !isInSecond && place >= first.length }
      return first.elements[place] == second.elements[place]
    case .equalOrdered:
      // What does not fit at the end of the register any more counts as found.
      for index in 0..<min(first.length, control.count - place) {
        guard place + index < second.length, first.elements[index] == second.elements[place + index]
        else { return false }
      }
      return true
    }
  }
}
