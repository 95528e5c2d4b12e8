import X86

/// An instruction in memory, as a person reads it.
public struct InspectedInstruction: Equatable, Sendable {
  /// The instruction pointer that leads to it.
  public let instructionPointer: UInt64
  /// The encoding.
  public let bytes: [UInt8]
  /// The instruction in Intel's syntax; `(bad)` if the encoding is undefined or its end is not mapped.
  public let text: String
}

extension VirtualProcessor {
  /// The instructions from `pointer`, an offset in the code segment, on.
  ///
  /// There are fewer than `count` if memory ends. After an undefined encoding it goes on with the next byte.
  public func instructions(from pointer: UInt64, count: Int) -> [InspectedInstruction] {
    var found: [InspectedInstruction] = []
    var next = pointer
    while found.count < count {
      let base = core.register(RegisterOffset.codeBase, as: UInt64.self)
      let bytes = self.bytes(atLinear: next &+ base, count: Decoder.maximumLength)
      guard !bytes.isEmpty else { break }
      let (text, length) = Self.describe(bytes, mode: core.state.codeMode)
      found.append(
        InspectedInstruction(instructionPointer: next, bytes: Array(bytes[..<length]), text: text))
      next &+= UInt64(length)
    }
    return found
  }

  /// The text of an encoding, and how many of its bytes were understood.
  static func describe(_ bytes: [UInt8], mode: CodeMode) -> (text: String, length: Int) {
    var instruction = Instruction()
    let status = bytes.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map {
        Decoder.decode($0, count: buffer.count, mode: mode, into: &instruction)
      }
    }
    guard status == .complete, instruction.operation != .invalid else { return ("(bad)", 1) }
    return (instruction.description, min(Int(instruction.length), bytes.count))
  }
}
