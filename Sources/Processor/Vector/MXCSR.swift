import SoftwareFloatingPoint
import X86

/// The bits of the SSE control and status register (APM volume 1, 4.2.2).
struct MXCSR: OptionSet {
  let rawValue: UInt32

  /// IE, the first of the six sticky flags.
  static let invalid = MXCSR(rawValue: 1 << 0)
  /// DE.
  static let denormal = MXCSR(rawValue: 1 << 1)
  /// ZE.
  static let zeroDivide = MXCSR(rawValue: 1 << 2)
  /// OE.
  static let overflow = MXCSR(rawValue: 1 << 3)
  /// UE.
  static let underflow = MXCSR(rawValue: 1 << 4)
  /// PE.
  static let precision = MXCSR(rawValue: 1 << 5)
  /// DAZ: denormal operands are zeros.
  static let denormalsAreZeros = MXCSR(rawValue: 1 << 6)
  /// OM.
  static let overflowMask = MXCSR(rawValue: 1 << 10)
  /// UM.
  static let underflowMask = MXCSR(rawValue: 1 << 11)
  /// IM to PM.
  static let allMasks = MXCSR(rawValue: 0x3F << 7)
  /// RC, two bits.
  static let roundingControl = MXCSR(rawValue: 3 << 13)
  /// FZ: results that underflow are zero, if underflow is masked.
  static let flushToZero = MXCSR(rawValue: 1 << 15)
  /// MM: memory operands of instructions that compute need no alignment.
  static let misalignedExceptionMask = MXCSR(rawValue: 1 << 17)

  /// The exceptions that are found before a result is computed.
  static let precomputation: MXCSR = [.invalid, .denormal, .zeroDivide]
  static let exceptions = MXCSR(rawValue: 0x3F)
  /// The bits that exist, as FXSAVE reports them. To set another raises #GP.
  static let implemented = MXCSR(rawValue: 0x2_FFFF)
  /// The value after reset.
  static let initial: MXCSR = allMasks

  /// The exceptions that are masked, at the places of the flags.
  var maskedExceptions: MXCSR { MXCSR(rawValue: rawValue >> 7).intersection(.exceptions) }

  /// RC, 0 to 3.
  var rounding: UInt32 {
    get { rawValue >> 13 & 3 }
    set { self = MXCSR(rawValue: rawValue & ~Self.roundingControl.rawValue | (newValue & 3) << 13) }
  }

  /// What the host computes under: this rounding and treatment of denormals, with every exception masked. The
  /// flags that are set already are in it if it does not matter whether they are raised again.
  @inline(__always)
  var computing: MXCSR {
    if isSuperset(of: .allMasks) { return subtracting(.misalignedExceptionMask) }
    var control = intersection([.denormalsAreZeros, .roundingControl]).union(.allMasks)
    if isSuperset(of: [.flushToZero, .underflowMask]) { control.insert(.flushToZero) }
    return control
  }
}

extension MXCSR {
  /// The flags of exceptions, which have the same places.
  init(_ exceptions: FloatingPointExceptions) { self.init(rawValue: UInt32(exceptions.rawValue)) }
}

extension Core {
  var mxcsr: MXCSR {
    get { MXCSR(rawValue: state.mxcsr) }
    nonmutating set { state.mxcsr = newValue.rawValue }
  }

  /// Takes note of the exceptions that a computation found.
  ///
  /// - Throws: #XF if one of them is not masked, or #UD if the operating system has not said that it handles
  ///   #XF. The destination must not have been written. If an operand was unacceptable, results were never
  ///   computed, so that exceptions of results are not reported.
  @inline(__always)
  func raise(_ exceptions: MXCSR) throws(Fault) {
    if exceptions.isSubset(of: mxcsr.maskedExceptions) {
      mxcsr.formUnion(exceptions)
    } else {
      throw unmasked(exceptions)
    }
  }

  @inline(never)
  private func unmasked(_ exceptions: MXCSR) -> Fault {
    let isPrecomputation = !exceptions.subtracting(mxcsr.maskedExceptions).isDisjoint(with: .precomputation)
    mxcsr.formUnion(isPrecomputation ? exceptions.intersection(.precomputation) : exceptions)
    return state.cr4.contains(.osxmmexcpt) ? Fault(.simdFloatingPoint) : .invalidOpcode
  }
}
