import HostFloatingPoint
import SoftwareFloatingPoint
import X86

/// Conversions between formats of floating-point numbers and integers.
func vectorConversionHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .cvtsi2ss, .vcvtsi2ss:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertFromInteger(instruction, host_cvtsi2ssl, host_cvtsi2ssq)
      }
    }
  case .cvtss2si, .vcvtss2si:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertToInteger(instruction, host_cvtss2sil, host_cvtss2siq)
      }
    }
  case .cvttss2si, .vcvttss2si:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertToInteger(instruction, host_cvttss2sil, host_cvttss2siq)
      }
    }
  case .cvtsi2sd, .vcvtsi2sd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertFromInteger(instruction, host_cvtsi2sdl, host_cvtsi2sdq)
      }
    }
  case .cvtsd2si, .vcvtsd2si:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertToInteger(instruction, host_cvtsd2sil, host_cvtsd2siq)
      }
    }
  case .cvttsd2si, .vcvttsd2si:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertToInteger(instruction, host_cvttsd2sil, host_cvttsd2siq)
      }
    }
  case .cvtss2sd, .vcvtss2sd:
    return { interpretNumbers(host_cvtss2sd, nil, $0, $1) }
  case .cvtsd2ss, .vcvtsd2ss:
    return { interpretNumbers(host_cvtsd2ss, .narrow(.scalarDouble), $0, $1) }
  default:
    return packedConversionHandler(for: operation)
  }
}

private func packedConversionHandler(for operation: Operation) -> Handler? {
  switch operation {
  case .cvtdq2ps, .vcvtdq2ps:
    return { interpretNumbers(host_cvtdq2ps, nil, $0, $1) }
  case .cvtps2dq, .vcvtps2dq:
    return { interpretNumbers(host_cvtps2dq, nil, $0, $1) }
  case .cvttps2dq, .vcvttps2dq:
    return { interpretNumbers(host_cvttps2dq, nil, $0, $1) }
  case .cvtps2pd, .vcvtps2pd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertWidening(instruction, host_cvtps2pd)
      }
    }
  case .cvtdq2pd, .vcvtdq2pd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertWidening(instruction, host_cvtdq2pd)
      }
    }
  case .cvtpd2ps, .vcvtpd2ps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertNarrowing(instruction, host_cvtpd2ps, .narrow(.packedDouble))
      }
    }
  case .cvtpd2dq, .vcvtpd2dq:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertNarrowing(instruction, host_cvtpd2dq, nil)
      }
    }
  case .cvttpd2dq, .vcvttpd2dq:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertNarrowing(instruction, host_cvttpd2dq, nil)
      }
    }
  case .cvtpi2ps:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertFromMMX(instruction, host_cvtdq2ps, keepingUpperHalf: true)
      }
    }
  case .cvtpi2pd:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertFromMMX(instruction, host_cvtdq2pd, keepingUpperHalf: false)
      }
    }
  case .cvtps2pi:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertToMMX(instruction, host_cvtps2dq)
      }
    }
  case .cvttps2pi:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertToMMX(instruction, host_cvttps2dq)
      }
    }
  case .cvtpd2pi:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertToMMX(instruction, host_cvtpd2dq)
      }
    }
  case .cvttpd2pi:
    return {
      interpret($0, $1) { core, instruction throws(Fault) in
        try core.convertToMMX(instruction, host_cvttpd2dq)
      }
    }
  default:
    return nil
  }
}

/// An SSE instruction of the host that converts from a general register.
typealias HostFromIntegerFunction =
  @convention(c) (
    UInt32, UnsafeMutableRawPointer, UnsafeRawPointer, UInt64
  ) -> UInt32

/// An SSE instruction of the host that converts to a general register.
typealias HostToIntegerFunction =
  @convention(c) (UInt32, UnsafeMutablePointer<UInt64>, UnsafeRawPointer) -> UInt32

extension Core {
  /// CVTSI2SS and CVTSI2SD from 32 or 64 bits.
  fileprivate func convertFromInteger(
    _ instruction: UnsafePointer<Instruction>, _ convert32: HostFromIntegerFunction,
    _ convert64: HostFromIntegerFunction
  ) throws(Fault) {
    try requireVectors(instruction)
    let operands = instruction.pointee.operands
    let hasThree = operands.2.kind != .none
    let source = hasThree ? operands.2 : operands.1
    let value =
      source.kind == .register
      ? general(Int(source.number)) : Lane(at: try vectorSource(source, of: instruction)).low
    var result = xmm(hasThree ? operands.1.number : operands.0.number)
    var rest = result
    let convert = source.width == 8 ? convert64 : convert32
    try raise(MXCSR(rawValue: convert(mxcsr.computing.rawValue, &result, &rest, value)))
    setXMM(operands.0.number, result, instruction)
  }

  /// CVTSS2SI, CVTSD2SI and the truncating forms, to 32 or 64 bits.
  fileprivate func convertToInteger(
    _ instruction: UnsafePointer<Instruction>, _ convert32: HostToIntegerFunction,
    _ convert64: HostToIntegerFunction
  ) throws(Fault) {
    try requireVectors(instruction)
    let (destination, source, _, _) = instruction.pointee.operands
    let value = try vectorSource(source, of: instruction)
    let convert = destination.width == 8 ? convert64 : convert32
    var result: UInt64 = 0
    try raise(MXCSR(rawValue: convert(mxcsr.computing.rawValue, &result, value)))
    setGeneral(Int(destination.number), result)
  }

  /// Conversions of two elements of four bytes to two of eight.
  fileprivate func convertWidening(
    _ instruction: UnsafePointer<Instruction>, _ convert: HostVectorFunction
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    var source = Lane(at: operands.second)
    var lower = Lane()
    var upper = Lane()
    var exceptions = convert(mxcsr.computing.rawValue, &lower, &source, &source)
    if operands.kind == .ymm {
      source.low = source.high
      exceptions |= convert(mxcsr.computing.rawValue, &upper, &source, &source)
    }
    try raise(MXCSR(rawValue: exceptions))
    lower.store(at: operands.destination)
    if operands.kind == .ymm { upper.store(at: operands.destination + 16) }
    complete(operands)
  }

  /// Conversions of two elements of eight bytes to two of four, with zeros above them.
  fileprivate func convertNarrowing(
    _ instruction: UnsafePointer<Instruction>, _ function: HostVectorFunction,
    _ software: VectorArithmetic?
  ) throws(Fault) {
    let operands = try packedOperands(instruction)
    let computation = computation(function, software)
    var result = Lane()
    var upper = Lane()
    var exceptions = computation.compute(&result, operands.second, operands.second)
    if instruction.pointee.operands.1.width == 32 {
      exceptions.formUnion(computation.compute(&upper, operands.second + 16, operands.second + 16))
      result.high = upper.low
    }
    try raise(exceptions)
    result.store(at: operands.destination)
    complete(operands)
  }

  /// CVTPI2PS and CVTPI2PD: two integers from an MMX register or memory.
  fileprivate func convertFromMMX(
    _ instruction: UnsafePointer<Instruction>, _ convert: HostVectorFunction, keepingUpperHalf: Bool
  ) throws(Fault) {
    try requireVectors(instruction)
    let (destination, source, _, _) = instruction.pointee.operands
    var value = Lane(Lane(at: try vectorSource(source, of: instruction)).low)
    var result = Lane()
    // Whether or not the conversion raises an exception (observed on Zen 4).
    if source.kind == .mmxRegister { enterMMX() }
    try raise(MXCSR(rawValue: convert(mxcsr.computing.rawValue, &result, &value, &value)))
    if keepingUpperHalf { result.high = xmm(destination.number).high }
    setXMM(destination.number, result, instruction)
  }

  /// CVTPS2PI, CVTPD2PI and the truncating forms: two integers into an MMX register.
  fileprivate func convertToMMX(
    _ instruction: UnsafePointer<Instruction>, _ convert: HostVectorFunction
  ) throws(Fault) {
    try requireVectors(instruction)
    let (destination, source, _, _) = instruction.pointee.operands
    var value = Lane(at: try vectorSource(source, of: instruction))
    switch instruction.pointee.operation {
    case .cvtps2pi, .cvttps2pi: value.high = 0
    default: break
    }
    var result = Lane()
    enterMMX()
    try raise(MXCSR(rawValue: convert(mxcsr.computing.rawValue, &result, &value, &value)))
    setMMX(destination.number, result.low)
  }
}
