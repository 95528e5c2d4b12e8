/// A model-specific register that software asked for and that does not exist.
public struct UnknownRegister: Equatable, Sendable {
  /// What software tried.
  public enum Access: Sendable {
    /// RDMSR.
    case read
    /// WRMSR.
    case write
  }

  /// The register's number.
  public var index: UInt32
  /// What was tried.
  public var access: Access
  /// How often.
  public var count: UInt64
}

/// The unknown registers that were met, in the order of their appearance.
struct UnknownRegisters {
  private(set) var entries: [UnknownRegister] = []

  private static let limit = 256

  mutating func note(_ index: UInt32, _ access: UnknownRegister.Access) {
    if let known = entries.firstIndex(where: { $0.index == index && $0.access == access }) {
      entries[known].count &+= 1
    } else if entries.count < Self.limit {
      entries.append(UnknownRegister(index: index, access: access, count: 1))
    }
  }
}

extension Diagnostics {
  mutating func noteUnknownRegister(_ index: UInt32, _ access: UnknownRegister.Access) {
    unknownRegisters.note(index, access)
  }
}

extension VirtualProcessor {
  /// The model-specific registers that the guest asked this processor for in vain; each raised #GP.
  public var unknownRegisters: [UnknownRegister] { diagnostics.unknownRegisters.entries }
}
