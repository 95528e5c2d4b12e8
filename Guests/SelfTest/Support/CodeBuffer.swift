import Bedrock

/// Memory for machine code that a test writes byte by byte, reachable by programs of every kind.
final class CodeBuffer {
  private static let size = 8192
  private static let undefined: [UInt8] = [0x0F, 0x0B]
  private static let ret: UInt8 = 0xC3

  let start: UnsafeMutablePointer<UInt8>

  init() {
    start = UnsafeMutableRawPointer.allocate(byteCount: Self.size, alignment: 4096)
      .assumingMemoryBound(to: UInt8.self)
  }

  deinit { start.deallocate() }

  /// Where a program finds the code.
  func address(for program: Program) -> UInt64 {
    UInt64(UInt(bitPattern: start)) + (program.isUser ? UserWindow.base : 0)
  }

  /// Writes code at an offset, with RET behind it.
  func write(_ code: [UInt8], at offset: Int = 0) {
    for (index, byte) in code.enumerated() { start[offset + index] = byte }
    start[offset + code.count] = Self.ret
  }
}

extension TestBench {
  /// Runs machine code, as `run` does with routines. RIP of an exception is relative to `CodeBuffer.address`.
  func execute(
    _ code: [UInt8], as program: Program = .kernel64, _ first: UInt64 = 0, _ second: UInt64 = 0,
    flags: ProgramFlags = []
  ) -> ProbeOutcome {
    codeBuffer.write(code)
    return run(
      at: codeBuffer.address(for: program), as: program, first, second, flags: flags)
  }
}
