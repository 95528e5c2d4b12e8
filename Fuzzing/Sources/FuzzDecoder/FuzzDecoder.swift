import FuzzSupport
import X86

/// Decodes the input as a run of instructions in each mode.
///
/// An instruction must have a length that is possible, come out the same from exactly its bytes, and be printable.
@c(LLVMFuzzerTestOneInput)
public func decoderMain(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = FuzzInput(start, count: count)
  let bytes = input.rest()
  bytes.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return }
    for mode in CodeMode.allCases {
      var position = 0
      while position < buffer.count {
        position += decode(base + position, count: buffer.count - position, mode: mode)
      }
    }
  }
  return 0
}

/// Decodes one instruction, and returns how many bytes it takes, at least 1.
private func decode(_ bytes: UnsafePointer<UInt8>, count: Int, mode: CodeMode) -> Int {
  var instruction = Instruction()
  guard Decoder.decode(bytes, count: count, mode: mode, into: &instruction) == .complete else { return 1 }
  let length = Int(instruction.length)
  precondition((1...Decoder.maximumLength).contains(length) && length <= count)
  var again = Instruction()
  precondition(Decoder.decode(bytes, count: length, mode: mode, into: &again) == .complete)
  precondition(again == instruction)
  precondition(!instruction.description.isEmpty)
  return length
}
