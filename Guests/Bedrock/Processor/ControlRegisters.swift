// Control registers as sets of named bits: AMD64 APM volume 2, section 3.1.

/// CR0: operating mode and floating-point control.
public struct ControlRegister0: OptionSet, Sendable {
  /// The register's bits.
  public let rawValue: UInt64
  /// A value with the given bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// PE: protected mode.
  public static let protectedMode = Self(rawValue: 1 << 0)
  /// MP: WAIT obeys `taskSwitched`.
  public static let monitorCoprocessor = Self(rawValue: 1 << 1)
  /// EM: x87 instructions raise #NM and SSE instructions #UD.
  public static let emulation = Self(rawValue: 1 << 2)
  /// TS: floating-point instructions raise #NM.
  public static let taskSwitched = Self(rawValue: 1 << 3)
  /// ET: reads as one.
  public static let extensionType = Self(rawValue: 1 << 4)
  /// NE: x87 errors raise #MF.
  public static let numericError = Self(rawValue: 1 << 5)
  /// WP: read-only pages are read-only for the supervisor too.
  public static let writeProtect = Self(rawValue: 1 << 16)
  /// AM: RFLAGS.AC makes unaligned user accesses raise #AC.
  public static let alignmentMask = Self(rawValue: 1 << 18)
  /// NW: ignored or reserved, depending on the processor.
  public static let notWriteThrough = Self(rawValue: 1 << 29)
  /// CD: caches off.
  public static let cacheDisable = Self(rawValue: 1 << 30)
  /// PG: paging.
  public static let paging = Self(rawValue: 1 << 31)

  /// The register of the current processor.
  public static var current: Self {
    get { Self(rawValue: readCR0()) }
    set { writeCR0(newValue.rawValue) }
  }
}

/// CR4: extensions.
public struct ControlRegister4: OptionSet, Sendable {
  /// The register's bits.
  public let rawValue: UInt64
  /// A value with the given bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// TSD: RDTSC is privileged.
  public static let timeStampDisable = Self(rawValue: 1 << 2)
  /// DE: debug registers 4 and 5 raise #UD.
  public static let debuggingExtensions = Self(rawValue: 1 << 3)
  /// PSE: 4 MiB pages in 32-bit paging.
  public static let pageSizeExtensions = Self(rawValue: 1 << 4)
  /// PAE: 64-bit page-table entries.
  public static let physicalAddressExtension = Self(rawValue: 1 << 5)
  /// MCE: machine checks raise #MC.
  public static let machineCheck = Self(rawValue: 1 << 6)
  /// PGE: global pages.
  public static let globalPages = Self(rawValue: 1 << 7)
  /// OSFXSR: FXSAVE and SSE instructions.
  public static let fastSaveRestore = Self(rawValue: 1 << 9)
  /// OSXMMEXCPT: unmasked SSE errors raise #XF.
  public static let unmaskedSSEExceptions = Self(rawValue: 1 << 10)
  /// UMIP: SGDT, SIDT, SLDT, SMSW and STR are privileged.
  public static let userModeInstructionPrevention = Self(rawValue: 1 << 11)
  /// FSGSBASE: RDFSBASE and its relatives.
  public static let segmentBaseInstructions = Self(rawValue: 1 << 16)
  /// PCIDE: process-context identifiers.
  public static let processContextIdentifiers = Self(rawValue: 1 << 17)
  /// OSXSAVE: XSAVE and XCR0.
  public static let extendedSave = Self(rawValue: 1 << 18)
  /// SMEP: the supervisor may not execute user pages.
  public static let supervisorExecutionPrevention = Self(rawValue: 1 << 20)
  /// SMAP: the supervisor may not access user pages while RFLAGS.AC is clear.
  public static let supervisorAccessPrevention = Self(rawValue: 1 << 21)

  /// The register of the current processor.
  public static var current: Self {
    get { Self(rawValue: readCR4()) }
    set { writeCR4(newValue.rawValue) }
  }
}
