import Interfaces

/// The partition's reference time, in units of 100 ns (TLFS 12.3 and 12.4). The TSC counts nanoseconds.
enum ReferenceTime {
  /// The frequency of the TSC and of the local APIC's timer, in Hz.
  static let counterFrequency: UInt64 = 1_000_000_000
  private static let unitsPerSecond: UInt64 = 10_000_000
  private static let nanosecondsPerUnit: UInt64 = 100
  /// 2^64 units of time for each count of the TSC.
  private static let scale =
    (unitsPerSecond << 32 / counterFrequency) << 32
    | (unitsPerSecond << 32 % counterFrequency) << 32 / counterFrequency

  /// The time at a number of nanoseconds after power-on: what the page's formula gives, to the bit.
  static func units(atNanoseconds nanoseconds: UInt64) -> UInt64 {
    nanoseconds.multipliedFullWidth(by: scale).high
  }

  /// The first nanosecond at which the reference time is not less than a number of units.
  static func nanoseconds(atUnits units: UInt64) -> UInt64 {
    let (product, overflow) = units.multipliedReportingOverflow(by: nanosecondsPerUnit)
    guard !overflow else { return .max }
    var time = product
    while self.units(atNanoseconds: time) < units, time < .max { time += 1 }
    return time
  }

  /// A page whose formula gives ``units(atNanoseconds:)`` for a TSC that starts with the machine.
  static func write(to page: UnsafeMutableRawPointer) {
    page.initializeMemory(as: UInt8.self, repeating: 0, count: HyperV.pageSize)
    page.storeBytes(of: 1, toByteOffset: HyperV.ReferencePage.sequence, as: UInt32.self)
    page.storeBytes(of: scale, toByteOffset: HyperV.ReferencePage.scale, as: UInt64.self)
    page.storeBytes(of: 0, toByteOffset: HyperV.ReferencePage.offset, as: Int64.self)
  }
}
