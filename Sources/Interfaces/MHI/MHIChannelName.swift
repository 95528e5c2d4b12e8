/// What a pair of channels is for. Drivers find their channels by these names.
public enum MHIChannelName: UInt8, CaseIterable, Sendable {
  case loopback
  /// Firmware images and memory dumps.
  case sahara
  /// Qualcomm's diagnostics.
  case diag
  /// Mobile broadband interface model.
  case mbim
  /// Qualcomm MSM interface.
  case qmi
  /// Messages between processors.
  case ipcr
  /// AT commands.
  case dun
  /// The flash programmer.
  case firehose
  /// IP packets that software handles.
  case ipSoftware0
  /// More AT commands.
  case dun2
  /// IP packets that hardware handles.
  case ipHardware0
  /// Blocks of IP packets that hardware handles.
  case ipHardware0MBIM

  /// The name.
  public var name: StaticString {
    switch self {
    case .loopback: "LOOPBACK"
    case .sahara: "SAHARA"
    case .diag: "DIAG"
    case .mbim: "MBIM"
    case .qmi: "QMI"
    case .ipcr: "IPCR"
    case .dun: "DUN"
    case .firehose: "FIREHOSE"
    case .ipSoftware0: "IP_SW0"
    case .dun2: "DUN2"
    case .ipHardware0: "IP_HW0"
    case .ipHardware0MBIM: "IP_HW0_MBIM"
    }
  }

  /// The number of the channel from the host to the device, which is even; the way back has the next number.
  public var outboundChannel: UInt8 {
    switch self {
    case .loopback: 0
    case .sahara: 2
    case .diag: 4
    case .mbim: 12
    case .qmi: 14
    case .ipcr: 20
    case .dun: 32
    case .firehose: 34
    case .ipSoftware0: 46
    case .dun2: 92
    case .ipHardware0, .ipHardware0MBIM: 100
    }
  }

  /// The number of the channel from the device to the host.
  public var inboundChannel: UInt8 { outboundChannel + 1 }
}
