/// Reads the symbols of a kernel from what there is of it: System.map, the text of `/proc/kallsyms`, or `vmlinux`.
public enum SymbolFile {
  /// No text of symbols is longer.
  private static let longestText = 1 << 26

  /// The functions in a file.
  ///
  /// - Throws: ``SymbolFileError``.
  public static func functions(in storage: any TraceFileStorage) throws(SymbolFileError) -> SymbolTable {
    let symbols: [(address: UInt64, name: String)]
    do throws(TraceFileError) {
      var reader = ByteReader(storage)
      let magic = try reader.bytes(min(ELFSymbols.magic.count, storage.size))
      if magic == ELFSymbols.magic {
        symbols = try ELFSymbols(storage).functions()
      } else {
        guard storage.size <= longestText else { throw .truncated }
        var text = ByteReader(storage)
        symbols = SymbolText.functions(in: try text.bytes(storage.size))
      }
    } catch {
      if case .unreadable(let reason) = error { throw .unreadable(reason) }
      throw .damaged
    }
    guard !symbols.isEmpty else { throw .empty }
    // The kernel hides addresses from those who may not see them.
    guard symbols.contains(where: { $0.address != 0 }) else { throw .hidden }
    return SymbolTable(symbols)
  }
}

/// Why no symbols can be read from a file.
public enum SymbolFileError: Error, Equatable, CustomStringConvertible {
  /// The host does not give its bytes.
  case unreadable(String)
  /// It is an ELF file of another machine, or its tables lead out of it.
  case damaged
  /// It has no functions.
  case empty
  /// All addresses are zero.
  case hidden

  /// What is wrong, for a person.
  public var description: String {
    switch self {
    case .unreadable(let reason): "cannot be read: \(reason)"
    case .damaged: "is a damaged file, or an ELF file of another kind of machine"
    case .empty: "holds no functions: a System.map, the text of /proc/kallsyms or a vmlinux with symbols does"
    case .hidden: "has only zeros for addresses: /proc/kallsyms shows them to root"
    }
  }
}
