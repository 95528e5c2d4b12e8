import Bus

/// The common configuration structure (VIRTIO 1.2, 4.1.4.3).
extension VirtioPCITransport {
  private typealias Register = VirtioCommonRegister

  private var selectedQueue: Virtqueue? {
    let index = Int(registers.queueSelect)
    return index < queues.count ? queues[index] : nil
  }

  /// Reads any part of the structure; zero behind its end.
  func readCommon(_ offset: UInt64, width: AccessWidth) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<UInt64(width.rawValue) {
      value |= UInt64(readCommonByte(offset &+ index)) << (index * 8)
    }
    return value
  }

  private func readCommonByte(_ offset: UInt64) -> UInt8 {
    let (start, field) = commonField(containing: offset)
    return UInt8(truncatingIfNeeded: field >> ((offset - start) * 8))
  }

  /// The first byte and the value of the field that the byte at `offset` belongs to.
  private func commonField(containing offset: UInt64) -> (start: UInt64, value: UInt64) {
    switch offset {
    case Register.deviceFeatureSelect..<Register.deviceFeature:
      (Register.deviceFeatureSelect, UInt64(registers.deviceFeatureSelect))
    case Register.deviceFeature..<Register.driverFeatureSelect:
      (Register.deviceFeature, Self.half(registers.deviceFeatureSelect, of: offeredFeatures))
    case Register.driverFeatureSelect..<Register.driverFeature:
      (Register.driverFeatureSelect, UInt64(registers.driverFeatureSelect))
    case Register.driverFeature..<Register.configurationVector:
      (Register.driverFeature, Self.half(registers.driverFeatureSelect, of: registers.driverFeatures))
    case Register.configurationVector..<Register.queueCount:
      (Register.configurationVector, UInt64(registers.configurationVector))
    case Register.queueCount..<Register.deviceStatus: (Register.queueCount, UInt64(queues.count))
    case Register.deviceStatus: (Register.deviceStatus, UInt64(registers.status.rawValue))
    case Register.configurationGeneration:
      (Register.configurationGeneration, UInt64(registers.configurationGeneration))
    case Register.queueSelect..<Register.queueSize: (Register.queueSelect, UInt64(registers.queueSelect))
    case Register.queueSize..<Register.queueVector: (Register.queueSize, UInt64(selectedQueue?.size ?? 0))
    case Register.queueVector..<Register.queueEnable:
      (Register.queueVector, UInt64(selectedQueue?.vector ?? VirtioVector.none))
    case Register.queueEnable..<Register.queueNotifyOffset:
      (Register.queueEnable, selectedQueue?.isEnabled == true ? 1 : 0)
    case Register.queueNotifyOffset..<Register.queueDescriptors:
      (Register.queueNotifyOffset, selectedQueue == nil ? 0 : UInt64(registers.queueSelect))
    case Register.queueDescriptors..<Register.queueDriver:
      (Register.queueDescriptors, selectedQueue?.descriptorTable ?? 0)
    case Register.queueDriver..<Register.queueDevice:
      (Register.queueDriver, selectedQueue?.availableRing ?? 0)
    case Register.queueDevice..<Register.end: (Register.queueDevice, selectedQueue?.usedRing ?? 0)
    default: (offset, 0)
    }
  }

  /// Writes a field. Drivers write each with its own width, those of 64 bits also in halves (4.1.3.1): other
  /// accesses change nothing.
  func writeCommon(_ offset: UInt64, width: AccessWidth, value: UInt64) {
    switch (offset, width) {
    case (Register.deviceFeatureSelect, .doubleword):
      registers.deviceFeatureSelect = UInt32(truncatingIfNeeded: value)
    case (Register.driverFeatureSelect, .doubleword):
      registers.driverFeatureSelect = UInt32(truncatingIfNeeded: value)
    case (Register.driverFeature, .doubleword): writeDriverFeatures(value)
    case (Register.configurationVector, .word):
      registers.configurationVector = checkedVector(UInt16(truncatingIfNeeded: value))
    case (Register.deviceStatus, .byte): writeStatus(VirtioStatus(rawValue: UInt8(truncatingIfNeeded: value)))
    case (Register.queueSelect, .word): registers.queueSelect = UInt16(truncatingIfNeeded: value)
    case (Register.queueVector, .word):
      selectedQueue?.vector = checkedVector(UInt16(truncatingIfNeeded: value))
    default:
      // The layout of a queue is fixed once the queue is enabled (4.1.4.3.2).
      guard let queue = selectedQueue, !queue.isEnabled else { return }
      writeLayout(of: queue, offset: offset, width: width, value: value)
    }
  }

  private func writeLayout(of queue: Virtqueue, offset: UInt64, width: AccessWidth, value: UInt64) {
    switch (offset, width) {
    case (Register.queueSize, .word): queue.size = UInt16(truncatingIfNeeded: value)
    case (Register.queueEnable, .word):
      guard value == 1 else { return }
      do throws(VirtqueueError) { try queue.enable() } catch { stopUntilReset() }
    case (Register.queueDescriptors..<Register.queueDriver, _):
      Self.writeAddress(
        &queue.descriptorTable, offset: offset - Register.queueDescriptors, width: width, value: value)
    case (Register.queueDriver..<Register.queueDevice, _):
      Self.writeAddress(
        &queue.availableRing, offset: offset - Register.queueDriver, width: width, value: value)
    case (Register.queueDevice..<Register.end, _):
      Self.writeAddress(&queue.usedRing, offset: offset - Register.queueDevice, width: width, value: value)
    default: break
    }
  }

  private static func writeAddress(
    _ address: inout UInt64, offset: UInt64, width: AccessWidth, value: UInt64
  ) {
    switch (offset, width) {
    case (0, .quadword): address = value
    case (0, .doubleword): address = (address & ~0xFFFF_FFFF) | (value & 0xFFFF_FFFF)
    case (4, .doubleword): address = (address & 0xFFFF_FFFF) | value << 32
    default: break
    }
  }

  // MARK: Features and status

  private static func half(_ select: UInt32, of features: VirtioFeatures) -> UInt64 {
    switch select {
    case 0: features.rawValue & 0xFFFF_FFFF
    case 1: features.rawValue >> 32
    default: 0
    }
  }

  private func writeDriverFeatures(_ value: UInt64) {
    // Features are agreed once and for all when the driver sets FEATURES_OK (3.1.1).
    guard !registers.status.contains(.featuresOK) else { return }
    let low = registers.driverFeatures.rawValue & 0xFFFF_FFFF
    let high = registers.driverFeatures.rawValue & ~0xFFFF_FFFF
    switch registers.driverFeatureSelect {
    case 0: registers.driverFeatures = VirtioFeatures(rawValue: high | (value & 0xFFFF_FFFF))
    case 1: registers.driverFeatures = VirtioFeatures(rawValue: value << 32 | low)
    default: break
    }
  }

  private func writeStatus(_ value: VirtioStatus) {
    guard !value.isEmpty else {
      resetDevice()
      return
    }
    var status = value.subtracting(.needsReset).union(registers.status.intersection(.needsReset))
    if status.contains(.featuresOK), !registers.status.contains(.featuresOK) {
      if areFeaturesAcceptable {
        for queue in queues { queue.features = registers.driverFeatures }
      } else {
        status.remove(.featuresOK)
      }
    }
    let wasLive = isLive
    registers.status = status
    // Buffers that were made available before the device went live need no notification.
    if isLive, !wasLive { queues.indices.forEach(serviceQueue) }
  }

  /// A driver must not accept what was not offered, and there is no interface from before version 1 (6.1).
  private var areFeaturesAcceptable: Bool {
    registers.driverFeatures.isSubset(of: offeredFeatures) && registers.driverFeatures.contains(.version1)
  }

  /// A vector that the function does not have reads back as none (4.1.5.1.2.1).
  private func checkedVector(_ vector: UInt16) -> UInt16 {
    Int(vector) <= queues.count ? vector : VirtioVector.none
  }
}
