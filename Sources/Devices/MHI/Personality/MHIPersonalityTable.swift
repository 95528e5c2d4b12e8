extension MHIPersonality {
  /// Those that there are: what the driver `mhi_pci_generic` of Linux 6.12 expects of each. The first is the usual one.
  public static let all: [MHIPersonality] = [
    MHIPersonality(
      "sierra-em919x", vendor: 0x17CB, device: 0x0306, card: (0x18D7, 0x0200), starts: .missionMode, .none,
      channels: [.sahara, .diag, .mbim, .qmi, .dun, .ipHardware0]),
    MHIPersonality(
      "qcom-sdx24", vendor: 0x17CB, device: 0x0304, card: (0x17CB, 0x0304), starts: .missionMode, .none,
      channels: [.diag, .mbim, .qmi, .ipcr, .firehose, .ipSoftware0, .ipHardware0]),
    MHIPersonality(
      "qcom-sdx65m", vendor: 0x17CB, device: 0x0308, card: (0x17CB, 0x0308), starts: .primaryBootLoader,
      .byDoorbell,
      channels: [.diag, .mbim, .qmi, .ipcr, .firehose, .ipSoftware0, .ipHardware0]),
    MHIPersonality(
      "foxconn-t99w175", vendor: 0x105B, device: 0xE0AB, card: (0x105B, 0xE0AB), starts: .missionMode,
      .byDoorbell,
      channels: [.loopback, .diag, .mbim, .dun, .firehose, .ipHardware0MBIM]),
    MHIPersonality(
      "telit-fn920c04", vendor: 0x17CB, device: 0x011A, card: (0x1C5D, 0x2020), starts: .missionMode,
      .byDoorbell,
      channels: [.sahara, .diag, .qmi, .dun, .firehose, .dun2, .ipHardware0]),
  ]

  /// The one that a machine gets if nobody asks for another.
  public static let `default` = all[0]
}
