/// What a virtio device is (VIRTIO 1.2, section 5): the raw value is the device type.
public enum VirtioDeviceType: UInt16, Sendable {
  /// A disk.
  case block = 2
  /// A terminal.
  case console = 3
  /// A source of random bytes.
  case entropy = 4
}

/// Feature bits. Those below 24 mean something else for each type of device; the rest are common (section 6).
public struct VirtioFeatures: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt64
  /// The set with these bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Descriptors may refer to tables of descriptors.
  public static let indirectDescriptors = VirtioFeatures(rawValue: 1 << 28)
  /// Both sides say at which index they want to be told.
  public static let eventIndex = VirtioFeatures(rawValue: 1 << 29)
  /// The device keeps to version 1 or later.
  public static let version1 = VirtioFeatures(rawValue: 1 << 32)
}

/// The device status field (section 2.1).
struct VirtioStatus: OptionSet {
  let rawValue: UInt8

  static let acknowledge = VirtioStatus(rawValue: 1 << 0)
  static let driver = VirtioStatus(rawValue: 1 << 1)
  static let driverOK = VirtioStatus(rawValue: 1 << 2)
  static let featuresOK = VirtioStatus(rawValue: 1 << 3)
  static let needsReset = VirtioStatus(rawValue: 1 << 6)
  static let failed = VirtioStatus(rawValue: 1 << 7)
}

/// The ISR status register (section 4.1.4.5).
struct VirtioInterruptStatus: OptionSet {
  let rawValue: UInt8

  static let queue = VirtioInterruptStatus(rawValue: 1 << 0)
  static let configuration = VirtioInterruptStatus(rawValue: 1 << 1)
}

/// Offsets in the common configuration structure (section 4.1.4.3).
enum VirtioCommonRegister {
  static let deviceFeatureSelect: UInt64 = 0x00
  static let deviceFeature: UInt64 = 0x04
  static let driverFeatureSelect: UInt64 = 0x08
  static let driverFeature: UInt64 = 0x0C
  static let configurationVector: UInt64 = 0x10
  static let queueCount: UInt64 = 0x12
  static let deviceStatus: UInt64 = 0x14
  static let configurationGeneration: UInt64 = 0x15
  static let queueSelect: UInt64 = 0x16
  static let queueSize: UInt64 = 0x18
  static let queueVector: UInt64 = 0x1A
  static let queueEnable: UInt64 = 0x1C
  static let queueNotifyOffset: UInt64 = 0x1E
  static let queueDescriptors: UInt64 = 0x20
  static let queueDriver: UInt64 = 0x28
  static let queueDevice: UInt64 = 0x30
  static let end: UInt64 = 0x38
}

/// The vector number that stands for no vector (section 4.1.5.1.2).
enum VirtioVector {
  static let none: UInt16 = 0xFFFF
}

/// What a structure in the function's memory is: `cfg_type` of its capability (section 4.1.4).
enum VirtioStructureType: UInt8 {
  case common = 1
  case notify = 2
  case interruptStatus = 3
  case device = 4
  case configurationAccess = 5
}

/// Descriptor flags (section 2.7.5).
struct VirtqueueDescriptorFlags: OptionSet {
  let rawValue: UInt16

  static let next = VirtqueueDescriptorFlags(rawValue: 1 << 0)
  static let write = VirtqueueDescriptorFlags(rawValue: 1 << 1)
  static let indirect = VirtqueueDescriptorFlags(rawValue: 1 << 2)
}

/// Offsets in the rings of a split virtqueue of a given size (sections 2.7.6 and 2.7.8).
enum VirtqueueRing {
  static let flags: UInt64 = 0
  static let index: UInt64 = 2
  static let entries: UInt64 = 4
  static let availableEntrySize: UInt64 = 2
  static let usedEntrySize: UInt64 = 8
  static let descriptorSize: UInt64 = 16
  /// The flag of the available ring by which the driver declines interrupts.
  static let noInterrupt: UInt16 = 1 << 0
}
