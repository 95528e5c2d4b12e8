/// VCVTPH2PS: four numbers of half precision in single precision, which is exact. Denormal ones are neither zeros nor
/// worth an exception (SDM volume 2, VCVTPH2PS).
public func convertHalvesToSingles(
  _ halves: UInt64, in environment: ComputingEnvironment, raising exceptions: inout FloatingPointExceptions
) -> SIMD2<UInt64> {
  var singles = VectorElements(.zero, .packedSingle)
  for index in 0..<4 {
    var computation = Computation(environment, .binary32)
    let number = BinaryFormat.binary16.decode(halves &>> (16 &* UInt64(truncatingIfNeeded: index)) & 0xFFFF)
    singles[index] = BinaryFormat.binary32.encode(computation.convert(number))
    exceptions.formUnion(computation.exceptions)
  }
  return singles.halves
}

/// VCVTPS2PH: four numbers of single precision rounded to half precision. Tiny results are not flushed to zero (SDM
/// volume 2, VCVTPS2PH).
public func convertSinglesToHalves(
  _ singles: SIMD2<UInt64>, in environment: ComputingEnvironment,
  raising exceptions: inout FloatingPointExceptions
) -> UInt64 {
  var environment = environment
  environment.flushesToZero = false
  let singles = VectorElements(singles, .packedSingle)
  var halves: UInt64 = 0
  for index in 0..<4 {
    var computation = Computation(environment, .binary16)
    let number = computation.operand(singles[index], .binary32)
    if number.isDenormal { exceptions.insert(.denormal) }
    let half = BinaryFormat.binary16.encode(computation.convert(number))
    halves |= half &<< (16 &* UInt64(truncatingIfNeeded: index))
    exceptions.formUnion(computation.exceptions)
  }
  return halves
}
