/// An SSE instruction with two operands of 128 bits.
public protocol VectorOperation: Sendable {
  /// The result of the instruction. Scalar ones pass the upper part of the first operand through.
  func callAsFunction(
    _ first: SIMD2<UInt64>, _ second: SIMD2<UInt64>, in environment: ComputingEnvironment,
    raising exceptions: inout FloatingPointExceptions
  ) -> SIMD2<UInt64>
}
