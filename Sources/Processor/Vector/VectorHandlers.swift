import X86

/// The handler of an MMX, SSE or AVX instruction, or of one that manages their state; `nil` for other instructions.
///
/// The handler's record has a pointer to the ``Instruction`` as its immediate.
func vectorHandler(for instruction: Instruction) -> Handler? {
  for family in vectorFamilies {
    if let handler = family(instruction.operation) { return handler }
  }
  return nil
}

private let vectorFamilies: [@Sendable (Operation) -> Handler?] = [
  vectorMoveHandler, vectorLogicHandler, vectorArithmeticHandler, vectorMultiplicationHandler,
  vectorShiftHandler, vectorPackHandler, vectorShuffleHandler, vectorFloatingPointHandler,
  vectorConversionHandler, vectorFloatingPointComparisonHandler, vectorBitFieldHandler, vectorStringHandler,
  vectorStateHandler, vectorPermutationHandler, vectorMaskedMoveHandler, vectorGatherHandler,
  vectorMultiplyAddHandler, vectorHalfPrecisionHandler, vectorCryptographyHandler,
]
