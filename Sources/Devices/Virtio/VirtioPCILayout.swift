import Bus

/// Where the structures of a virtio function lie in its memory, and the capabilities that tell the driver
/// (VIRTIO 1.2, 4.1.4).
enum VirtioPCILayout {
  /// The base address register that the structures are behind.
  static let structuresRegister = 0
  /// The base address register that the message table is behind.
  static let messagesRegister = 1

  static let common: UInt64 = 0x0000
  static let interruptStatus: UInt64 = 0x1000
  static let device: UInt64 = 0x2000
  static let notify: UInt64 = 0x3000
  static let structureSize: UInt64 = 0x1000
  static let structuresSize: UInt64 = 0x4000

  /// The distance between the notification registers of neighbouring queues.
  static let notifyMultiplier: UInt64 = 4

  static let messagesSize: UInt64 = 0x1000
  static let messages = MSIXCapability.Layout(
    baseAddressRegister: messagesRegister, tableOffset: 0, pendingOffset: 0x800)

  /// Offsets in `struct virtio_pci_cap` and in the longer forms of it.
  enum Capability {
    static let length = 2
    static let type = 3
    static let baseAddressRegister = 4
    static let offset = 8
    static let structureLength = 12
    static let end = 16
    /// Of the notification capability.
    static let multiplier = 16
    /// Of the configuration access capability.
    static let data = 16
    static let longEnd = 20
  }

  /// Appends all capabilities to `space`; returns the offset of the one for access through configuration space.
  static func appendCapabilities(
    to space: inout ConfigurationSpace, queueCount: Int, deviceConfigurationSize: Int
  ) -> Int {
    append(.common, at: common, size: VirtioCommonRegister.end, to: &space)
    append(.interruptStatus, at: interruptStatus, size: 1, to: &space)
    if deviceConfigurationSize > 0 {
      append(.device, at: device, size: UInt64(deviceConfigurationSize), to: &space)
    }
    let notification = append(
      .notify, at: notify, size: UInt64(queueCount) * notifyMultiplier, length: Capability.longEnd, to: &space
    )
    space.define(notification + Capability.multiplier, value: UInt32(notifyMultiplier))
    let access = append(.configurationAccess, at: 0, size: 0, length: Capability.longEnd, to: &space)
    space.define(access + Capability.baseAddressRegister, value: UInt8(0), writable: ~0)
    space.define(access + Capability.offset, value: UInt32(0), writable: ~0)
    space.define(access + Capability.structureLength, value: UInt32(0), writable: ~0)
    return access
  }

  @discardableResult
  private static func append(
    _ type: VirtioStructureType, at offset: UInt64, size: UInt64, length: Int = Capability.end,
    to space: inout ConfigurationSpace
  ) -> Int {
    let capability = space.appendCapability(.vendorSpecific, length: length)
    space.define(capability + Capability.length, value: UInt8(length))
    space.define(capability + Capability.type, value: type.rawValue)
    space.define(capability + Capability.baseAddressRegister, value: UInt8(structuresRegister))
    space.define(capability + Capability.offset, value: UInt32(offset))
    space.define(capability + Capability.structureLength, value: UInt32(size))
    return capability
  }
}
