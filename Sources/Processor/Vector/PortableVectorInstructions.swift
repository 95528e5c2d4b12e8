// swift-format-ignore-file: AlwaysUseLowerCamelCase
#if !arch(x86_64)
  import SoftwareFloatingPoint
  import X86

  // What HostFloatingPoint has on x86-64 hosts, under the same names: here integers compute it, with the same results
  // and exceptions. Only RCPPS, RSQRTPS and their scalar forms differ, which are exact where processors approximate.

  // MARK: Adapters

  private func perform(
    _ operation: some VectorOperation, _ control: UInt32, _ result: UnsafeMutableRawPointer,
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer
  ) -> UInt32 {
    var raised: FloatingPointExceptions = []
    let lane = operation(
      Lane(at: first).halves, Lane(at: second).halves, in: ComputingEnvironment(mxcsr: control),
      raising: &raised)
    Lane(lane).store(at: result)
    return UInt32(raised.rawValue)
  }

  private func compute(
    _ arithmetic: VectorArithmetic, _ control: UInt32, _ result: UnsafeMutableRawPointer,
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer
  ) -> UInt32 { perform(arithmetic, control, result, first, second) }

  private func compute(
    _ function: VectorFunction, _ control: UInt32, _ result: UnsafeMutableRawPointer,
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer
  ) -> UInt32 { perform(function, control, result, first, second) }

  private func convert(
    _ conversion: VectorConversion, _ control: UInt32, _ result: UnsafeMutableRawPointer,
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer
  ) -> UInt32 { perform(conversion, control, result, first, second) }

  private func multiplyAdd(
    _ multiplyAdd: FusedMultiplyAdd, _ control: UInt32, _ result: UnsafeMutableRawPointer,
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer, _ addend: UnsafeRawPointer
  ) -> UInt32 {
    var raised: FloatingPointExceptions = []
    let lane = multiplyAdd(
      Lane(at: first).halves, Lane(at: second).halves, Lane(at: addend).halves,
      in: ComputingEnvironment(mxcsr: control), raising: &raised)
    Lane(lane).store(at: result)
    return UInt32(raised.rawValue)
  }

  private func fromInteger(
    _ shape: VectorShape, _ control: UInt32, _ result: UnsafeMutableRawPointer, _ first: UnsafeRawPointer,
    _ integer: Int64
  ) -> UInt32 {
    var raised: FloatingPointExceptions = []
    var lane = Lane(at: first)
    let bits = convertInteger(
      integer, to: shape, in: ComputingEnvironment(mxcsr: control), raising: &raised)
    switch shape {
    case .packedSingle, .scalarSingle: lane.low = lane.low & ~0xFFFF_FFFF | bits
    case .packedDouble, .scalarDouble: lane.low = bits
    }
    lane.store(at: result)
    return UInt32(raised.rawValue)
  }

  private func toInteger(
    _ shape: VectorShape, width: UInt64, truncating: Bool, _ control: UInt32,
    _ result: UnsafeMutablePointer<UInt64>, _ operand: UnsafeRawPointer
  ) -> UInt32 {
    var raised: FloatingPointExceptions = []
    let environment = ComputingEnvironment(mxcsr: control)
    let integer = convertToInteger(
      number(shape, operand), of: shape, width: width,
      rounding: truncating ? .towardZero : environment.rounding, in: environment, raising: &raised)
    let bits = UInt64(bitPattern: integer)
    result.pointee = width == 64 ? bits : bits & 0xFFFF_FFFF
    return UInt32(raised.rawValue)
  }

  private func compareToFlags(
    _ shape: VectorShape, isQuiet: Bool, _ control: UInt32, _ flags: UnsafeMutablePointer<UInt64>,
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer
  ) -> UInt32 {
    var raised: FloatingPointExceptions = []
    let relation = compareNumbers(
      number(shape, first), number(shape, second), of: shape, isQuiet: isQuiet,
      in: ComputingEnvironment(mxcsr: control), raising: &raised)
    flags.pointee =
      switch relation {
      case .less: RFLAGS.carry.rawValue
      case .equal: RFLAGS.zero.rawValue
      case .greater: 0
      case .unordered: RFLAGS.zero.rawValue | RFLAGS.parity.rawValue | RFLAGS.carry.rawValue
      }
    return UInt32(raised.rawValue)
  }

  private func number(_ shape: VectorShape, _ operand: UnsafeRawPointer) -> UInt64 {
    switch shape {
    case .packedSingle, .scalarSingle: UInt64(operand.loadUnaligned(as: UInt32.self))
    case .packedDouble, .scalarDouble: operand.loadUnaligned(as: UInt64.self)
    }
  }

  // MARK: Arithmetic

  var host_addps: HostVectorFunction { { compute(.add(.packedSingle), $0, $1, $2, $3) } }
  var host_addpd: HostVectorFunction { { compute(.add(.packedDouble), $0, $1, $2, $3) } }
  var host_addss: HostVectorFunction { { compute(.add(.scalarSingle), $0, $1, $2, $3) } }
  var host_addsd: HostVectorFunction { { compute(.add(.scalarDouble), $0, $1, $2, $3) } }
  var host_subps: HostVectorFunction { { compute(.subtract(.packedSingle), $0, $1, $2, $3) } }
  var host_subpd: HostVectorFunction { { compute(.subtract(.packedDouble), $0, $1, $2, $3) } }
  var host_subss: HostVectorFunction { { compute(.subtract(.scalarSingle), $0, $1, $2, $3) } }
  var host_subsd: HostVectorFunction { { compute(.subtract(.scalarDouble), $0, $1, $2, $3) } }
  var host_mulps: HostVectorFunction { { compute(.multiply(.packedSingle), $0, $1, $2, $3) } }
  var host_mulpd: HostVectorFunction { { compute(.multiply(.packedDouble), $0, $1, $2, $3) } }
  var host_mulss: HostVectorFunction { { compute(.multiply(.scalarSingle), $0, $1, $2, $3) } }
  var host_mulsd: HostVectorFunction { { compute(.multiply(.scalarDouble), $0, $1, $2, $3) } }
  var host_divps: HostVectorFunction { { compute(.divide(.packedSingle), $0, $1, $2, $3) } }
  var host_divpd: HostVectorFunction { { compute(.divide(.packedDouble), $0, $1, $2, $3) } }
  var host_divss: HostVectorFunction { { compute(.divide(.scalarSingle), $0, $1, $2, $3) } }
  var host_divsd: HostVectorFunction { { compute(.divide(.scalarDouble), $0, $1, $2, $3) } }
  var host_addsubps: HostVectorFunction { { compute(.subtractAndAdd(.packedSingle), $0, $1, $2, $3) } }
  var host_addsubpd: HostVectorFunction { { compute(.subtractAndAdd(.packedDouble), $0, $1, $2, $3) } }
  var host_haddps: HostVectorFunction { { compute(.addPairs(.packedSingle), $0, $1, $2, $3) } }
  var host_haddpd: HostVectorFunction { { compute(.addPairs(.packedDouble), $0, $1, $2, $3) } }
  var host_hsubps: HostVectorFunction { { compute(.subtractPairs(.packedSingle), $0, $1, $2, $3) } }
  var host_hsubpd: HostVectorFunction { { compute(.subtractPairs(.packedDouble), $0, $1, $2, $3) } }
  var host_minps: HostVectorFunction { { compute(.minimum(.packedSingle), $0, $1, $2, $3) } }
  var host_minpd: HostVectorFunction { { compute(.minimum(.packedDouble), $0, $1, $2, $3) } }
  var host_minss: HostVectorFunction { { compute(.minimum(.scalarSingle), $0, $1, $2, $3) } }
  var host_minsd: HostVectorFunction { { compute(.minimum(.scalarDouble), $0, $1, $2, $3) } }
  var host_maxps: HostVectorFunction { { compute(.maximum(.packedSingle), $0, $1, $2, $3) } }
  var host_maxpd: HostVectorFunction { { compute(.maximum(.packedDouble), $0, $1, $2, $3) } }
  var host_maxss: HostVectorFunction { { compute(.maximum(.scalarSingle), $0, $1, $2, $3) } }
  var host_maxsd: HostVectorFunction { { compute(.maximum(.scalarDouble), $0, $1, $2, $3) } }
  var host_sqrtps: HostVectorFunction { { compute(.squareRoot(.packedSingle), $0, $1, $2, $3) } }
  var host_sqrtpd: HostVectorFunction { { compute(.squareRoot(.packedDouble), $0, $1, $2, $3) } }
  var host_sqrtss: HostVectorFunction { { compute(.squareRoot(.scalarSingle), $0, $1, $2, $3) } }
  var host_sqrtsd: HostVectorFunction { { compute(.squareRoot(.scalarDouble), $0, $1, $2, $3) } }
  var host_roundps: HostVectorFunction { { compute(.roundToIntegral(.packedSingle), $0, $1, $2, $3) } }
  var host_roundpd: HostVectorFunction { { compute(.roundToIntegral(.packedDouble), $0, $1, $2, $3) } }
  var host_roundss: HostVectorFunction { { compute(.roundToIntegral(.scalarSingle), $0, $1, $2, $3) } }
  var host_roundsd: HostVectorFunction { { compute(.roundToIntegral(.scalarDouble), $0, $1, $2, $3) } }
  var host_rcpps: HostVectorFunction { { compute(.reciprocal(.packedSingle), $0, $1, $2, $3) } }
  var host_rcpss: HostVectorFunction { { compute(.reciprocal(.scalarSingle), $0, $1, $2, $3) } }
  var host_rsqrtps: HostVectorFunction { { compute(.reciprocalSquareRoot(.packedSingle), $0, $1, $2, $3) } }
  var host_rsqrtss: HostVectorFunction { { compute(.reciprocalSquareRoot(.scalarSingle), $0, $1, $2, $3) } }

  // MARK: Comparison

  var host_cmpeqps: HostVectorFunction { { compute(.equal(.packedSingle), $0, $1, $2, $3) } }
  var host_cmpeqpd: HostVectorFunction { { compute(.equal(.packedDouble), $0, $1, $2, $3) } }
  var host_cmpeqss: HostVectorFunction { { compute(.equal(.scalarSingle), $0, $1, $2, $3) } }
  var host_cmpeqsd: HostVectorFunction { { compute(.equal(.scalarDouble), $0, $1, $2, $3) } }
  var host_cmpltps: HostVectorFunction { { compute(.less(.packedSingle), $0, $1, $2, $3) } }
  var host_cmpltpd: HostVectorFunction { { compute(.less(.packedDouble), $0, $1, $2, $3) } }
  var host_cmpltss: HostVectorFunction { { compute(.less(.scalarSingle), $0, $1, $2, $3) } }
  var host_cmpltsd: HostVectorFunction { { compute(.less(.scalarDouble), $0, $1, $2, $3) } }
  var host_cmpleps: HostVectorFunction { { compute(.lessOrEqual(.packedSingle), $0, $1, $2, $3) } }
  var host_cmplepd: HostVectorFunction { { compute(.lessOrEqual(.packedDouble), $0, $1, $2, $3) } }
  var host_cmpless: HostVectorFunction { { compute(.lessOrEqual(.scalarSingle), $0, $1, $2, $3) } }
  var host_cmplesd: HostVectorFunction { { compute(.lessOrEqual(.scalarDouble), $0, $1, $2, $3) } }
  var host_cmpunordps: HostVectorFunction { { compute(.unordered(.packedSingle), $0, $1, $2, $3) } }
  var host_cmpunordpd: HostVectorFunction { { compute(.unordered(.packedDouble), $0, $1, $2, $3) } }
  var host_cmpunordss: HostVectorFunction { { compute(.unordered(.scalarSingle), $0, $1, $2, $3) } }
  var host_cmpunordsd: HostVectorFunction { { compute(.unordered(.scalarDouble), $0, $1, $2, $3) } }
  var host_comiss: HostCompareFunction { { compareToFlags(.scalarSingle, isQuiet: false, $0, $1, $2, $3) } }
  var host_comisd: HostCompareFunction { { compareToFlags(.scalarDouble, isQuiet: false, $0, $1, $2, $3) } }
  var host_ucomiss: HostCompareFunction { { compareToFlags(.scalarSingle, isQuiet: true, $0, $1, $2, $3) } }
  var host_ucomisd: HostCompareFunction { { compareToFlags(.scalarDouble, isQuiet: true, $0, $1, $2, $3) } }

  // MARK: Conversion

  var host_cvtsd2ss: HostVectorFunction { { compute(.narrow(.scalarDouble), $0, $1, $2, $3) } }
  var host_cvtpd2ps: HostVectorFunction { { compute(.narrow(.packedDouble), $0, $1, $2, $3) } }
  var host_cvtss2sd: HostVectorFunction { { convert(.singleToDouble, $0, $1, $2, $3) } }
  var host_cvtps2pd: HostVectorFunction { { convert(.singlesToDoubles, $0, $1, $2, $3) } }
  var host_cvtdq2ps: HostVectorFunction { { convert(.integersToSingles, $0, $1, $2, $3) } }
  var host_cvtdq2pd: HostVectorFunction { { convert(.integersToDoubles, $0, $1, $2, $3) } }
  var host_cvtps2dq: HostVectorFunction { { convert(.toIntegers(.packedSingle), $0, $1, $2, $3) } }
  var host_cvttps2dq: HostVectorFunction { { convert(.truncateToIntegers(.packedSingle), $0, $1, $2, $3) } }
  var host_cvtpd2dq: HostVectorFunction { { convert(.toIntegers(.packedDouble), $0, $1, $2, $3) } }
  var host_cvttpd2dq: HostVectorFunction { { convert(.truncateToIntegers(.packedDouble), $0, $1, $2, $3) } }
  var host_cvtsi2ssl: HostFromIntegerFunction {
    { fromInteger(.scalarSingle, $0, $1, $2, Int64(Int32(truncatingIfNeeded: $3))) }
  }
  var host_cvtsi2ssq: HostFromIntegerFunction {
    { fromInteger(.scalarSingle, $0, $1, $2, Int64(bitPattern: $3)) }
  }
  var host_cvtsi2sdl: HostFromIntegerFunction {
    { fromInteger(.scalarDouble, $0, $1, $2, Int64(Int32(truncatingIfNeeded: $3))) }
  }
  var host_cvtsi2sdq: HostFromIntegerFunction {
    { fromInteger(.scalarDouble, $0, $1, $2, Int64(bitPattern: $3)) }
  }
  var host_cvtss2sil: HostToIntegerFunction {
    { toInteger(.scalarSingle, width: 32, truncating: false, $0, $1, $2) }
  }
  var host_cvtss2siq: HostToIntegerFunction {
    { toInteger(.scalarSingle, width: 64, truncating: false, $0, $1, $2) }
  }
  var host_cvtsd2sil: HostToIntegerFunction {
    { toInteger(.scalarDouble, width: 32, truncating: false, $0, $1, $2) }
  }
  var host_cvtsd2siq: HostToIntegerFunction {
    { toInteger(.scalarDouble, width: 64, truncating: false, $0, $1, $2) }
  }
  var host_cvttss2sil: HostToIntegerFunction {
    { toInteger(.scalarSingle, width: 32, truncating: true, $0, $1, $2) }
  }
  var host_cvttss2siq: HostToIntegerFunction {
    { toInteger(.scalarSingle, width: 64, truncating: true, $0, $1, $2) }
  }
  var host_cvttsd2sil: HostToIntegerFunction {
    { toInteger(.scalarDouble, width: 32, truncating: true, $0, $1, $2) }
  }
  var host_cvttsd2siq: HostToIntegerFunction {
    { toInteger(.scalarDouble, width: 64, truncating: true, $0, $1, $2) }
  }

  // MARK: FMA

  var host_vfmaddps: HostMultiplyAddFunction { { multiplyAdd(.add(.packedSingle), $0, $1, $2, $3, $4) } }
  var host_vfmaddpd: HostMultiplyAddFunction { { multiplyAdd(.add(.packedDouble), $0, $1, $2, $3, $4) } }
  var host_vfmaddss: HostMultiplyAddFunction { { multiplyAdd(.add(.scalarSingle), $0, $1, $2, $3, $4) } }
  var host_vfmaddsd: HostMultiplyAddFunction { { multiplyAdd(.add(.scalarDouble), $0, $1, $2, $3, $4) } }
  var host_vfmsubps: HostMultiplyAddFunction { { multiplyAdd(.subtract(.packedSingle), $0, $1, $2, $3, $4) } }
  var host_vfmsubpd: HostMultiplyAddFunction { { multiplyAdd(.subtract(.packedDouble), $0, $1, $2, $3, $4) } }
  var host_vfmsubss: HostMultiplyAddFunction { { multiplyAdd(.subtract(.scalarSingle), $0, $1, $2, $3, $4) } }
  var host_vfmsubsd: HostMultiplyAddFunction { { multiplyAdd(.subtract(.scalarDouble), $0, $1, $2, $3, $4) } }
  var host_vfnmaddps: HostMultiplyAddFunction {
    { multiplyAdd(.negatedAdd(.packedSingle), $0, $1, $2, $3, $4) }
  }
  var host_vfnmaddpd: HostMultiplyAddFunction {
    { multiplyAdd(.negatedAdd(.packedDouble), $0, $1, $2, $3, $4) }
  }
  var host_vfnmaddss: HostMultiplyAddFunction {
    { multiplyAdd(.negatedAdd(.scalarSingle), $0, $1, $2, $3, $4) }
  }
  var host_vfnmaddsd: HostMultiplyAddFunction {
    { multiplyAdd(.negatedAdd(.scalarDouble), $0, $1, $2, $3, $4) }
  }
  var host_vfnmsubps: HostMultiplyAddFunction {
    { multiplyAdd(.negatedSubtract(.packedSingle), $0, $1, $2, $3, $4) }
  }
  var host_vfnmsubpd: HostMultiplyAddFunction {
    { multiplyAdd(.negatedSubtract(.packedDouble), $0, $1, $2, $3, $4) }
  }
  var host_vfnmsubss: HostMultiplyAddFunction {
    { multiplyAdd(.negatedSubtract(.scalarSingle), $0, $1, $2, $3, $4) }
  }
  var host_vfnmsubsd: HostMultiplyAddFunction {
    { multiplyAdd(.negatedSubtract(.scalarDouble), $0, $1, $2, $3, $4) }
  }
  var host_vfmaddsubps: HostMultiplyAddFunction {
    { multiplyAdd(.addSubtract(.packedSingle), $0, $1, $2, $3, $4) }
  }
  var host_vfmaddsubpd: HostMultiplyAddFunction {
    { multiplyAdd(.addSubtract(.packedDouble), $0, $1, $2, $3, $4) }
  }
  var host_vfmsubaddps: HostMultiplyAddFunction {
    { multiplyAdd(.subtractAdd(.packedSingle), $0, $1, $2, $3, $4) }
  }
  var host_vfmsubaddpd: HostMultiplyAddFunction {
    { multiplyAdd(.subtractAdd(.packedDouble), $0, $1, $2, $3, $4) }
  }
#endif
