import X86

/// A state in which a boot protocol hands the machine to a program: what differs from the state after RESET.
public struct ProcessorStart: Equatable, Sendable {
  /// The mode of the processor, with what it needs.
  public enum Mode: Equatable, Sendable {
    /// Real mode, with the base of CS at 16 times its selector.
    case real(codeSegment: UInt16)
    /// 32-bit protected mode without paging.
    case protected(FlatSegments)
    /// 64-bit mode with 4-level paging from the table at a physical address.
    case long(FlatSegments, pageTableRoot: UInt64)
  }

  /// Segments of 4 GiB at 0. The selectors are those of descriptors in the program's table, which is not read.
  public struct FlatSegments: Equatable, Sendable {
    /// The selector in CS.
    public var codeSelector: UInt16
    /// The selector in DS, ES, SS, FS and GS.
    public var dataSelector: UInt16
    /// The linear address of the GDT.
    public var descriptorTableBase: UInt64
    /// The offset of the GDT's last byte.
    public var descriptorTableLimit: UInt16

    /// Segments of these selectors in this table.
    public init(
      codeSelector: UInt16, dataSelector: UInt16, descriptorTableBase: UInt64, descriptorTableLimit: UInt16
    ) {
      self.codeSelector = codeSelector
      self.dataSelector = dataSelector
      self.descriptorTableBase = descriptorTableBase
      self.descriptorTableLimit = descriptorTableLimit
    }
  }

  /// The general registers in the order of their encodings, RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15;
  /// those that are left out are zero.
  public var generalRegisters: [UInt64]
  /// The mode of the processor.
  public var mode: Mode
  /// RIP, in real mode the offset in the code segment.
  public var instructionPointer: UInt64

  /// A state of these parts.
  public init(mode: Mode, instructionPointer: UInt64, generalRegisters: [UInt64] = []) {
    self.mode = mode
    self.instructionPointer = instructionPointer
    self.generalRegisters = generalRegisters
  }
}

extension VirtualProcessor {
  /// Resets the processor and puts it into a boot state, running.
  public func apply(_ start: ProcessorStart) {
    reset()
    for number in 0..<16 {
      core.setGeneral(number, number < start.generalRegisters.count ? start.generalRegisters[number] : 0)
    }
    // Firmware has executed FNINIT, as programs without one of their own expect.
    core.initialiseX87()
    switch start.mode {
    case .real(let codeSegment):
      core.setCodeSegment(core.realModeSegment(.cs, selector: codeSegment), privilegeLevel: 0)
    case .protected(let segments):
      core.state.cr0 = [.protectionEnable, .extensionType]
      load(segments, codeSize: SegmentAttributes.defaultBigBit)
    case .long(let segments, let pageTableRoot):
      core.state.cr0 = [.protectionEnable, .extensionType, .paging]
      core.state.cr3 = pageTableRoot & PageTableEntry.addressMask
      core.state.cr4 = .pae
      core.state.efer = [.lme, .lma]
      load(segments, codeSize: SegmentAttributes.longBit)
    }
    core.state.rip = start.instructionPointer
    core.state.activity = .running
    core.flushTranslations()
  }

  private func load(_ segments: ProcessorStart.FlatSegments, codeSize: UInt16) {
    core.state.globalDescriptorTable = DescriptorTable(
      base: segments.descriptorTableBase, limit: segments.descriptorTableLimit)
    var data = Segment(selector: segments.dataSelector, attributes: .writableData, limit: 0xFFFF_FFFF)
    data.attributes.rawValue |= SegmentAttributes.flatBits
    for register in [SegmentRegister.es, .ss, .ds, .fs, .gs] { core.setSegment(register, data) }
    var code = Segment(selector: segments.codeSelector, attributes: .readableCode, limit: 0xFFFF_FFFF)
    code.attributes.rawValue |= SegmentAttributes.granularityBit | codeSize
    core.setCodeSegment(code, privilegeLevel: 0)
  }
}
