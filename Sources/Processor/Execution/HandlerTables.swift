/// Handlers by what they are made of. The tables are in `Generated`; each says how it is indexed.
enum HandlerTables {
  /// The index of a width in the tables: 1, 2, 4 or 8 bytes.
  static func index(ofWidth width: UInt16) -> Int? {
    switch width {
    case 1: 0
    case 2: 1
    case 4: 2
    case 8: 3
    default: nil
    }
  }
}

/// The index of a source in the tables.
enum SourceForm: Int {
  case register
  case immediate
}

/// The index of an address form in the tables.
enum AddressFormIndex: Int {
  case simple
  case full
}
