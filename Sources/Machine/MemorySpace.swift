import Bus

/// Which device answers at a physical address that is the same for every processor and does not move.
struct MemorySpace {
  private var claims: [Claim] = []

  private struct Claim {
    let range: Range<UInt64>
    let device: any MemoryMappedDevice
    let statistics: DeviceStatistics.Index
  }

  /// Gives addresses to a device.
  mutating func claim(
    _ range: Range<UInt64>, for device: any MemoryMappedDevice, _ statistics: DeviceStatistics.Index
  ) {
    claims.append(Claim(range: range, device: device, statistics: statistics))
  }

  /// The device at an address, with the address's distance from the start of the device's range.
  func owner(of address: UInt64) -> (
    device: any MemoryMappedDevice, offset: UInt64, statistics: DeviceStatistics.Index
  )? {
    for claim in claims where claim.range.contains(address) {
      return (claim.device, address - claim.range.lowerBound, claim.statistics)
    }
    return nil
  }
}
