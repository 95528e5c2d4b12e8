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
  /// `in al, 61h; jmp .-2`
  case readsPort

  private var code: [UInt8] {
    switch self {
    case .haltsForGood: [0xFA, 0xF4, 0xEB, 0xFD]
    case .tripleFaults: [0x0F, 0x0B]
    case .resets: [0xB0, 0x06, 0x66, 0xBA, 0xF9, 0x0C, 0xEE, 0xEB, 0xFE]
    case .spins: [0xEB, 0xFE]
    case .readsPort: [0xE4, 0x61, 0xEB, 0xFC]
    case .exitsWithThree: [0xB0, 0x03, 0xE6, 0xF4, 0xEB, 0xFE]
    }
  }

  /// The program as an ELF file.
  var file: [UInt8] { TinyGuest.file(code) }
}
