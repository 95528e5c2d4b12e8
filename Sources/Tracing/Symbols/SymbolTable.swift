/// The functions of a program, by address.
public struct SymbolTable: Sendable {
  /// A symbol.
  public struct Symbol: Equatable, Sendable {
    /// Where it begins.
    public let address: UInt64
    /// How it is called.
    public let name: String
    /// The bytes up to the next symbol; `nil` for the last one.
    public let size: UInt64?
  }

  /// By address, each once.
  private let addresses: [UInt64]
  private let names: [String]

  /// A table of symbols in any order; of several at one address the first is taken.
  public init(_ symbols: [(address: UInt64, name: String)] = []) {
    var sorted = symbols.enumerated().sorted {
      ($0.element.address, $0.offset) < ($1.element.address, $1.offset)
    }.map(\.element)
    var last: UInt64?
    sorted.removeAll { symbol in
      defer { last = symbol.address }
      return symbol.address == last
    }
    addresses = sorted.map(\.address)
    names = sorted.map(\.name)
  }

  /// There are no symbols.
  public var isEmpty: Bool { addresses.isEmpty }
  /// The number of symbols.
  public var count: Int { addresses.count }

  /// No function is longer: what lies farther behind a symbol is none of its own.
  private static let longestFunction: UInt64 = 1 << 20

  func forEach(_ body: (_ address: UInt64, _ name: String) -> Void) {
    for (address, name) in zip(addresses, names) { body(address, name) }
  }

  /// The symbol that an address lies in: the last one that begins at or below it, and not far from it.
  public func symbol(at address: UInt64) -> Symbol? {
    var (low, high) = (0, addresses.count)
    while low < high {
      let middle = (low + high) / 2
      if addresses[middle] <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, address - addresses[low - 1] < Self.longestFunction else { return nil }
    return Symbol(
      address: addresses[low - 1], name: names[low - 1],
      size: low < addresses.count ? addresses[low] - addresses[low - 1] : nil)
  }
}
