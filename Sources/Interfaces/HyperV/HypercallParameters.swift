extension HyperV {
  /// The input of ``HypercallCode/enableProcessorLevel`` and of ``HypercallCode/startProcessor``.
  public enum ProcessorStartInput {
    /// 64 bits.
    public static let partition = 0x00
    /// 32 bits.
    public static let processor = 0x08
    /// 8 bits: a level by its plain number.
    public static let level = 0x0C
    /// Three bytes that must be zero.
    public static let zero = 0x0D
    /// An ``InitialContext``.
    public static let context = 0x10
    /// The size of the input.
    public static let size = context + InitialContext.size
  }

  /// The input of ``HypercallCode/getProcessorIndex``; APIC IDs of 32 bits follow, and indexes of 32 bits come back.
  public enum ProcessorIndexInput {
    /// 64 bits.
    public static let partition = 0x00
    /// 8 bits: a level by its plain number.
    public static let level = 0x08
    /// Seven bytes that must be zero.
    public static let zero = 0x09
    /// The size of the header.
    public static let size = 0x10
  }

  /// The input of ``HypercallCode/getRegisters`` and ``HypercallCode/setRegisters``. Names of 32 bits follow, or
  /// ``RegisterAssignment``; values of 16 bytes come back.
  public enum RegisterInput {
    /// 64 bits.
    public static let partition = 0x00
    /// 32 bits.
    public static let processor = 0x08
    /// 8 bits: an ``InputLevel``.
    public static let level = 0x0C
    /// Three bytes that must be zero.
    public static let zero = 0x0D
    /// The size of the header.
    public static let size = 0x10
    /// The size of a value.
    public static let valueSize = 16
  }

  /// An element of ``HypercallCode/setRegisters``.
  public enum RegisterAssignment {
    /// 32 bits; twelve bytes of zero follow.
    public static let name = 0x00
    /// 16 bytes.
    public static let value = 0x10
    /// The size of an element.
    public static let size = 0x20
  }

  /// The input of ``HypercallCode/enablePartitionLevel``.
  public enum EnablePartitionLevelInput {
    /// 64 bits.
    public static let partition = 0x00
    /// 8 bits: a level by its plain number.
    public static let level = 0x08
    /// 8 bits: see ``EnableLevelFlags``.
    public static let flags = 0x09
    /// Six bytes that must be zero.
    public static let zero = 0x0A
    /// The size of the input.
    public static let size = 0x10
  }

  /// What a level is enabled with.
  public struct EnableLevelFlags: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// The set with these bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Execution is protected separately for CPL 3 (MBEC).
    public static let modeBasedExecution = EnableLevelFlags(rawValue: 1 << 0)
  }

  /// The input of ``HypercallCode/modifyProtection``; page numbers of 64 bits follow.
  public enum ModifyProtectionInput {
    /// 64 bits.
    public static let partition = 0x00
    /// 32 bits: see ``MapFlags``.
    public static let flags = 0x08
    /// 8 bits: an ``InputLevel``.
    public static let level = 0x0C
    /// Three bytes that must be zero.
    public static let zero = 0x0D
    /// The size of the header.
    public static let size = 0x10
  }

  /// What lower levels may do with a page (HV_MAP_GPA_FLAGS).
  public struct MapFlags: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt32
    /// The set with these bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Read it.
    public static let read = MapFlags(rawValue: 1 << 0)
    /// Write it.
    public static let write = MapFlags(rawValue: 1 << 1)
    /// Execute it at CPL 0 to 2.
    public static let kernelExecute = MapFlags(rawValue: 1 << 2)
    /// Execute it at CPL 3.
    public static let userExecute = MapFlags(rawValue: 1 << 3)
    /// Everything.
    public static let all: MapFlags = [.read, .write, .kernelExecute, .userExecute]
  }

  /// The input of ``HypercallCode/sendInterrupt`` and ``HypercallCode/sendInterruptToSet``.
  public enum SendInterruptInput {
    /// 32 bits.
    public static let vector = 0x00
    /// 8 bits: an ``InputLevel``.
    public static let level = 0x04
    /// Three bytes that must be zero.
    public static let zero = 0x05
    /// 64 bits: a bit for each of the first 64 processors. Or where a ``ProcessorSet`` begins.
    public static let processors = 0x08
    /// The size of the input without a set's banks.
    public static let size = 0x10
  }

  /// A sparse set of virtual processors (HV_VP_SET): the format, a mask of the banks that are there, and the banks of 64
  /// bits, which are the variable part of a call's header.
  public enum ProcessorSet {
    /// 64 bits: see ``Format``.
    public static let format = 0x00
    /// 64 bits.
    public static let bankMask = 0x08
    /// The size without banks.
    public static let size = 0x10

    /// What a set says.
    public enum Format: UInt64, Sendable {
      /// The processors whose bit is set in a bank.
      case sparse = 0
      /// All.
      case all = 1
    }
  }

  /// The input of ``HypercallCode/flushAddressSpace``, ``HypercallCode/flushAddressList`` and their variants with sets.
  public enum FlushInput {
    /// 64 bits: CR3 without a PCID.
    public static let space = 0x00
    /// 64 bits: see ``FlushFlags``.
    public static let flags = 0x08
    /// 64 bits: a bit for each of the first 64 processors. Or where a ``ProcessorSet`` begins.
    public static let processors = 0x10
    /// The size of the header without a set's.
    public static let size = 0x18
  }

  /// Which translations are flushed (HV_FLUSH_FLAGS).
  public struct FlushFlags: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt64
    /// The set with these bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// On every processor.
    public static let allProcessors = FlushFlags(rawValue: 1 << 0)
    /// In every address space.
    public static let allSpaces = FlushFlags(rawValue: 1 << 1)
    /// Only those that are not global.
    public static let nonGlobalOnly = FlushFlags(rawValue: 1 << 2)
    /// The list has ranges in another format.
    public static let extendedRanges = FlushFlags(rawValue: 1 << 3)
    /// All that are defined.
    public static let defined: FlushFlags = [.allProcessors, .allSpaces, .nonGlobalOnly, .extendedRanges]
  }
}
