import X86

extension Core {
  func segment(_ register: SegmentRegister) -> Segment { state.segments[Int(register.rawValue)] }

  /// Writes a segment register other than CS, and the copy of its base that records use.
  func setSegment(_ register: SegmentRegister, _ segment: Segment) {
    state.segments[Int(register.rawValue)] = segment
    if register == .fs { setRegister(RegisterOffset.fsBase, segment.base) }
    if register == .gs { setRegister(RegisterOffset.gsBase, segment.base) }
  }

  /// Sets the base of FS or GS and leaves the rest of the register.
  func setSegmentBase(_ register: SegmentRegister, _ base: UInt64) {
    var segment = segment(register)
    segment.base = base
    setSegment(register, segment)
  }

  /// Writes CS and the privilege level, and what follows from them: the code mode and the rights of accesses.
  func setCodeSegment(_ segment: Segment, privilegeLevel: UInt8) {
    state.segments[Int(SegmentRegister.cs.rawValue)] = segment
    state.privilegeLevel = privilegeLevel
    updateCodeMode()
  }

  /// Derives the code mode from CS and EFER.LMA. Called after either has changed.
  func updateCodeMode() {
    let segment = segment(.cs)
    state.codeMode = codeMode(of: segment.attributes)
    setRegister(RegisterOffset.codeBase, is64Bit ? 0 : segment.base)
    updateContext()
  }

  /// The mode in which code in a segment runs.
  func codeMode(of attributes: SegmentAttributes) -> CodeMode {
    if isLongModeActive, attributes.isLong { return .bits64 }
    return attributes.isDefaultBig ? .bits32 : .bits16
  }

  /// Protected mode, in which a selector names a descriptor.
  var usesDescriptors: Bool { isProtected && !isVirtual8086 }

  // MARK: Real and virtual-8086 mode

  /// A segment register after a load in real or virtual-8086 mode: the limit and the size bits stay as they were.
  func realModeSegment(_ register: SegmentRegister, selector: UInt16) -> Segment {
    if isVirtual8086 { return Self.virtual8086Segment(selector) }
    var segment = segment(register)
    segment.selector = selector
    segment.base = UInt64(selector) << 4
    let kind: SegmentAttributes = register == .cs ? .readableCode : .writableData
    segment.attributes.rawValue = segment.attributes.rawValue & 0xF000 | kind.rawValue
    return segment
  }

  /// What virtual-8086 mode makes of a selector (APM volume 2, 4.8).
  static func virtual8086Segment(_ selector: UInt16) -> Segment {
    Segment(
      selector: selector, attributes: SegmentAttributes(rawValue: 0xF3), limit: 0xFFFF,
      base: UInt64(selector) << 4)
  }

  // MARK: Data segments

  /// Loads a segment register as MOV and POP do.
  ///
  /// - Throws: #GP, #NP or #SS with the selector; #PF.
  func loadSegment(_ register: SegmentRegister, selector: UInt16) throws(Fault) {
    guard usesDescriptors else {
      setSegment(register, realModeSegment(register, selector: selector))
      return
    }
    if register == .ss {
      setSegment(.ss, try stackSegment(selector))
    } else {
      setSegment(register, try dataSegment(selector))
    }
  }

  /// The segment that a selector gives to DS, ES, FS and GS.
  func dataSegment(
    _ selector: UInt16, orRaise vector: ExceptionVector = .generalProtection
  ) throws(Fault) -> Segment {
    // A null selector also clears the base, as CPUID says by NullSelectorClearsBase.
    if Selector.isNull(selector) { return Segment(selector: selector) }
    var reference = try descriptor(selector, orRaise: vector)
    let attributes = reference.attributes
    let fault = Fault.selector(vector, selector)
    guard attributes.isReadable else { throw fault }
    if !attributes.isConforming {
      let privilege = max(state.privilegeLevel, Selector.requestedPrivilege(selector))
      guard attributes.privilegeLevel >= privilege else { throw fault }
    }
    guard attributes.isPresent else { throw .selector(.segmentNotPresent, selector) }
    try markAccessed(&reference)
    return reference.descriptor.segment(selector: selector)
  }

  /// The segment that a selector gives to SS at the current privilege level.
  func stackSegment(_ selector: UInt16) throws(Fault) -> Segment {
    try stackSegment(selector, privilegeLevel: state.privilegeLevel, in: state.codeMode)
  }

  /// The segment that a selector gives to SS.
  ///
  /// - Parameters:
  ///   - privilegeLevel: the level at which the stack will be used.
  ///   - mode: the mode of the code that will use it. Only 64-bit code can have a null stack segment.
  ///   - vector: what a bad selector raises.
  ///   - external: the EXT bit of its error code.
  func stackSegment(
    _ selector: UInt16, privilegeLevel: UInt8, in mode: CodeMode,
    orRaise vector: ExceptionVector = .generalProtection, external: UInt32 = 0
  ) throws(Fault) -> Segment {
    if Selector.isNull(selector) {
      let isAllowed =
        mode == .bits64 && privilegeLevel != 3 && Selector.requestedPrivilege(selector) == privilegeLevel
      guard isAllowed else { throw Fault(vector, errorCode: external) }
      return Self.nullStackSegment(selector)
    }
    var reference = try descriptor(selector, orRaise: vector, external: external)
    let attributes = reference.attributes
    guard Selector.requestedPrivilege(selector) == privilegeLevel, attributes.isWritable,
      attributes.privilegeLevel == privilegeLevel
    else { throw .selector(vector, selector, external: external) }
    guard attributes.isPresent else { throw .selector(.stackFault, selector, external: external) }
    try markAccessed(&reference)
    return reference.descriptor.segment(selector: selector)
  }

  /// SS with a null selector, which 64-bit code may have.
  static func nullStackSegment(_ selector: UInt16) -> Segment { Segment(selector: selector) }

  /// After a change to a lower privilege: data segments that it may not use become null.
  func dropPrivilegedDataSegments() {
    for register in [SegmentRegister.es, .ds, .fs, .gs] {
      let attributes = segment(register).attributes
      let isForbidden = !attributes.isConforming && attributes.privilegeLevel < state.privilegeLevel
      if Selector.isNull(segment(register).selector) || isForbidden {
        // The base stays: user code keeps what WRFSBASE gave it (APM volume 3, IRET).
        var dropped = segment(register)
        dropped.selector = 0
        dropped.attributes = SegmentAttributes()
        setSegment(register, dropped)
      }
    }
  }

  // MARK: Code segments

  /// The code segment of a far jump or call that does not change the privilege level.
  ///
  /// - Throws: #GP or #NP with the selector.
  func codeSegment(_ reference: DescriptorReference) throws(Fault) -> Segment {
    let selector = reference.selector
    let attributes = reference.attributes
    let level = state.privilegeLevel
    let isAllowed =
      attributes.isConforming
      ? attributes.privilegeLevel <= level
      : attributes.privilegeLevel == level && Selector.requestedPrivilege(selector) <= level
    guard attributes.isCode, isAllowed, hasOneSize(attributes) else {
      throw .selector(.generalProtection, selector)
    }
    guard attributes.isPresent else { throw .selector(.segmentNotPresent, selector) }
    return reference.descriptor.segment(selector: Selector.with(selector, privilege: level))
  }

  /// In long mode a code segment cannot have both L and D.
  func hasOneSize(_ attributes: SegmentAttributes) -> Bool {
    !(isLongModeActive && attributes.isLong && attributes.isDefaultBig)
  }

  /// Checks that an offset can be executed in a code segment.
  ///
  /// - Throws: #GP(0) beyond the limit or, in 64-bit code, for an address that is not canonical.
  func checkTarget(_ offset: UInt64, in segment: Segment) throws(Fault) {
    if codeMode(of: segment.attributes) == .bits64 {
      guard Self.isCanonical(offset) else { throw .generalProtection }
    } else {
      guard offset <= UInt64(segment.limit) else { throw .generalProtection }
    }
  }
}
