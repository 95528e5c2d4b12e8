import X86

/// The handler of an x87 instruction; `nil` for other instructions.
///
/// The handler's record has a pointer to the ``Instruction`` as its immediate.
func x87Handler(for instruction: Instruction) -> Handler? {
  let operation = instruction.operation
  return x87TransferHandler(for: operation)
    ?? x87ArithmeticHandler(for: operation)
    ?? x87ComparisonHandler(for: operation)
    ?? x87TranscendentalHandler(for: operation)
    ?? x87ControlHandler(for: operation)
}
