import Processor

extension ProcessorStart {
  /// The processor's part of what a loader decided.
  init(_ state: BootState) {
    let mode: Mode =
      switch state.mode {
      case .real(let codeSegment): .real(codeSegment: codeSegment)
      case .protected(let segments): .protected(FlatSegments(segments))
      case .long(let segments, let root): .long(FlatSegments(segments), pageTableRoot: root)
      }
    let registers = state.registers
    self.init(
      mode: mode, instructionPointer: state.instructionPointer,
      generalRegisters: [
        registers.rax, 0, 0, registers.rbx, registers.rsp, 0, registers.rsi, registers.rdi,
      ])
  }
}

extension ProcessorStart.FlatSegments {
  init(_ segments: BootState.FlatSegments) {
    self.init(
      codeSelector: segments.codeSelector, dataSelector: segments.dataSelector,
      descriptorTableBase: segments.descriptorTableBase, descriptorTableLimit: segments.descriptorTableLimit)
  }
}
