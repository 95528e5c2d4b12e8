import X86

/// Offsets in the area of FXSAVE, which is also the first part of XSAVE's (APM volume 2, 11.4.4).
enum LegacyRegion {
  static let controlWord = 0
  static let statusWord = 2
  /// A bit for each physical register that is not empty.
  static let tagByte = 4
  static let opcode = 6
  static let instructionPointer = 8
  /// In the 32-bit format.
  static let instructionSelector = 12
  static let dataPointer = 16
  /// In the 32-bit format.
  static let dataSelector = 20
  static let mxcsr = 24
  static let mxcsrMask = 28
  /// ST(0) to ST(7), 16 bytes each.
  static let stack = 32
  /// XMM0 to XMM15.
  static let xmm = 160

  /// All of it, and how it has to be aligned for FXSAVE.
  static let size = 512
  static let alignment: UInt64 = 16
}

extension Core {
  /// XMM8 to XMM15 exist, and are saved and restored, only in 64-bit mode.
  var vectorRegisterCount: UInt8 { is64Bit ? 16 : 8 }

  // MARK: x87

  /// The parts that the x87 state consists of.
  static let x87Parts = [0..<LegacyRegion.mxcsr, LegacyRegion.stack..<LegacyRegion.xmm]

  /// - Parameter hasWidePointers: the format of FXSAVE64, whose pointers have 64 bits and no selectors.
  func storeX87(to image: inout StateImage, hasWidePointers: Bool) {
    let x87 = state.x87
    image.store(x87.controlWord, at: LegacyRegion.controlWord)
    image.store(x87StatusWord, at: LegacyRegion.statusWord)
    image.store(UInt16(x87.occupied), at: LegacyRegion.tagByte)
    // Only with a pending exception; otherwise the fields are zero (APM volume 2, 11.4.4.3).
    if hasPendingX87Exception {
      image.store(x87.lastOpcode, at: LegacyRegion.opcode)
      image.store(x87.lastInstructionPointer, at: LegacyRegion.instructionPointer)
      image.store(x87.lastDataPointer, at: LegacyRegion.dataPointer)
      if !hasWidePointers {
        image.store(UInt32(x87.lastInstructionSelector), at: LegacyRegion.instructionSelector)
        image.store(UInt32(x87.lastDataSelector), at: LegacyRegion.dataSelector)
      }
    }
    for index in 0..<8 as Range<UInt8> {
      let value = x87Register(index)
      image.store(
        Lane(value.significand, UInt64(value.signAndExponent)), at: LegacyRegion.stack + Int(index) * 16)
    }
  }

  func loadX87(from image: StateImage, hasWidePointers: Bool) {
    x87ControlWord = image.load(UInt16.self, at: LegacyRegion.controlWord)
    x87StatusWord = image.load(UInt16.self, at: LegacyRegion.statusWord)
    state.x87.lastOpcode = image.load(UInt16.self, at: LegacyRegion.opcode) & 0x7FF
    if hasWidePointers {
      state.x87.lastInstructionPointer = image.load(UInt64.self, at: LegacyRegion.instructionPointer)
      state.x87.lastDataPointer = image.load(UInt64.self, at: LegacyRegion.dataPointer)
      state.x87.lastInstructionSelector = 0
      state.x87.lastDataSelector = 0
    } else {
      state.x87.lastInstructionPointer = UInt64(image.load(UInt32.self, at: LegacyRegion.instructionPointer))
      state.x87.lastDataPointer = UInt64(image.load(UInt32.self, at: LegacyRegion.dataPointer))
      state.x87.lastInstructionSelector = image.load(UInt16.self, at: LegacyRegion.instructionSelector)
      state.x87.lastDataSelector = image.load(UInt16.self, at: LegacyRegion.dataSelector)
    }
    for index in 0..<8 as Range<UInt8> {
      let value = image.lane(at: LegacyRegion.stack + Int(index) * 16)
      setX87Register(
        index,
        ExtendedReal(significand: value.low, signAndExponent: UInt16(truncatingIfNeeded: value.high)))
    }
    state.x87.occupied = image.load(UInt8.self, at: LegacyRegion.tagByte)
  }

  /// Whether the x87 state is what FNINIT and clearing the registers make it.
  var isX87Initial: Bool {
    let x87 = state.x87
    guard x87.controlWord == X87Control.initial, x87.statusWord == 0, x87.top == 0, x87.occupied == 0,
      x87.lastOpcode == 0, x87.lastInstructionPointer == 0, x87.lastDataPointer == 0
    else { return false }
    for index in x87.registers.indices where x87.registers[index] != 0 { return false }
    return true
  }

  func resetX87() {
    initialiseX87()
    state.x87.registers = InlineArray(repeating: 0)
  }

  // MARK: SSE

  /// The part that the XMM registers are.
  var xmmPart: Range<Int> { LegacyRegion.xmm..<LegacyRegion.xmm + Int(vectorRegisterCount) * 16 }
  static let mxcsrPart = LegacyRegion.mxcsr..<LegacyRegion.stack

  func storeMXCSR(to image: inout StateImage) {
    image.store(state.mxcsr, at: LegacyRegion.mxcsr)
    image.store(MXCSR.implemented.rawValue, at: LegacyRegion.mxcsrMask)
  }

  /// The MXCSR of an image.
  ///
  /// - Throws: #GP if a bit that does not exist is set.
  func validMXCSR(in image: StateImage) throws(Fault) -> MXCSR {
    let value = MXCSR(rawValue: image.load(UInt32.self, at: LegacyRegion.mxcsr))
    guard value.isSubset(of: .implemented) else { throw .generalProtection }
    return value
  }

  func storeXMM(to image: inout StateImage) {
    for number in 0..<vectorRegisterCount {
      image.store(xmm(number), at: LegacyRegion.xmm + Int(number) * 16)
    }
  }

  func loadXMM(from image: StateImage) {
    for number in 0..<vectorRegisterCount {
      image.lane(at: LegacyRegion.xmm + Int(number) * 16).store(at: vectorRegister(number))
    }
  }

  // MARK: FXSAVE

  /// FXSAVE and FXSAVE64. The last 96 bytes are left to software, and so are the places of XMM registers that
  /// are not saved.
  func saveLegacyRegion(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let address = try legacyRegionAddress(instruction, .write)
    var image = StateImage()
    storeX87(to: &image, hasWidePointers: instruction.pointee.operandSize == 8)
    storeMXCSR(to: &image)
    guard !leavesOutXMM else { return try store(image, 0..<LegacyRegion.xmm, at: address) }
    storeXMM(to: &image)
    try store(image, 0..<xmmPart.upperBound, at: address)
  }

  /// FXRSTOR and FXRSTOR64.
  func restoreLegacyRegion(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let address = try legacyRegionAddress(instruction, .read)
    let image = try loadImage(0..<xmmPart.upperBound, at: address)
    let control = try validMXCSR(in: image)
    mxcsr = control
    loadX87(from: image, hasWidePointers: instruction.pointee.operandSize == 8)
    if !leavesOutXMM { loadXMM(from: image) }
  }

  /// EFER.FFXSR: the operating system saves the XMM registers itself (APM volume 2, 11.4.4.2).
  private var leavesOutXMM: Bool { state.efer.contains(.ffxsr) && is64Bit && state.privilegeLevel == 0 }

  private func legacyRegionAddress(
    _ instruction: UnsafePointer<Instruction>, _ access: MemoryAccess
  ) throws(Fault) -> UInt64 {
    try requireX87(waiting: false)
    let address = try linearAddress(instruction, size: LegacyRegion.size, access)
    guard address & (LegacyRegion.alignment - 1) == 0 else { throw .generalProtection }
    return address
  }
}
