/// The interrupts that a function makes by writing to the local APIC (PCI 3.0, section 6.8.1).
public struct MessageSignalledInterrupts: Sendable {
  private enum Control {
    static let enable: UInt32 = 1 << 16
    static let enabledShift: UInt32 = 20
    static let enabled: UInt32 = 0b111 << enabledShift
    static let is64Bit: UInt32 = 1 << 23
    static let hasMasks: UInt32 = 1 << 24
  }

  private static let localAPIC: UInt32 = 0xFEE0_0000

  private let function: PCIFunctionAddress
  private let offset: UInt8
  private let control: UInt32

  /// Those of a function; nil if it has none.
  public init?(of function: PCIFunction) {
    guard let offset = function.offset(of: .messageSignalledInterrupts) else { return nil }
    self.function = function.address
    self.offset = offset
    control = PCIConfiguration.read32(function.address, offset)
  }

  /// How many vectors the function can tell apart: a power of 2 up to 32.
  public var vectorCount: Int { 1 << Int(control >> 17 & 0b111) }

  /// Lets the function use vectors of the processor that runs this code.
  ///
  /// - Parameters:
  ///   - count: a power of 2, at most `vectorCount`.
  ///   - firstVector: a multiple of `count`.
  public func enable(_ count: Int, from firstVector: UInt8) {
    let identifier = Processor.current.apicIdentifier
    write(4, Self.localAPIC | identifier << 12)
    if control & Control.is64Bit != 0 {
      write(8, 0)
      write(12, UInt32(firstVector))
    } else {
      write(8, UInt32(firstVector))
    }
    let exponent = UInt32(count.trailingZeroBitCount)
    write(0, control & ~Control.enabled | exponent << Control.enabledShift | Control.enable)
  }

  /// Lets the function send nothing.
  public func disable() { write(0, control & ~Control.enable) }

  /// The vectors that are held back, a bit for each; 0 where the function has no masks.
  public var masks: UInt32 {
    get { maskOffset.map { PCIConfiguration.read32(function, $0) } ?? 0 }
    nonmutating set { if let maskOffset { PCIConfiguration.write32(function, maskOffset, newValue) } }
  }

  private var maskOffset: UInt8? {
    guard control & Control.hasMasks != 0 else { return nil }
    return offset + (control & Control.is64Bit != 0 ? 16 : 12)
  }

  private func write(_ register: UInt8, _ value: UInt32) {
    PCIConfiguration.write32(function, offset + register, value)
  }
}
