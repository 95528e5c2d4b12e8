import X86

/// The registers of a processor at one moment, for people and for debuggers.
public struct RegisterSnapshot: Sendable {
  /// A segment register with its hidden part.
  public struct Segment: Equatable, Sendable {
    /// `cs`, `tr` and so on.
    public let name: String
    /// What software loaded.
    public let selector: UInt16
    /// The linear address of offset zero.
    public let base: UInt64
    /// The last valid offset, in bytes.
    public let limit: UInt32
    /// Bits 8 to 23 of the upper half of a descriptor, moved down by 8, without the limit between them.
    public let attributes: UInt16
  }

  /// A register that tells where a descriptor table is.
  public struct Table: Equatable, Sendable {
    /// `gdtr` or `idtr`.
    public let name: String
    /// The linear address of the table.
    public let base: UInt64
    /// The offset of its last byte.
    public let limit: UInt16
  }

  /// A register of which people want to see the number.
  public struct Named: Equatable, Sendable {
    /// The name in small letters.
    public let name: String
    /// The contents.
    public let value: UInt64

    /// A register with its contents.
    public init(name: String, value: UInt64) {
      self.name = name
      self.value = value
    }
  }

  /// RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15.
  public let general: [Named]
  /// RIP: an offset in the code segment.
  public let instructionPointer: UInt64
  /// RFLAGS.
  public let flags: RFLAGS
  /// ES, CS, SS, DS, FS, GS, LDTR and TR.
  public let segments: [Segment]
  /// GDTR and IDTR.
  public let tables: [Table]
  /// CR0, CR2, CR3, CR4, XCR0 and EFER.
  public let control: [Named]
  /// DR0 to DR3, DR6 and DR7.
  public let debug: [Named]
  /// The mode that code runs in.
  public let mode: OperatingMode
  /// CPL, 0 to 3.
  public let privilegeLevel: UInt8
}

/// The operating modes (APM volume 1, 1.2).
public enum OperatingMode: String, Sendable {
  case real = "real mode"
  case virtual8086 = "virtual-8086 mode"
  case protected16 = "16-bit protected mode"
  case protected32 = "32-bit protected mode"
  case compatibility16 = "16-bit compatibility mode"
  case compatibility32 = "32-bit compatibility mode"
  case bits64 = "64-bit mode"
}

extension Core {
  var operatingMode: OperatingMode {
    if !isProtected { return .real }
    if isVirtual8086 { return .virtual8086 }
    switch (state.codeMode, isLongModeActive) {
    case (.bits64, _): return .bits64
    case (.bits32, true): return .compatibility32
    case (.bits16, true): return .compatibility16
    case (.bits32, false): return .protected32
    case (.bits16, false): return .protected16
    }
  }
}

extension VirtualProcessor {
  /// The registers as they are between two instructions.
  public var registers: RegisterSnapshot {
    let state = core.state
    var segments = SegmentRegister.allCases.map {
      RegisterSnapshot.Segment("\($0)", state.segments[Int($0.rawValue)])
    }
    segments.append(RegisterSnapshot.Segment("ldtr", state.localDescriptorTable))
    segments.append(RegisterSnapshot.Segment("tr", state.taskRegister))
    typealias Named = RegisterSnapshot.Named
    var debug = (0..<4).map { Named(name: "dr\($0)", value: state.debugAddresses[$0]) }
    debug += [Named(name: "dr6", value: state.dr6.rawValue), Named(name: "dr7", value: state.dr7)]
    return RegisterSnapshot(
      general: (0..<16).map {
        Named(name: X86.GeneralRegister.name(UInt8($0), width: 8), value: core.general($0))
      },
      instructionPointer: state.rip, flags: core.rflags, segments: segments,
      tables: [
        RegisterSnapshot.Table("gdtr", state.globalDescriptorTable),
        RegisterSnapshot.Table("idtr", state.interruptDescriptorTable),
      ],
      control: [
        Named(name: "cr0", value: state.cr0.rawValue), Named(name: "cr2", value: state.cr2),
        Named(name: "cr3", value: state.cr3), Named(name: "cr4", value: state.cr4.rawValue),
        Named(name: "xcr0", value: state.xcr0.rawValue), Named(name: "efer", value: state.efer.rawValue),
      ],
      debug: debug, mode: core.operatingMode, privilegeLevel: state.privilegeLevel)
  }
}

extension RegisterSnapshot.Segment {
  fileprivate init(_ name: String, _ segment: Segment) {
    self.init(
      name: name, selector: segment.selector, base: segment.base, limit: segment.limit,
      attributes: segment.attributes.rawValue)
  }
}

extension RegisterSnapshot.Table {
  fileprivate init(_ name: String, _ table: DescriptorTable) {
    self.init(name: name, base: table.base, limit: table.limit)
  }
}
