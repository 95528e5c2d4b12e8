import X86

/// A leaf of CPUID with what it returns.
public struct IdentificationLeaf: Equatable, Sendable {
  /// EAX on entry.
  public let leaf: UInt32
  /// ECX on entry, where the leaf looks at it.
  public let subleaf: UInt32?
  /// The registers on return.
  public let values: CPUIDValues
}

extension ProcessorModel {
  /// The first leaf of each range; EAX tells the last one.
  private static let ranges: [UInt32] = [0, 0x4000_0000, 0x8000_0000]
  /// The leaves that look at ECX, with the last subleaf that can return anything.
  private static let lastSubleaves: [UInt32: UInt32] = [7: 2, 0xB: 1, 0xD: 63, 0x8000_001D: 8]

  /// What CPUID returns on the first processor after reset, without leaves and subleaves that are all zero.
  public var identificationLeaves: [IdentificationLeaf] {
    var leaves: [IdentificationLeaf] = []
    for first in Self.ranges {
      let last = identification(leaf: first, subleaf: 0, in: CPUIDContext()).eax
      guard last >= first else { continue }
      for leaf in first...last {
        let lastSubleaf = Self.lastSubleaves[leaf]
        for subleaf in 0...(lastSubleaf ?? 0) {
          let values = identification(leaf: leaf, subleaf: subleaf, in: CPUIDContext())
          guard values != CPUIDValues() else { continue }
          leaves.append(
            IdentificationLeaf(
              leaf: leaf, subleaf: lastSubleaf == nil ? nil : subleaf, values: values))
        }
      }
    }
    return leaves
  }
}
