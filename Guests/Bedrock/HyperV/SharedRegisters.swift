import Interfaces

@_extern(c, "bedrock_switch_level") private func switchLevel(_ registers: UInt64, _ unused: UInt64) -> UInt64

/// The registers that trust levels share, as one of them has them in memory while another runs or is entered.
public final class SharedRegisters: @unchecked Sendable {
  /// `LevelSwitch.h` has the same numbers.
  private enum Offset {
    static let faultAddress = 128
    static let entry = 136
    static let floatingPoint = 144
    static let size = floatingPoint + 512
  }

  /// Where FXSAVE has XMM0 (APM volume 2, figure 11-9).
  private static let vectors = Offset.floatingPoint + 160
  private static let controlWord = Offset.floatingPoint
  private static let vectorControl = Offset.floatingPoint + 24

  /// A general register by its number: 0 RAX, 1 RCX, 2 RDX, 3 RBX, 5 RBP, 6 RSI, 7 RDI, 8 R8 to 15 R15. RSP is not
  /// shared.
  public struct Number: RawRepresentable, Sendable {
    /// The number, 0 to 15.
    public let rawValue: Int
    /// The register with a number.
    public init(rawValue: Int) { self.rawValue = rawValue & 15 }

    /// RAX.
    public static let rax = Number(rawValue: 0)
    /// RCX.
    public static let rcx = Number(rawValue: 1)
  }

  /// The numbers of the registers that neither a call nor a return of levels is allowed to change.
  public static let preserved = [2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]

  let memory: UnsafeMutableRawPointer

  /// Registers that are zero, and a floating-point unit as Bedrock uses it.
  public init() {
    memory = .allocate(byteCount: Offset.size, alignment: 16)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: Offset.size)
    memory.storeBytes(of: 0x37F, toByteOffset: Self.controlWord, as: UInt16.self)
    memory.storeBytes(of: 0x1F80, toByteOffset: Self.vectorControl, as: UInt32.self)
  }

  deinit { memory.deallocate() }

  /// A general register.
  public subscript(number: Number) -> UInt64 {
    get { memory.load(fromByteOffset: number.rawValue * 8, as: UInt64.self) }
    set { memory.storeBytes(of: newValue, toByteOffset: number.rawValue * 8, as: UInt64.self) }
  }

  /// The lower half of a vector register, 0 to 15.
  public subscript(vector number: Int) -> UInt64 {
    get { memory.load(fromByteOffset: Self.vectors + (number & 15) * 16, as: UInt64.self) }
    set { memory.storeBytes(of: newValue, toByteOffset: Self.vectors + (number & 15) * 16, as: UInt64.self) }
  }

  /// CR2.
  public var faultAddress: UInt64 {
    get { memory.load(fromByteOffset: Offset.faultAddress, as: UInt64.self) }
    set { memory.storeBytes(of: newValue, toByteOffset: Offset.faultAddress, as: UInt64.self) }
  }

  /// Loads the registers, jumps to the code at an address, and stores them when it returns: as a level that another
  /// one has been in the meantime.
  public func enter(_ entry: PhysicalAddress) {
    prepare(entry)
    _ = switchLevel(UInt64(UInt(bitPattern: memory)), 0)
  }

  /// Like `enter`, and tells the exception if the code raised one.
  public func probe(_ entry: PhysicalAddress) -> ProbeOutcome {
    prepare(entry)
    return Processor.current.probe(switchLevel, UInt64(UInt(bitPattern: memory)))
  }

  private func prepare(_ entry: PhysicalAddress) {
    memory.storeBytes(of: entry.rawValue, toByteOffset: Offset.entry, as: UInt64.self)
  }
}
