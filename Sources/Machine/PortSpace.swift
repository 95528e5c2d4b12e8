import Bus
import Chipset

/// Who answers at each I/O port.
struct PortSpace {
  /// The index in `claims` of each port's owner, plus one; 0 where nobody answers.
  private var owners = [UInt8](repeating: 0, count: 1 << 16)
  private var claims: [Claim] = []

  private struct Claim {
    let device: any PortDevice
    let first: UInt16
    /// The only width that the device answers to; `nil` for any.
    let width: AccessWidth?
    let statistics: DeviceStatistics.Index
  }

  /// Gives ports to a device.
  mutating func claim(
    _ ports: Range<UInt16>, for device: any PortDevice, _ statistics: DeviceStatistics.Index
  ) {
    add(Claim(device: device, first: ports.lowerBound, width: nil, statistics: statistics), at: ports)
  }

  /// Gives a port to a device that is asked only by accesses to that single byte: wider ones mean a register
  /// that the port is a part of.
  mutating func claim(byte port: UInt16, for device: any PortDevice, _ statistics: DeviceStatistics.Index) {
    add(Claim(device: device, first: port, width: .byte, statistics: statistics), at: port..<port + 1)
  }

  private mutating func add(_ claim: Claim, at ports: Range<UInt16>) {
    claims.append(claim)
    for port in ports { owners[Int(port)] = UInt8(truncatingIfNeeded: claims.count) }
  }

  /// Gives a device the ports that it names itself.
  mutating func claim(_ ranges: [PortRange], _ statistics: DeviceStatistics.Index) {
    for range in ranges {
      claim(range.first..<range.first + range.count, for: range.device, statistics)
    }
  }

  /// The device that an access to a port asks, with the port's number in the device's range.
  func owner(of port: UInt16, width: AccessWidth) -> (
    device: any PortDevice, offset: UInt16, statistics: DeviceStatistics.Index
  )? {
    let owner = owners[Int(port)]
    guard owner > 0 else { return nil }
    let claim = claims[Int(owner) - 1]
    if let only = claim.width, only != width { return nil }
    return (claim.device, port &- claim.first, claim.statistics)
  }
}
