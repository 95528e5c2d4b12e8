import X86

/// Every opcode of every map with prefixes, ModRM bytes and SIB bytes in all combinations that can matter.
///
/// What follows the parts that are enumerated is random, and the same in every run.
struct SystematicEncodings {
  let mode: CodeMode
  private var source = ByteSource(state: 1)
  private var buffer = [UInt8](repeating: 0, count: 48)

  init(_ mode: CodeMode) { self.mode = mode }

  typealias Body = (UnsafeBufferPointer<UInt8>) -> Void

  mutating func forEach(_ body: Body) {
    legacyMaps(body)
    vexMaps(body)
    memoryForms(body)
    prefixSequences(body)
    otherEncodings(body)
  }

  private static let legacyPrefixes: [[UInt8]] = [
    [], [0x66], [0xF2], [0xF3], [0x67], [0xF0], [0x66, 0xF2], [0x66, 0xF3], [0x66, 0x67], [0x64], [0x2E],
    [0xF0, 0x66], [0xF0, 0xF2], [0xF3, 0xF0],
  ]
  private static let escapes: [[UInt8]] = [[], [0x0F], [0x0F, 0x38], [0x0F, 0x3A]]

  private var extensions: [[UInt8]] {
    mode == .bits64 ? [[], [0x40], [0x41], [0x42], [0x44], [0x48], [0x4F]] : [[]]
  }

  /// Calls `body` with the parts in a row, followed by random bytes.
  private mutating func emit(_ count: Int, _ body: Body) {
    buffer.withUnsafeMutableBytes { bytes in
      bytes.storeBytes(of: source.next(), toByteOffset: count, as: UInt64.self)
      bytes.storeBytes(of: source.next(), toByteOffset: count + 8, as: UInt64.self)
    }
    buffer.withUnsafeBufferPointer(body)
  }

  private mutating func put(_ bytes: [UInt8], at position: inout Int) {
    for byte in bytes {
      buffer[position] = byte
      position += 1
    }
  }

  /// All opcodes and ModRM bytes behind what was put before `position`.
  private mutating func opcodes(at position: Int, _ body: Body) {
    for opcode in 0...255 as ClosedRange<UInt8> {
      buffer[position] = opcode
      for modRM in 0...255 as ClosedRange<UInt8> {
        buffer[position + 1] = modRM
        emit(position + 2, body)
      }
    }
  }

  private mutating func legacyMaps(_ body: Body) {
    for prefixes in Self.legacyPrefixes {
      for rex in extensions {
        for escape in Self.escapes {
          var position = 0
          put(prefixes + rex + escape, at: &position)
          opcodes(at: position, body)
        }
      }
    }
  }

  /// VEX in both lengths, with the maps that exist.
  private mutating func vexMaps(_ body: Body) {
    let registers: [UInt8] = [0x78, 0x00, 0x30]
    for low in 0..<8 as Range<UInt8> {
      for register in registers {
        for inverted: UInt8 in mode == .bits64 ? [0x80, 0x00] : [0x80] {
          var position = 0
          put([0xC5, inverted | register | low], at: &position)
          opcodes(at: position, body)
        }
        for map in 1...3 as ClosedRange<UInt8> {
          for inverted: UInt8 in mode == .bits64 ? [0xE0, 0x00] : [0xE0, 0xC0] {
            for wide: UInt8 in [0, 0x80] {
              var position = 0
              put([0xC4, inverted | map, wide | register | low], at: &position)
              opcodes(at: position, body)
            }
          }
        }
      }
    }
  }

  /// Every ModRM and SIB byte with every REX, address size and kind of displacement, for some instructions.
  private mutating func memoryForms(_ body: Body) {
    let instructions: [[UInt8]] = [
      [0x8B], [0x88], [0x8D], [0x0F, 0x10], [0x0F, 0x6F], [0x0F, 0x01], [0xC7], [0x0F, 0xBA], [0xDD],
      [0xC5, 0xF9, 0x6F], [0xC4, 0xE2, 0x79, 0x90], [0xC4, 0xE2, 0xFD, 0x93], [0xC4, 0x02, 0x71, 0x91],
    ]
    let displacements: [UInt64] = [
      0, 0x7F, 0x80, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x0123_4567_89AB_CDEF,
    ]
    for addressPrefix: [UInt8] in [[], [0x67], [0x65], [0x36, 0x67], [0x3E]] {
      for rex: [UInt8] in mode == .bits64 ? [[]] + (0x40...0x4F).map({ [$0] }) : [[]] {
        for instruction in instructions where rex.isEmpty || instruction[0] & 0xFE != 0xC4 {
          var position = 0
          put(addressPrefix + rex + instruction, at: &position)
          for modRM in 0...255 as ClosedRange<UInt8> {
            buffer[position] = modRM
            for sib in 0...255 as ClosedRange<UInt8> {
              buffer[position + 1] = sib
              emit(position + 2, body)
            }
            for displacement in displacements {
              buffer.withUnsafeMutableBytes {
                $0.storeBytes(of: displacement, toByteOffset: position + 1, as: UInt64.self)
              }
              emit(position + 9, body)
            }
          }
        }
      }
    }
  }

  /// Every sequence of up to four prefixes, REX among them, before some instructions.
  private mutating func prefixSequences(_ body: Body) {
    let prefixes: [UInt8] = [
      0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x40, 0x48, 0x4F,
    ]
    let instructions: [[UInt8]] = [
      [0x01, 0x08], [0x87, 0xC8], [0xA5], [0x90], [0x0F, 0x10, 0xC1], [0x0F, 0xB8, 0xC1], [0xE8], [0xB8],
      [0x8F, 0x00],
      [0x0F, 0x38, 0xF0, 0x01], [0x0F, 0x20, 0xC0], [0xC5, 0xF8, 0x28, 0xC1], [0xC4, 0xE2, 0x79, 0x18, 0x00],
      [0x0F, 0xC7, 0x08], [0x0F, 0xAE, 0x38], [0xFF, 0x55], [0xFF, 0x56], [0x9C], [0x0F, 0x3A, 0x0F, 0xC1],
    ]
    func sequences(_ length: Int) -> [[UInt8]] {
      length == 0 ? [[]] : sequences(length - 1).flatMap { shorter in prefixes.map { shorter + [$0] } }
    }
    for sequence in (0...4).flatMap(sequences) {
      for instruction in instructions {
        var position = 0
        put(sequence + instruction, at: &position)
        emit(position, body)
      }
    }
    for length in 5...20 {
      for instruction in instructions {
        var position = 0
        put((0..<length).map { prefixes[$0 % 8] } + instruction, at: &position)
        emit(position, body)
      }
    }
  }

  /// XOP, EVEX, the maps that VEX does not have, and VEX behind prefixes that forbid it.
  private mutating func otherEncodings(_ body: Body) {
    for map in 0..<32 as Range<UInt8> {
      for leading: [UInt8] in [
        [0xC4, 0xE0 | map, 0x78], [0x8F, 0xE0 | map, 0x78], [0x62, 0xF0 | map & 7, 0x7C, 0x48],
      ] {
        var position = 0
        put(leading, at: &position)
        opcodes(at: position, body)
      }
    }
    for prefix: UInt8 in [0x66, 0xF2, 0xF3, 0xF0, 0x48, 0x40, 0x67, 0x65] {
      var position = 0
      put([prefix, 0xC5, 0xF9], at: &position)
      opcodes(at: position, body)
    }
  }
}
