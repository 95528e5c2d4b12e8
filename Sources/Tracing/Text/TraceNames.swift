/// Names for values in records that only have addresses.
struct TraceNames: Sendable {
  /// The texts that fields of type `const char *` point to.
  var constantTexts: [UInt64: String] = [:]
  /// The functions that addresses lie in.
  var symbols = SymbolTable()
}

/// Whose way of writing is followed where the kernel and trace-cmd differ.
enum TextDialect {
  /// Linux's file `trace`.
  case kernel
  /// `trace-cmd report`.
  case traceCommand
}

extension TraceNames {
  /// The symbol that an address lies behind, with the distance.
  func symbolText(_ address: UInt64) -> String? {
    symbols.symbol(at: address).map { "\($0.name)+0x\(String(address - $0.address, radix: 16))" }
  }

  /// Writes the symbol that an address lies behind, or the address if there is none.
  func putSymbol(
    _ address: UInt64, withOffset: Bool, _ dialect: TextDialect, to buffer: inout TextBuffer
  ) {
    guard let symbol = symbols.symbol(at: address) else {
      buffer.put("0x")
      buffer.put(address, radix: 16)
      return
    }
    buffer.put(foreign: symbol.name)
    guard withOffset else { return }
    buffer.put("+0x")
    buffer.put(address - symbol.address, radix: 16)
    if dialect == .kernel, let size = symbol.size {
      buffer.put("/0x")
      buffer.put(size, radix: 16)
    }
  }
}
