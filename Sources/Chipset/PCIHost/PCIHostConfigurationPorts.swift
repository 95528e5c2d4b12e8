import Bus

/// Configuration mechanism #1: an address port and a data port (PCI 3.0, 3.2.2.3.2).
struct PCIConfigurationMechanism1 {
  /// CONFIG_ADDRESS: only accesses of 32 bits at exactly this port are the register.
  static let addressPort: UInt16 = 0xCF8
  /// CONFIG_DATA: four ports.
  static let dataPort: UInt16 = 0xCFC

  /// The fields of CONFIG_ADDRESS. Bits 27 to 24 hold the high bits of the register number on AMD's processors
  /// (APM volume 3 leaves them to the BKDG: "IO-space configuration"); elsewhere they are zero.
  private enum Field {
    static let enable: UInt32 = 1 << 31
    static let extendedRegister: UInt32 = 0xF << 24
    static let place: UInt32 = 0xFFFF << 8
    static let register: UInt32 = 0xFC
    static let defined = enable | extendedRegister | place | register
  }

  /// What an access to the ports means.
  enum Access {
    /// The address register itself.
    case address
    /// A register of a function; `place` is bus, device and function in 16 bits.
    case data(place: Int, register: Int)
    /// The data port while no address is enabled.
    case disabled
  }

  private var latch: UInt32 = 0

  /// CONFIG_ADDRESS.
  var address: UInt32 {
    get { latch }
    set { latch = newValue & Field.defined }
  }

  /// What an access to `port` is; `nil` if it is not the mechanism's, such as a byte at 0xCF9.
  func access(_ port: UInt16, width: AccessWidth) -> Access? {
    if port == Self.addressPort, width == .doubleword { return .address }
    let lane = Int(port) - Int(Self.dataPort)
    guard lane >= 0, lane + width.rawValue <= 4 else { return nil }
    guard latch & Field.enable != 0 else { return .disabled }
    let register = (latch & Field.register) | (latch & Field.extendedRegister) >> 16
    return .data(place: Int((latch & Field.place) >> 8), register: Int(register) + lane)
  }
}
