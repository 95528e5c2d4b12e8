import Interfaces

/// A model-specific register, named by its index.
public struct ModelSpecificRegister: Sendable {
  /// What ECX holds for RDMSR and WRMSR.
  public let index: UInt32

  /// The register with that index.
  public init(index: UInt32) { self.index = index }

  /// The register's value. Raises #GP if the processor does not have the register.
  public var value: UInt64 { rdmsr(UInt64(index), 0) }

  /// Sets the register. Raises #GP if it does not exist or the value has reserved bits set.
  public func write(_ value: UInt64) { _ = wrmsr(UInt64(index), value) }

  /// The register's value, or the exception that reading it raised.
  public func probe() -> ProbeOutcome {
    Processor.current.probe(rdmsr, UInt64(index))
  }

  /// Sets the register, or tells the exception that doing so raised.
  public func probe(writing value: UInt64) -> ProbeOutcome {
    Processor.current.probe(wrmsr, UInt64(index), value)
  }
}

extension ModelSpecificRegister {
  /// Where the local APIC's registers are, and whether it is on: see `APICBase`.
  public static var apicBase: Self { Self(index: APICBase.modelSpecificRegister) }
  /// PAT: see `PageAttributeTable`.
  public static var pageAttributeTable: Self { Self(index: PageAttributeTable.modelSpecificRegister) }
  /// Long mode and its companions.
  public static let extendedFeatures = Self(index: 0xC000_0080)
  /// STAR: the selectors of SYSCALL and SYSRET.
  public static let star = Self(index: 0xC000_0081)
  /// LSTAR: where SYSCALL goes in 64-bit mode.
  public static let longStar = Self(index: 0xC000_0082)
  /// CSTAR: where SYSCALL goes in compatibility mode.
  public static let compatibilityStar = Self(index: 0xC000_0083)
  /// SFMASK: the flags that SYSCALL clears.
  public static let flagMask = Self(index: 0xC000_0084)
  /// The base of FS.
  public static let fsBase = Self(index: 0xC000_0100)
  /// The base of GS.
  public static let gsBase = Self(index: 0xC000_0101)
  /// What SWAPGS exchanges with the base of GS.
  public static let kernelGSBase = Self(index: 0xC000_0102)
}

/// EFER: AMD64 APM volume 2, section 3.1.7.
public struct ExtendedFeatures: OptionSet, Sendable {
  /// The register's bits.
  public let rawValue: UInt64
  /// A value with the given bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// SCE: SYSCALL and SYSRET.
  public static let systemCall = Self(rawValue: 1 << 0)
  /// LME: long mode when paging goes on.
  public static let longModeEnable = Self(rawValue: 1 << 8)
  /// LMA: long mode is active.
  public static let longModeActive = Self(rawValue: 1 << 10)
  /// NXE: the no-execute bit of page-table entries.
  public static let noExecuteEnable = Self(rawValue: 1 << 11)
  /// SVME: SVM instructions.
  public static let virtualMachineEnable = Self(rawValue: 1 << 12)

  /// The register of the current processor.
  public static var current: Self {
    get { Self(rawValue: ModelSpecificRegister.extendedFeatures.value) }
    set { ModelSpecificRegister.extendedFeatures.write(newValue.rawValue) }
  }
}
