import Bedrock
import Interfaces

/// A modem that the tests know, by its identifiers.
enum ModemModel {
  case sierraEM919x, qualcommSDX24, qualcommSDX65, foxconnT99W175, telitFN920C04, unknown

  init(_ function: PCIFunction) {
    self =
      switch (function.vendor, function.device) {
      case (0x17CB, 0x0306): .sierraEM919x
      case (0x17CB, 0x0304): .qualcommSDX24
      case (0x17CB, 0x0308): .qualcommSDX65
      case (0x105B, 0xE0AB): .foxconnT99W175
      case (0x17CB, 0x011A): .telitFN920C04
      default: .unknown
      }
  }

  var name: StaticString {
    switch self {
    case .sierraEM919x: "Sierra EM919x"
    case .qualcommSDX24: "Qualcomm SDX24"
    case .qualcommSDX65: "Qualcomm SDX65"
    case .foxconnT99W175: "Foxconn T99W175"
    case .telitFN920C04: "Telit FN920C04"
    case .unknown: "unknown"
    }
  }

  /// It starts in its first boot loader and wants firmware.
  var hasLoader: Bool { self == .qualcommSDX65 }
  /// It sends back what it gets on a channel.
  var hasLoopback: Bool { self == .foxconnT99W175 }
  /// It understands AT commands.
  var hasCommands: Bool { self == .sierraEM919x || self == .foxconnT99W175 || self == .telitFN920C04 }
  /// The channel for IP packets one by one.
  var hasPackets: Bool { self != .foxconnT99W175 }
  /// A channel that every test may use: it is there, and silent about what it gets.
  var plainChannel: MHIChannelName { .diag }
}
