import Bus

/// Which function answers at an address: the ranges of one address space that lie in the host's windows,
/// sorted and disjoint.
struct PCIHostAddressMap {
  /// A place behind a base address register of a function.
  struct Target {
    let function: any PCIFunction
    let baseAddressRegister: Int
    let offset: UInt64
  }

  private struct Entry {
    var range: Range<UInt64>
    /// Where offset 0 of the region is, which may lie before the range if another function covers its start.
    let base: UInt64
    let order: Int
    let function: any PCIFunction
    let baseAddressRegister: Int
  }

  private var entries: [Entry] = []
  /// The entry that was hit last: accesses come in runs.
  private var recent = 0

  /// A map in which nobody answers.
  init() {}

  /// The map of the regions of one space that lie wholly in one of `windows`. Where two regions overlap, the
  /// one that starts lower answers, and of two that start together the one of the lower function.
  init(of functions: [any PCIFunction], isIO: Bool, windows: [Range<UInt64>]) {
    for (order, function) in functions.enumerated() {
      for region in function.endpoint.decodedRegions where region.isIO == isIO {
        let (end, overflow) = region.base.addingReportingOverflow(region.size)
        guard !overflow, windows.contains(where: { $0.lowerBound <= region.base && end <= $0.upperBound })
        else { continue }
        entries.append(
          Entry(
            range: region.base..<end, base: region.base, order: order, function: function,
            baseAddressRegister: region.baseAddressRegister))
      }
    }
    sortAndTrim()
  }

  private mutating func sortAndTrim() {
    entries.sort { ($0.base, $0.order, $0.baseAddressRegister) < ($1.base, $1.order, $1.baseAddressRegister) }
    var covered: UInt64 = 0
    entries = entries.compactMap { entry in
      guard entry.range.upperBound > covered else { return nil }
      var trimmed = entry
      trimmed.range = max(entry.range.lowerBound, covered)..<entry.range.upperBound
      covered = entry.range.upperBound
      return trimmed
    }
  }

  /// Who answers an access of `width` at `address`; `nil` if nobody answers the whole of it.
  mutating func target(for address: UInt64, width: AccessWidth) -> Target? {
    if !entries.indices.contains(recent) || !entries[recent].range.contains(address) {
      guard let found = index(of: address) else { return nil }
      recent = found
    }
    let entry = entries[recent]
    guard UInt64(width.rawValue) <= entry.range.upperBound - address else { return nil }
    return Target(
      function: entry.function, baseAddressRegister: entry.baseAddressRegister, offset: address - entry.base)
  }

  private func index(of address: UInt64) -> Int? {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].range.upperBound <= address { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].range.contains(address) ? low : nil
  }
}
