/// What a function can do besides the header: an entry of its list (PCI 3.0, section 6.7).
public enum PCICapability: UInt8, Sendable {
  /// PCI Bus Power Management 1.2, section 3.2.
  case powerManagement = 0x01
  /// PCI 3.0, section 6.8.1.
  case messageSignalledInterrupts = 0x05
}

extension PCIFunction {
  private enum Register {
    static let command: UInt8 = 0x04
    static let baseAddresses: UInt8 = 0x10
    static let capabilities: UInt8 = 0x34
  }

  private enum Command {
    static let memorySpace: UInt32 = 1 << 1
    static let busMaster: UInt32 = 1 << 2
    static let all: UInt32 = 0xFFFF
  }

  private static let hasCapabilities: UInt32 = 1 << 20
  /// More entries than fit into 256 bytes do not follow: a list that is a ring ends.
  private static let longestList = 48

  /// The offset of a capability in configuration space; nil if the function does not have it.
  public func offset(of capability: PCICapability) -> UInt8? {
    guard PCIConfiguration.read32(address, Register.command) & Self.hasCapabilities != 0 else { return nil }
    var offset = UInt8(truncatingIfNeeded: PCIConfiguration.read32(address, Register.capabilities)) & 0xFC
    for _ in 0..<Self.longestList where offset != 0 {
      let entry = PCIConfiguration.read32(address, offset)
      if UInt8(truncatingIfNeeded: entry) == capability.rawValue { return offset }
      offset = UInt8(truncatingIfNeeded: entry >> 8) & 0xFC
    }
    return nil
  }

  /// Where the memory behind a base address register, 0 to 5, was placed; nil if it decodes ports, or nothing.
  public func memory(_ register: UInt8) -> PhysicalAddress? {
    let offset = Register.baseAddresses + register * 4
    let low = PCIConfiguration.read32(address, offset)
    guard low & 1 == 0, low & ~0xF != 0 || low & 0b110 == 0b100 else { return nil }
    let high = low & 0b110 == 0b100 ? PCIConfiguration.read32(address, offset + 4) : 0
    return PhysicalAddress(UInt64(high) << 32 | UInt64(low & ~0xF))
  }

  /// Lets the function answer at its memory and reach ours, or not.
  public func setActive(_ isActive: Bool) {
    let bits = Command.memorySpace | Command.busMaster
    let command = PCIConfiguration.read32(address, Register.command) & Command.all
    PCIConfiguration.write32(address, Register.command, isActive ? command | bits : command & ~bits)
  }

  /// Lets the function reach our memory, or not; it answers at its own in both cases.
  public func setBusMaster(_ isBusMaster: Bool) {
    let command = PCIConfiguration.read32(address, Register.command) & Command.all
    let others = command & ~Command.busMaster
    PCIConfiguration.write32(address, Register.command, isBusMaster ? others | Command.busMaster : others)
  }
}
