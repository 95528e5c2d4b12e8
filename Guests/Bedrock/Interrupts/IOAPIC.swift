import _Volatile

/// An I/O APIC: Intel 82093AA, section 3.
public struct IOAPIC: Sendable {
  private enum Window {
    static let select: UInt64 = 0x00
    static let data: UInt64 = 0x10
  }

  private enum Register {
    static let version: UInt32 = 0x01
    static func redirectionLow(_ pin: UInt32) -> UInt32 { 0x10 + 2 * pin }
    static func redirectionHigh(_ pin: UInt32) -> UInt32 { 0x11 + 2 * pin }
  }

  private enum Redirection {
    static let activeLow: UInt32 = 1 << 13
    static let levelTriggered: UInt32 = 1 << 15
    static let masked: UInt32 = 1 << 16
  }

  /// The number of the first pin in the system.
  public let firstInterrupt: UInt32
  private let base: PhysicalAddress

  /// The I/O APIC whose registers are at `base`, or nil if that is outside the identity map.
  public init?(base: PhysicalAddress, firstInterrupt: UInt32) {
    guard base.pointer != nil else { return nil }
    self.base = base
    self.firstInterrupt = firstInterrupt
  }

  /// How many pins there are.
  public var pinCount: UInt32 { (read(Register.version) >> 16 & 0xFF) + 1 }

  /// Sends what arrives at an input to one processor. Does nothing if another I/O APIC has the input.
  public func route(_ input: InterruptInput, to processor: UInt32, vector: UInt8) {
    guard let pin = pin(of: input.number) else { return }
    write(Register.redirectionHigh(pin), processor << 24)
    write(
      Register.redirectionLow(pin),
      UInt32(vector) | (input.isActiveLow ? Redirection.activeLow : 0)
        | (input.isLevelTriggered ? Redirection.levelTriggered : 0))
  }

  /// Holds back what arrives at an input.
  public func mask(_ input: InterruptInput) {
    guard let pin = pin(of: input.number) else { return }
    write(Register.redirectionLow(pin), Redirection.masked)
  }

  private func pin(of number: UInt32) -> UInt32? {
    guard number >= firstInterrupt, number - firstInterrupt < pinCount else { return nil }
    return number - firstInterrupt
  }

  private func read(_ register: UInt32) -> UInt32 {
    window(Window.select).store(register)
    return window(Window.data).load()
  }

  private func write(_ register: UInt32, _ value: UInt32) {
    window(Window.select).store(register)
    window(Window.data).store(value)
  }

  private func window(_ offset: UInt64) -> VolatileMappedRegister<UInt32> {
    VolatileMappedRegister(unsafeBitPattern: UInt((base + offset).rawValue))
  }
}

/// An input of the system's I/O APICs, and how the signal there looks.
public struct InterruptInput: Sendable {
  /// The number of the input: a "global system interrupt" in ACPI's words.
  public let number: UInt32
  /// Whether the signal is active when low.
  public let isActiveLow: Bool
  /// Whether the signal lasts until it has been served.
  public let isLevelTriggered: Bool
}
