import X86

/// The area of XSAVE: the legacy region, a header, and the extended region (APM volume 2, 11.5.4).
enum ExtendedStateArea {
  static let alignment: UInt64 = 64
  /// The components in the area: XSTATE_BV.
  static let stateBits = 512
  /// XCOMP_BV.
  static let compaction = 520
  static let header = 512..<576
  /// The upper halves of YMM0 to YMM15; in the compacted format too, because nothing comes before them.
  static let upperYMM = 576
  /// Set in XCOMP_BV: the area has the compacted format.
  static let isCompacted: UInt64 = 1 << 63
}

/// How XSAVE and its variants differ.
enum ExtendedStateFormat {
  /// XSAVE: everything that was asked for, at fixed places.
  case standard
  /// XSAVEOPT: only what is not in its initial state.
  case optimised
  /// XSAVEC and XSAVES: only what is not in its initial state, without gaps.
  case compacted
}

extension XCR0 {
  /// The components that this processor can save.
  fileprivate static let saved: XCR0 = [.x87, .sse, .avx]
}

extension Core {
  // MARK: XSAVE

  func saveExtendedState(
    _ instruction: UnsafePointer<Instruction>, _ format: ExtendedStateFormat
  ) throws(Fault) {
    let requested = try requestedComponents()
    let address = try extendedStateAddress(instruction, .write)
    var inUse = requested.intersection(componentsInUse)
    var image = StateImage()
    if format == .compacted {
      // Only here MXCSR counts as a part of the SSE state.
      if requested.contains(.sse), mxcsr != .initial { inUse.insert(.sse) }
      image.store(inUse.rawValue, at: ExtendedStateArea.stateBits)
      image.store(requested.rawValue | ExtendedStateArea.isCompacted, at: ExtendedStateArea.compaction)
    } else {
      try load(
        ExtendedStateArea.stateBits..<ExtendedStateArea.compaction, at: address, into: &image)
      let old = XCR0(rawValue: image.load(UInt64.self, at: ExtendedStateArea.stateBits))
      image.store(old.subtracting(requested).union(inUse).rawValue, at: ExtendedStateArea.stateBits)
    }
    let written = format == .standard ? requested : inUse
    let hasWidePointers = instruction.pointee.operandSize == 8
    // All that was asked for must be writable, and the end is tried first (observed on Zen 4).
    let size = extendedStateSize(requested)
    try checkWritable(address &+ UInt64(size - 1), size: 1, operandPrivilege)
    try checkWritable(address, size: size, operandPrivilege)
    if written.contains(.x87) {
      storeX87(to: &image, hasWidePointers: hasWidePointers)
      for part in Self.x87Parts { try store(image, part, at: address) }
    }
    let writesMXCSR =
      format == .compacted ? written.contains(.sse) : !requested.isDisjoint(with: [.sse, .avx])
    if writesMXCSR {
      storeMXCSR(to: &image)
      try store(image, Self.mxcsrPart, at: address)
    }
    if written.contains(.sse) {
      storeXMM(to: &image)
      try store(image, xmmPart, at: address)
    }
    if written.contains(.avx) {
      storeUpperYMM(to: &image)
      try store(image, upperYMMPart, at: address)
    }
    let headerEnd = format == .compacted ? ExtendedStateArea.compaction + 8 : ExtendedStateArea.compaction
    try store(image, ExtendedStateArea.stateBits..<headerEnd, at: address)
  }

  private func extendedStateSize(_ components: XCR0) -> Int {
    components.contains(.avx) ? upperYMMPart.upperBound : ExtendedStateArea.header.upperBound
  }

  // MARK: XRSTOR

  /// XRSTOR, which takes both formats.
  func restoreExtendedState(_ instruction: UnsafePointer<Instruction>) throws(Fault) {
    let requested = try requestedComponents()
    let address = try extendedStateAddress(instruction, .read)
    var image = try loadImage(ExtendedStateArea.header, at: address)
    let present = try validateHeader(image)
    let isCompacted =
      image.load(UInt64.self, at: ExtendedStateArea.compaction) & ExtendedStateArea.isCompacted != 0
    let loaded = requested.intersection(present)
    // As for saves, the end is tried first: of all that was asked for, or of what the compacted format has.
    let size = extendedStateSize(isCompacted ? loaded : requested)
    _ = try readable(address &+ UInt64(size - 1), size: 1, operandPrivilege)
    if loaded.contains(.x87) {
      for part in Self.x87Parts { try load(part, at: address, into: &image) }
    }
    if loaded.contains(.sse) { try load(xmmPart, at: address, into: &image) }
    if loaded.contains(.avx) { try load(upperYMMPart, at: address, into: &image) }
    // In the standard format MXCSR belongs to no component; in the compacted one to SSE.
    if isCompacted ? loaded.contains(.sse) : !requested.isDisjoint(with: [.sse, .avx]) {
      try load(Self.mxcsrPart, at: address, into: &image)
      mxcsr = try validMXCSR(in: image)
    } else if requested.contains(.sse) {
      mxcsr = .initial
    }
    if loaded.contains(.x87) {
      loadX87(from: image, hasWidePointers: instruction.pointee.operandSize == 8)
    } else if requested.contains(.x87) {
      resetX87()
    }
    if requested.contains(.sse) {
      // What was not loaded is zero in the image.
      loadXMM(from: image)
    }
    if requested.contains(.avx) { loadUpperYMM(from: image) }
  }

  /// The components that an area has.
  ///
  /// - Throws: #GP for a header that contradicts itself or XCR0.
  private func validateHeader(_ image: StateImage) throws(Fault) -> XCR0 {
    let present = XCR0(rawValue: image.load(UInt64.self, at: ExtendedStateArea.stateBits))
    let compaction = image.load(UInt64.self, at: ExtendedStateArea.compaction)
    let reserved: Range<Int>
    if compaction & ExtendedStateArea.isCompacted == 0 {
      guard compaction == 0, present.isSubset(of: state.xcr0) else { throw .generalProtection }
      reserved = ExtendedStateArea.compaction + 8..<ExtendedStateArea.compaction + 16
    } else {
      let layout = XCR0(rawValue: compaction & ~ExtendedStateArea.isCompacted)
      guard layout.isSubset(of: state.xcr0), present.isSubset(of: layout) else { throw .generalProtection }
      reserved = ExtendedStateArea.compaction + 8..<ExtendedStateArea.header.upperBound
    }
    for offset in stride(from: reserved.lowerBound, to: reserved.upperBound, by: 8)
    where image.load(UInt64.self, at: offset) != 0 {
      throw .generalProtection
    }
    return present
  }

  // MARK: Components

  /// The enabled components that EDX:EAX asks for.
  ///
  /// - Throws: #UD, #NM.
  private func requestedComponents() throws(Fault) -> XCR0 {
    guard state.cr4.contains(.osxsave) else { throw .invalidOpcode }
    guard !state.cr0.contains(.taskSwitched) else { throw .deviceNotAvailable }
    let low = general(GeneralRegister.rax) & 0xFFFF_FFFF
    return state.xcr0.intersection(XCR0(rawValue: general(GeneralRegister.rdx) << 32 | low))
  }

  /// The components that are not in their initial state: XINUSE.
  private var componentsInUse: XCR0 {
    var components: XCR0 = []
    if !isX87Initial { components.insert(.x87) }
    for number in 0..<vectorRegisterCount {
      if xmm(number) != Lane() { components.insert(.sse) }
      if Lane(at: vectorRegister(number) + 16) != Lane() { components.insert(.avx) }
    }
    return components
  }

  private var upperYMMPart: Range<Int> {
    ExtendedStateArea.upperYMM..<ExtendedStateArea.upperYMM + Int(vectorRegisterCount) * 16
  }

  func storeUpperYMM(to image: inout StateImage) {
    for number in 0..<vectorRegisterCount {
      let upper = Lane(at: vectorRegister(number) + 16)
      image.store(upper, at: ExtendedStateArea.upperYMM + Int(number) * 16)
    }
  }

  func loadUpperYMM(from image: StateImage) {
    for number in 0..<vectorRegisterCount {
      image.lane(at: ExtendedStateArea.upperYMM + Int(number) * 16).store(at: vectorRegister(number) + 16)
    }
  }

  private func extendedStateAddress(
    _ instruction: UnsafePointer<Instruction>, _ access: MemoryAccess
  ) throws(Fault) -> UInt64 {
    let address = try linearAddress(instruction, size: ExtendedStateArea.header.upperBound, access)
    guard address & (ExtendedStateArea.alignment - 1) == 0 else { throw .generalProtection }
    return address
  }

  // MARK: Extended control registers

  /// XGETBV: XCR0, or with ECX = 1 the components in use.
  func readExtendedControl() throws(Fault) {
    guard state.cr4.contains(.osxsave) else { throw .invalidOpcode }
    let value: UInt64
    switch general(GeneralRegister.rcx) & 0xFFFF_FFFF {
    case 0: value = state.xcr0.rawValue
    // The x87 state always counts as in use here (observed on Zen 4).
    case 1 where state.owner.model.has(.xgetbv1):
      value = state.xcr0.intersection(componentsInUse.union(.x87)).rawValue
    default: throw .generalProtection
    }
    setGeneral(GeneralRegister.rax, value & 0xFFFF_FFFF)
    setGeneral(GeneralRegister.rdx, value >> 32)
  }

  /// XSETBV.
  func writeExtendedControl() throws(Fault) {
    guard state.cr4.contains(.osxsave) else { throw .invalidOpcode }
    guard state.privilegeLevel == 0, general(GeneralRegister.rcx) & 0xFFFF_FFFF == 0 else {
      throw .generalProtection
    }
    let low = general(GeneralRegister.rax) & 0xFFFF_FFFF
    let value = XCR0(rawValue: general(GeneralRegister.rdx) << 32 | low)
    guard value.isSubset(of: state.owner.model.extendedState.intersection(.saved)), value.contains(.x87),
      value.contains(.sse) || !value.contains(.avx)
    else { throw .generalProtection }
    state.xcr0 = value
  }
}
