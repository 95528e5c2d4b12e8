import Interfaces
import Testing
import X86

@testable import Hypervisors

@Suite("The code through which a partition calls")
struct HypercallPageTests {
  private static let page: [UInt8] = {
    var bytes = [UInt8](repeating: 0, count: HyperV.pageSize)
    bytes.withUnsafeMutableBytes { if let start = $0.baseAddress { HypercallPage.write(to: start) } }
    return bytes
  }()

  /// The operations from an offset to the return.
  private func operations(from offset: Int, mode: CodeMode) -> [Operation] {
    var operations: [Operation] = []
    var position = offset
    while operations.last != .ret, operations.count < 8 {
      var instruction = Instruction()
      let status = Self.page[position...].withUnsafeBufferPointer { bytes in
        bytes.baseAddress.map { Decoder.decode($0, count: bytes.count, mode: mode, into: &instruction) }
      }
      guard status == .complete else { break }
      operations.append(instruction.operation)
      position += Int(instruction.length)
    }
    return operations
  }

  @Test("A call is VMMCALL", arguments: [CodeMode.bits64, .bits32])
  func callIsVMMCall(mode: CodeMode) {
    #expect(operations(from: 0, mode: mode).suffix(2) == [.vmmcall, .ret])
  }

  @Test("Calls between levels move the caller's word out of the way")
  func levelCallsMoveTheWord() {
    for (offsets, mode) in [(HypercallPage.offsets64, CodeMode.bits64), (HypercallPage.offsets32, .bits32)] {
      for offset in [offsets.call, offsets.return] {
        #expect(operations(from: offset, mode: mode) == [.mov, .mov, .vmmcall, .ret])
      }
    }
  }

  @Test("What is not code is a breakpoint")
  func restIsBreakpoints() {
    #expect(Self.page[0x100...].allSatisfy { $0 == 0xCC })
  }
}
