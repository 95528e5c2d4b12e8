import Interfaces

/// The code through which a partition calls (TLFS 3.13 and 15.6.1). An AMD processor is called with VMMCALL.
enum HypercallPage {
  /// Where the calls between trust levels begin, for 64-bit code.
  static let offsets64 = HyperV.CodePageOffsets(call: 0x20, return: 0x30)
  /// Likewise for 32-bit code.
  static let offsets32 = HyperV.CodePageOffsets(call: 0x40, return: 0x50)

  private static let vmmcall: [UInt8] = [0x0F, 0x01, 0xD9]
  private static let ret: [UInt8] = [0xC3]
  private static let endBranch: [UInt8] = [0xF3, 0x0F, 0x1E, 0xFA]
  private static let breakpoint: UInt8 = 0xCC

  /// MOV RAX, RCX; MOV ECX, `code`; VMMCALL; RET. Without the prefix that makes it 64 bits wide, the same for 32-bit
  /// code.
  private static func levelStub(_ code: HyperV.HypercallCode, prefix: [UInt8]) -> [UInt8] {
    prefix + [0x89, 0xC8, 0xB9, UInt8(truncatingIfNeeded: code.rawValue), 0, 0, 0] + vmmcall + ret
  }

  static func write(to page: UnsafeMutableRawPointer) {
    page.initializeMemory(as: UInt8.self, repeating: breakpoint, count: HyperV.pageSize)
    let pieces: [(offset: Int, code: [UInt8])] = [
      (0, endBranch + vmmcall + ret),
      (offsets64.call, levelStub(.callLevel, prefix: [0x48])),
      (offsets64.return, levelStub(.returnLevel, prefix: [0x48])),
      (offsets32.call, levelStub(.callLevel, prefix: [])),
      (offsets32.return, levelStub(.returnLevel, prefix: [])),
    ]
    for piece in pieces {
      piece.code.withUnsafeBytes { source in
        guard let start = source.baseAddress else { return }
        (page + piece.offset).copyMemory(from: start, byteCount: source.count)
      }
    }
  }
}
