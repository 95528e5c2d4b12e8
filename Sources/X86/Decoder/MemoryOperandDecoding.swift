extension Encoding {
  /// Reads what follows a ModRM byte that names memory.
  @inline(__always)
  mutating func readMemory(addressSize: UInt8, vectorIndex: Bool, into memory: inout MemoryOperand) {
    if addressSize == 2 {
      readMemory16(into: &memory)
      return
    }
    let mod = modRM >> 6
    let rm = modRM & 7
    var base = rm
    if rm == 4 {
      let sib = readByte()
      base = sib & 7
      let index = sib >> 3 & 7 | rex << 2 & 8
      // ESP and RSP are never an index; R12, and the vector register 4, are.
      if index != 4 || vectorIndex {
        memory.index = index
        memory.scaleShift = sib >> 6
      }
    }
    if base == 5 && mod == 0 {
      // No base. Without SIB, 64-bit mode counts from the next instruction.
      if is64 && rm == 5 { memory.base = MemoryOperand.instructionPointer }
      memory.displacement = readSigned(Int32.self)
      return
    }
    if base & 6 == 4 && rex & 1 == 0 && segmentOverride == nil {
      memory.segment = .ss
    }
    memory.base = base | rex << 3 & 8
    if mod == 1 {
      memory.displacement = readSigned(Int8.self)
    } else if mod == 2 {
      memory.displacement = readSigned(Int32.self)
    }
  }

  /// The eight forms of 16-bit addresses (APM volume 3, table A-35).
  private mutating func readMemory16(into memory: inout MemoryOperand) {
    let bx: UInt8 = 3
    let bp: UInt8 = 5
    let si: UInt8 = 6
    let di: UInt8 = 7
    let mod = modRM >> 6
    let rm = modRM & 7
    if rm == 6 && mod == 0 {
      memory.displacement = readSigned(Int16.self)
      return
    }
    switch rm {
    case 0: (memory.base, memory.index) = (bx, si)
    case 1: (memory.base, memory.index) = (bx, di)
    case 2: (memory.base, memory.index) = (bp, si)
    case 3: (memory.base, memory.index) = (bp, di)
    case 4: memory.base = si
    case 5: memory.base = di
    case 6: memory.base = bp
    default: memory.base = bx
    }
    if memory.base == bp && segmentOverride == nil {
      memory.segment = .ss
    }
    if mod == 1 {
      memory.displacement = readSigned(Int8.self)
    } else if mod == 2 {
      memory.displacement = readSigned(Int16.self)
    }
  }
}
