/// The registers of the firmware configuration device (QEMU's `docs/specs/fw_cfg`).
enum FirmwareConfigurationRegister: UInt16 {
  /// Selects an item; 16 bits.
  case selector = 0
  /// The next byte of the item.
  case data = 1
}

/// Where the PC has the registers.
enum FirmwareConfigurationPorts {
  static let selector: UInt16 = 0x510
}

/// The numbers of the items.
enum FirmwareConfigurationItem {
  static let signature: UInt16 = 0x00
  static let identifier: UInt16 = 0x01
  static let memorySize: UInt16 = 0x03
  static let processorCount: UInt16 = 0x05
  static let maximumProcessorCount: UInt16 = 0x0F
  static let fileDirectory: UInt16 = 0x19
  static let firstFile: UInt16 = 0x20

  /// What ``signature`` holds.
  static let signatureBytes = Array("QEMU".utf8)
  /// In ``identifier``: there are the two ports and no DMA.
  static let traditionalInterface: UInt32 = 1 << 0
}

/// An entry of the file directory.
enum FirmwareConfigurationFile {
  /// The bytes for a name, with the zero at its end.
  static let nameSize = 56
}
