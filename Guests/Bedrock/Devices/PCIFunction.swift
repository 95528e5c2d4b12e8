/// A PCI function that is present.
public struct PCIFunction: Sendable {
  /// Registers of the configuration header (PCI 3.0, section 6.1 and PCI-to-PCI bridge 1.2, section 3.2).
  private enum Header {
    static let identifiers: UInt8 = 0x00
    static let classAndRevision: UInt8 = 0x08
    static let type: UInt8 = 0x0C
    static let busNumbers: UInt8 = 0x18
  }

  private static let bridgeType: UInt8 = 1

  /// Where it sits.
  public let address: PCIFunctionAddress
  /// Who made it.
  public let vendor: UInt16
  /// What its maker calls it.
  public let device: UInt16
  /// Base class, subclass and programming interface, from the highest byte down.
  public let classCode: UInt32
  private let headerType: UInt8

  /// The function at an address, or nil if there is none.
  public init?(at address: PCIFunctionAddress) {
    let identifiers = PCIConfiguration.read32(address, Header.identifiers)
    vendor = UInt16(truncatingIfNeeded: identifiers)
    guard vendor != 0xFFFF else { return nil }
    self.address = address
    device = UInt16(truncatingIfNeeded: identifiers >> 16)
    classCode = PCIConfiguration.read32(address, Header.classAndRevision) >> 8
    headerType = UInt8(truncatingIfNeeded: PCIConfiguration.read32(address, Header.type) >> 16)
  }

  /// Whether the device may have more functions than function 0.
  public var isMultifunction: Bool { headerType & 0x80 != 0 }

  /// The bus behind this function, if it is a bridge that firmware has set up.
  public var secondaryBus: UInt8? {
    guard headerType & 0x7F == Self.bridgeType else { return nil }
    let bus = UInt8(truncatingIfNeeded: PCIConfiguration.read32(address, Header.busNumbers) >> 8)
    return bus > address.bus ? bus : nil
  }

  /// Every function that can be found from bus 0, bridges before what is behind them.
  public static func all() -> [PCIFunction] {
    var functions: [PCIFunction] = []
    var buses: [UInt8] = [0]
    while !buses.isEmpty {
      let bus = buses.removeFirst()
      for device in UInt8(0)..<32 {
        for function in UInt8(0)..<8 {
          let address = PCIFunctionAddress(bus: bus, device: device, function: function)
          guard let found = PCIFunction(at: address) else {
            if function == 0 { break } else { continue }
          }
          functions.append(found)
          if let secondary = found.secondaryBus { buses.append(secondary) }
          if function == 0, !found.isMultifunction { break }
        }
      }
    }
    return functions
  }
}

extension PCIFunction {
  /// What the class code means (PCI Code and ID Assignment 1.16), as far as it is likely to be met.
  public var className: StaticString {
    switch classCode >> 8 {
    case 0x0100: "SCSI controller"
    case 0x0101: "IDE controller"
    case 0x0106: "SATA controller"
    case 0x0108: "NVM controller"
    case 0x0180: "storage controller"
    case 0x0200: "Ethernet controller"
    case 0x0280: "network controller"
    case 0x0300: "VGA controller"
    case 0x0380: "display controller"
    case 0x0403: "audio device"
    case 0x0500: "RAM controller"
    case 0x0600: "host bridge"
    case 0x0601: "ISA bridge"
    case 0x0604: "PCI bridge"
    case 0x0680: "bridge"
    case 0x0780: "communication controller"
    case 0x0880: "system peripheral"
    case 0x0C03: "USB controller"
    case 0x0C05: "SMBus controller"
    case 0x0D00...0x0DFF: "wireless controller"
    case 0xFF00...0xFFFF: "unassigned class"
    default: "device"
    }
  }
}
