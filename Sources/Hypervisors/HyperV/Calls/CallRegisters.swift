import Interfaces
import Processor

/// The registers of a call, which differ between 64-bit and 32-bit callers (TLFS 3.7 and 3.8).
struct CallRegisters {
  private let processor: VirtualProcessor
  private let is64Bit: Bool

  private enum Register {
    static let (rax, rcx, rdx, rbx, rsi, rdi, r8) = (0, 1, 2, 3, 6, 7, 8)
  }

  init(of processor: VirtualProcessor) {
    self.processor = processor
    is64Bit = processor.isIn64BitMode
  }

  private func pair(_ high: Int, _ low: Int) -> UInt64 {
    processor[general: high] << 32 | processor[general: low] & 0xFFFF_FFFF
  }

  /// A call between trust levels that has no control word: the number is in RCX, the caller's own word in RAX.
  var transition: LevelTransition? {
    let mask: UInt64 = is64Bit ? .max : 0xFFFF_FFFF
    let input = processor[general: Register.rax] & mask
    switch processor[general: Register.rcx] & mask {
    case UInt64(HyperV.HypercallCode.callLevel.rawValue): return .call(input: input)
    case UInt64(HyperV.HypercallCode.returnLevel.rawValue): return .return(input: input)
    default: return nil
    }
  }

  var control: HyperV.HypercallControl {
    HyperV.HypercallControl(
      rawValue: is64Bit ? processor[general: Register.rcx] : pair(Register.rdx, Register.rax))
  }

  /// The physical address of the input.
  var input: UInt64 { is64Bit ? processor[general: Register.rdx] : pair(Register.rbx, Register.rcx) }
  /// The physical address of the output.
  var output: UInt64 { is64Bit ? processor[general: Register.r8] : pair(Register.rdi, Register.rsi) }

  func setResult(_ result: HyperV.HypercallResult) {
    if is64Bit {
      processor[general: Register.rax] = result.rawValue
    } else {
      processor[general: Register.rax] = result.rawValue & 0xFFFF_FFFF
      processor[general: Register.rdx] = result.rawValue >> 32
    }
  }

  // MARK: Fast calls

  private static let vectorCount = 6
  private static let vectorSize = 16

  /// Copies the sixteen bytes of the general registers and those of XMM0 to XMM5.
  func loadFast(into buffer: UnsafeMutableRawBufferPointer) {
    buffer.storeBytes(of: input, toByteOffset: 0, as: UInt64.self)
    buffer.storeBytes(of: output, toByteOffset: 8, as: UInt64.self)
    for number in 0..<Self.vectorCount {
      let value = processor[xmm: number]
      let offset = (number + 1) * Self.vectorSize
      buffer.storeBytes(of: value.low, toByteOffset: offset, as: UInt64.self)
      buffer.storeBytes(of: value.high, toByteOffset: offset + 8, as: UInt64.self)
    }
  }

  /// Stores the output in the registers behind the input's, `offset` bytes from the first; whole registers change.
  func storeFast(_ buffer: UnsafeMutableRawBufferPointer, count: Int, at offset: Int) {
    var done = 0
    while done < count {
      let number = (offset + done) / Self.vectorSize - 1
      guard number >= 0 else { return }
      processor[xmm: number] = (
        buffer.loadUnaligned(fromByteOffset: done, as: UInt64.self),
        buffer.loadUnaligned(fromByteOffset: done + 8, as: UInt64.self)
      )
      done += Self.vectorSize
    }
  }
}
