import Bedrock
import Interfaces
import _Volatile

/// What the tests of a higher level share: the level, on the first processor, and the way to it.
final class LevelBench: @unchecked Sendable {
  let bench: Bench
  let upper: UpperLevel
  /// The level below, if that is not the guest's own.
  private let below: LevelBench?

  /// The level above another one, or above the guest's own. Nil if there is no memory.
  init?(_ level: HyperV.VirtualTrustLevel, _ bench: Bench, above below: LevelBench? = nil) {
    guard let upper = UpperLevel(level, on: bench.computer) else { return nil }
    self.bench = bench
    self.upper = upper
    self.below = below
  }

  var partition: Partition { bench.partition }

  /// Has the level do something, called from the one below.
  func above(_ registers: SharedRegisters = SharedRegisters(), _ work: @escaping (Partition) -> Void) {
    if let below {
      below.above { [self] in upper.perform(from: $0, registers, work) }
    } else {
      upper.perform(from: partition, registers, work)
    }
  }

  /// Has the level do something, and returns what comes of it.
  func above<Value>(_ work: @escaping (Partition) -> Value) -> Value? {
    var value: Value?
    above { value = work($0) }
    return value
  }

  /// What became of a call that the level makes.
  func status(_ call: @escaping (Partition) throws(HypercallFailure) -> Void) -> UInt64 {
    let result: UInt64?? = above { partition in
      do throws(HypercallFailure) {
        try call(partition)
        return 0
      } catch {
        return error.result.rawValue
      }
    }
    return (result ?? nil) ?? .max
  }

  /// The code of a call of the next level, or of a return to the next one, in VTL0's page.
  func switchCode(_ offset: (HyperV.CodePageOffsets) -> Int) -> PhysicalAddress {
    guard let offsets = try? partition.codePageOffsets() else { return PhysicalAddress(0) }
    return partition.hypercallPage + UInt64(offset(offsets))
  }
}
