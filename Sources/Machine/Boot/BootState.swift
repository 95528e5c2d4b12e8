/// How the first processor starts: everything in it that differs from its state after reset.
///
/// A loader makes one after it has written the guest's memory; the board applies it to a processor that has
/// just been reset. Interrupts are off (RFLAGS holds only its fixed bit) in every mode.
public struct BootState: Equatable, Sendable {
  /// The mode of the processor, with what each mode needs.
  public enum Mode: Equatable, Sendable {
    /// Real mode, with CS's base at 16 times its selector and the other segments as after reset.
    case real(codeSegment: UInt16)
    /// 32-bit protected mode without paging: CR0 is PE and ET, CR4 and EFER are zero.
    case protected(FlatSegments)
    /// 64-bit mode with 4-level paging: CR0 is PE, ET and PG, CR4 is PAE, EFER is LME and LMA.
    case long(FlatSegments, pageTableRoot: UInt64)
  }

  /// Segments with base 0 and a limit of 4 GiB, loaded from descriptors that are in the guest's memory.
  public struct FlatSegments: Equatable, Sendable {
    /// The selector in CS: execute and read, 32-bit or 64-bit code as the mode demands.
    public var codeSelector: UInt16
    /// The selector in DS, ES, SS, FS and GS: read and write, 32-bit.
    public var dataSelector: UInt16
    /// The physical address of the descriptor table, for GDTR.
    public var descriptorTableBase: UInt64
    /// The offset of the table's last byte, for GDTR.
    public var descriptorTableLimit: UInt16
  }

  /// The general-purpose registers that a boot protocol uses; all others are zero.
  public struct Registers: Equatable, Sendable {
    /// RAX.
    public var rax: UInt64 = 0
    /// RBX.
    public var rbx: UInt64 = 0
    /// RSP.
    public var rsp: UInt64 = 0
    /// RSI.
    public var rsi: UInt64 = 0
    /// RDI.
    public var rdi: UInt64 = 0

    /// Registers that are all zero.
    public init() {}
  }

  /// The mode of the processor.
  public var mode: Mode
  /// RIP; in real mode the offset in the code segment.
  public var instructionPointer: UInt64
  /// The general-purpose registers.
  public var registers: Registers

  /// A state of these parts.
  public init(mode: Mode, instructionPointer: UInt64, registers: Registers = Registers()) {
    self.mode = mode
    self.instructionPointer = instructionPointer
    self.registers = registers
  }
}
