// swift-format-ignore-file: AlwaysUseLowerCamelCase
#if !arch(x86_64)
  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #elseif canImport(Darwin)
    import Darwin
  #endif
  import SoftwareFloatingPoint

  // Transcendental functions, remainders and scaling of the x87 unit on hosts without one: in double precision, and
  // without exceptions.

  // MARK: Adapters

  extension Double {
    fileprivate init(extendedAt address: UnsafeRawPointer) {
      var unit = SoftwareX87(control: X87Control.initial)
      self.init(bitPattern: unit.storeDouble(ExtendedEncoding(at: address)))
    }

    fileprivate func storeExtended(at address: UnsafeMutableRawPointer) {
      var unit = SoftwareX87(control: X87Control.initial)
      unit.load(.double(bitPattern)).store(at: address)
    }
  }

  private func compute(
    _ result: UnsafeMutableRawPointer, _ operand: UnsafeRawPointer, _ function: (Double) -> Double
  ) -> UInt16 {
    function(Double(extendedAt: operand)).storeExtended(at: result)
    return 0
  }

  private func compute(
    _ result: UnsafeMutableRawPointer, _ left: UnsafeRawPointer, _ right: UnsafeRawPointer,
    _ function: (_ top: Double, _ next: Double) -> Double
  ) -> UInt16 {
    function(Double(extendedAt: left), Double(extendedAt: right)).storeExtended(at: result)
    return 0
  }

  /// A result, and another that is pushed, so that TOP is 6 after the operand was loaded.
  private func computePair(
    _ result: UnsafeMutableRawPointer, _ pushed: UnsafeMutableRawPointer, _ operand: UnsafeRawPointer,
    _ function: (Double) -> (Double, pushed: Double)
  ) -> UInt16 {
    let results = function(Double(extendedAt: operand))
    results.0.storeExtended(at: result)
    results.pushed.storeExtended(at: pushed)
    return 6 << X87Status.topShift
  }

  /// A remainder, and the three lowest bits of the quotient in C1, C3 and C0 (APM volume 5, FPREM).
  private func computeRemainder(
    _ result: UnsafeMutableRawPointer, _ left: UnsafeRawPointer, _ right: UnsafeRawPointer,
    _ function: (Double, Double) -> Double
  ) -> UInt16 {
    let (dividend, divisor) = (Double(extendedAt: left), Double(extendedAt: right))
    let rest = function(dividend, divisor)
    rest.storeExtended(at: result)
    let quotient = ((dividend - rest) / divisor).rounded()
    guard quotient.isFinite else { return 0 }
    let magnitude = quotient.magnitude.truncatingRemainder(dividingBy: 8)
    let bits = UInt8(exactly: magnitude) ?? 0
    var conditions: X87Status = []
    if bits & 1 != 0 { conditions.insert(.c1) }
    if bits & 2 != 0 { conditions.insert(.c3) }
    if bits & 4 != 0 { conditions.insert(.c0) }
    return conditions.rawValue
  }

  private func loadConstant(_ value: Double, _ result: UnsafeMutableRawPointer) -> UInt16 {
    value.storeExtended(at: result)
    return 0
  }

  private let logarithmOf2 = 0.693_147_180_559_945_309_417

  // MARK: Functions of ST(0)

  var host_fsin: HostX87UnaryFunction { { compute($1, $2) { sin($0) } } }
  var host_fcos: HostX87UnaryFunction { { compute($1, $2) { cos($0) } } }
  var host_f2xm1: HostX87UnaryFunction { { compute($1, $2) { expm1($0 * logarithmOf2) } } }
  var host_fptan: HostX87PairFunction { { computePair($1, $2, $3) { (tan($0), 1) } } }
  var host_fsincos: HostX87PairFunction { { computePair($1, $2, $3) { (sin($0), cos($0)) } } }
  var host_fxtract: HostX87PairFunction {
    { computePair($1, $2, $3) { (logb($0), $0 == 0 || $0.isInfinite ? $0 : $0 / exp2(logb($0))) } }
  }

  // MARK: Functions of ST(0) and ST(1)

  var host_fscale: HostX87BinaryFunction { { compute($1, $2, $3) { $0 * exp2($1.rounded(.towardZero)) } } }
  var host_fyl2x: HostX87BinaryFunction { { compute($1, $2, $3) { $1 * log2($0) } } }
  var host_fyl2xp1: HostX87BinaryFunction { { compute($1, $2, $3) { $1 * log1p($0) / logarithmOf2 } } }
  var host_fpatan: HostX87BinaryFunction { { compute($1, $2, $3) { atan2($1, $0) } } }
  var host_fprem: HostX87BinaryFunction {
    { computeRemainder($1, $2, $3) { $0.truncatingRemainder(dividingBy: $1) } }
  }
  var host_fprem1: HostX87BinaryFunction { { computeRemainder($1, $2, $3) { $0.remainder(dividingBy: $1) } } }

  // MARK: Constants

  var host_fld1: HostX87ConstantFunction { { loadConstant(1, $1) } }
  var host_fldl2t: HostX87ConstantFunction { { loadConstant(3.32192809488736234787, $1) } }
  var host_fldl2e: HostX87ConstantFunction { { loadConstant(1.44269504088896340736, $1) } }
  var host_fldpi: HostX87ConstantFunction { { loadConstant(Double.pi, $1) } }
  var host_fldlg2: HostX87ConstantFunction { { loadConstant(0.30102999566398119521, $1) } }
  var host_fldln2: HostX87ConstantFunction { { loadConstant(logarithmOf2, $1) } }
  var host_fldz: HostX87ConstantFunction { { loadConstant(0, $1) } }
#endif
