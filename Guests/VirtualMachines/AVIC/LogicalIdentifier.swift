/// How logical APIC IDs name processors: what bits 28 to 31 of the destination format register say. All their other
/// values are reserved.
enum DestinationModel: UInt32 {
  case cluster = 0x0
  case flat = 0xF

  /// Nil for a format that does not exist.
  init?(format: UInt32) { self.init(rawValue: format >> 28) }
}

/// A processor's logical APIC ID, as bits 24 to 31 of its logical destination register have it.
enum LogicalIdentifier {
  /// The cluster that is all clusters.
  private static let broadcastCluster: UInt8 = 15
  private static let processorsInCluster = 4

  /// The index of the processor's entry in AVIC's logical APIC ID table (APM volume 2, 15.29.4.2).
  ///
  /// Nil unless the ID names exactly one processor: an ID is a set of bits, not a number.
  static func index(of identifier: UInt8, in model: DestinationModel) -> Int? {
    switch model {
    case .flat: return isOneBit(identifier) ? identifier.trailingZeroBitCount : nil
    case .cluster:
      let cluster = identifier >> 4
      let bits = identifier & 0xF
      guard cluster != broadcastCluster, isOneBit(bits) else { return nil }
      return Int(cluster) * processorsInCluster + bits.trailingZeroBitCount
    }
  }

  /// The indexes of all entries that a destination names. It is empty for the broadcast of clusters, which AVIC does not
  /// have.
  static func indexes(of destination: UInt8, in model: DestinationModel) -> [Int] {
    switch model {
    case .flat: return (0..<8).filter { destination >> UInt8($0) & 1 != 0 }
    case .cluster:
      let cluster = destination >> 4
      guard cluster != broadcastCluster else { return [] }
      return (0..<processorsInCluster).filter { destination >> UInt8($0) & 1 != 0 }
        .map { Int(cluster) * processorsInCluster + $0 }
    }
  }

  private static func isOneBit(_ bits: UInt8) -> Bool { bits.nonzeroBitCount == 1 }
}
