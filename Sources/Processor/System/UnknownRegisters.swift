/// The model-specific registers that software asked for and that do not exist, in the order of their appearance.
struct UnknownRegisters {
  enum Access: Hashable {
    case read
    case write
  }

  /// A register, and what was tried.
  struct Entry: Equatable {
    var index: UInt32
    var access: Access
    var count: UInt64
  }

  private(set) var entries: [Entry] = []

  private static let limit = 256

  mutating func note(_ index: UInt32, _ access: Access) {
    if let known = entries.firstIndex(where: { $0.index == index && $0.access == access }) {
      entries[known].count &+= 1
    } else if entries.count < Self.limit {
      entries.append(Entry(index: index, access: access, count: 1))
    }
  }
}

extension Diagnostics {
  mutating func noteUnknownRegister(_ index: UInt32, _ access: UnknownRegisters.Access) {
    unknownRegisters.note(index, access)
  }
}
