/// How decoding ended.
public enum DecodeStatus: UInt8, Sendable {
  /// The instruction is there; its operation is ``Operation/invalid`` if the encoding is undefined.
  case complete
  /// The instruction goes on after the bytes that were given.
  case truncated
  /// The instruction has more than 15 bytes: #GP.
  case tooLong
}

/// Turns bytes into instructions.
///
/// Undefined encodings, LOCK where it is not allowed, and extensions that no supported processor model has are
/// ``Operation/invalid``. What depends on the processor's state or model is left to whoever executes the
/// instruction; ``Instruction/feature`` tells what it needs. So is that VEX does not exist in real and
/// virtual-8086 mode.
public enum Decoder {
  /// The greatest length of an instruction in bytes (APM volume 3, 1.1).
  public static let maximumLength = 15

  /// Decodes the instruction at `bytes`.
  ///
  /// - Parameters:
  ///   - bytes: `count` readable bytes.
  ///   - count: How many bytes may be looked at. From 32 on decoding is fastest.
  ///   - mode: The default sizes.
  ///   - instruction: Receives the instruction; its contents mean nothing unless the result is `.complete`.
  public static func decode(
    _ bytes: UnsafePointer<UInt8>, count: Int, mode: CodeMode, into instruction: inout Instruction
  ) -> DecodeStatus {
    let length: Int
    if count >= lookahead {
      length = decodeUnbounded(bytes, mode: mode, into: &instruction)
    } else {
      length = decodePadded(bytes, count: max(count, 0), mode: mode, into: &instruction)
    }
    // Fifteen bytes that do not end an instruction are too long whatever follows; fewer may continue on a page
    // that is not there.
    if length > maximumLength && count >= maximumLength { return .tooLong }
    if length > count { return .truncated }
    instruction.length = UInt8(truncatingIfNeeded: length)
    return .complete
  }

  /// No instruction, however many prefixes it has, makes the decoder read as much: at most 14 prefixes and an
  /// opcode of 3 bytes, ModRM, SIB, a displacement of 4 and immediates of 8 bytes.
  private static let lookahead = 32

  /// Decodes a copy that zeros follow.
  ///
  /// An instruction that has zeros in it comes out longer than `count`.
  @inline(never)
  private static func decodePadded(
    _ bytes: UnsafePointer<UInt8>, count: Int, mode: CodeMode, into instruction: inout Instruction
  ) -> Int {
    var copy: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    return withUnsafeMutableBytes(of: &copy) { copy in
      copy.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: min(count, copy.count)))
      let padded = copy.assumingMemoryBound(to: UInt8.self)
      guard let base = padded.baseAddress else { return 0 }
      return decodeUnbounded(base, mode: mode, into: &instruction)
    }
  }

  /// Decodes, reading up to ``lookahead`` bytes, and returns the length, which may be too great.
  private static func decodeUnbounded(
    _ bytes: UnsafePointer<UInt8>, mode: CodeMode, into instruction: inout Instruction
  ) -> Int {
    instruction = Instruction()
    var encoding = Encoding(bytes: bytes, mode: mode)
    encoding.readPrefixes()
    guard encoding.position < maximumLength else { return maximumLength + 1 }

    let tables = DecodingTables.shared
    guard let root = encoding.readOpcode() else {
      return encoding.position
    }
    var node = tables.nodes[root]
    while !node.isRecord {
      node = tables.nodes[node.index &+ encoding.choice(at: node)]
    }
    let record = tables.records + node.index
    if record.pointee.flags.contains(.modRM) {
      encoding.modRMIsPartOfInstruction = true
    }
    guard record.pointee.operation != .invalid else {
      return encoding.position + (encoding.modRMIsPartOfInstruction ? 1 : 0)
    }
    return encoding.finish(record, widths: tables.widths, into: &instruction)
  }
}
