/// A bare-metal program of a few instructions, entered in 64-bit mode without descriptor tables of its own.
enum TinyKernel: String, CaseIterable {
  /// `cli; hlt; jmp .-1`
  case haltsForGood
  /// `ud2`, for which there is no handler.
  case tripleFaults
  /// Writes 6 to the reset control register.
  case resets
  /// `jmp .`
  case spins
  /// Writes 3 to the debug exit.
  case exitsWithThree

  private var code: [UInt8] {
    switch self {
    case .haltsForGood: [0xFA, 0xF4, 0xEB, 0xFD]
    case .tripleFaults: [0x0F, 0x0B]
    case .resets: [0xB0, 0x06, 0x66, 0xBA, 0xF9, 0x0C, 0xEE, 0xEB, 0xFE]
    case .spins: [0xEB, 0xFE]
    case .exitsWithThree: [0xB0, 0x03, 0xE6, 0xF4, 0xEB, 0xFE]
    }
  }

  /// The program as an ELF file with one segment.
  var file: [UInt8] {
    let address: UInt64 = 0x20_0000
    let headersSize: UInt64 = 64 + 56
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    func put<Number: FixedWidthInteger>(_ number: Number) {
      withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }
    let (executable, machine, version): (UInt16, UInt16, UInt32) = (2, 62, 1)
    put(executable)
    put(machine)
    put(version)
    put(address + headersSize)  // entry
    put(UInt64(64))  // program headers
    put(UInt64(0))  // no section headers
    put(UInt32(0))  // flags
    for size: UInt16 in [64, 56, 1, 0, 0, 0] { put(size) }
    put(UInt32(1))  // PT_LOAD
    put(UInt32(5))  // readable and executable
    put(UInt64(0))  // from the start of the file
    put(address)
    put(address)
    put(headersSize + UInt64(code.count))
    put(headersSize + UInt64(code.count))
    put(UInt64(0x1000))
    return bytes + code
  }
}
