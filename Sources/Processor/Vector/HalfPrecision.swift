import SoftwareFloatingPoint
import X86

/// F16C: conversions from and to half precision.
func vectorHalfPrecisionHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .vcvtph2ps:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.convertFromHalf(instruction) } }
  case .vcvtps2ph:
    return { interpret($0, $1) { core, instruction throws(Fault) in try core.convertToHalf(instruction) } }
  default:
    return nil
  }
}

extension Core {
  fileprivate func convertFromHalf(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let (destination, source, _, _) = instruction.pointee.operands
    let halves = Lane(at: try vectorSource(source, of: instruction))
    var result = LanePair()
    let environment = ComputingEnvironment(mxcsr: mxcsr.rawValue)
    var exceptions: FloatingPointExceptions = []
    result.lower = Lane(convertHalvesToSingles(halves.low, in: environment, raising: &exceptions))
    if destination.width == 32 {
      result.upper = Lane(convertHalvesToSingles(halves.high, in: environment, raising: &exceptions))
    }
    try raise(MXCSR(exceptions))
    setVector(destination, result)
  }

  /// Rounds as bits 0 and 1 of the immediate say, or as MXCSR says if bit 2 is set; never flushes to zero.
  fileprivate func convertToHalf(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    try requireVectors(instruction)
    let (destination, source, _, _) = instruction.pointee.operands
    let singles = ymm(source)
    var control = mxcsr
    if instruction.pointee.immediate & 4 == 0 {
      control.rounding = UInt32(truncatingIfNeeded: instruction.pointee.immediate)
    }
    var result = Lane()
    let environment = ComputingEnvironment(mxcsr: control.rawValue)
    var raised: FloatingPointExceptions = []
    result.low = convertSinglesToHalves(singles.lower.halves, in: environment, raising: &raised)
    if source.width == 32 {
      result.high = convertSinglesToHalves(singles.upper.halves, in: environment, raising: &raised)
    }
    let exceptions = MXCSR(raised)
    if destination.kind == .memory {
      // A fault of the destination comes before the exceptions of the conversion.
      let size = Int(destination.width)
      let address = try vectorDestination(instruction, size: size)
      try checkWritable(address, size: size, operandPrivilege)
      try raise(exceptions)
      try storeVector(result, size: size, to: instruction)
    } else {
      try raise(exceptions)
      setVector(destination, LanePair(result))
    }
  }
}
