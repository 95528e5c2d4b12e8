/// A kernel module's name with `-` and `_` made one, as the kernel itself takes them.
struct ModuleName: Hashable, Comparable, Sendable, CustomStringConvertible {
  let description: String

  init(_ text: some StringProtocol) {
    description = String(text.map { $0 == "-" ? "_" : $0 })
  }

  static func < (left: ModuleName, right: ModuleName) -> Bool { left.description < right.description }
}

/// What a module says of itself in its section `.modinfo`: texts `key=value`, each ended by a NUL.
struct ModuleInformation: Equatable {
  /// The modules whose symbols this one uses (`depends=`).
  let depends: [ModuleName]
  /// The modules that it wants loaded before it but can do without (`softdep=pre:`).
  let wantedBefore: [ModuleName]

  /// Reads a module's file, decompressed. Nil when it is not an ELF file with such a section.
  init?(module file: [UInt8]) {
    guard let section = ELFSection.named(".modinfo", in: file) else { return nil }
    var depends: [ModuleName] = []
    var wantedBefore: [ModuleName] = []
    for text in section.split(separator: 0) {
      let pair = String(decoding: text, as: UTF8.self).split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { continue }
      switch pair[0] {
      case "depends":
        depends += pair[1].split(separator: ",").map { ModuleName($0) }
      case "softdep":
        wantedBefore += Self.namesBefore(softDependency: pair[1])
      default:
        break
      }
    }
    self.depends = depends
    self.wantedBefore = wantedBefore
  }

  /// The names after `pre:` in a text such as `pre: a b post: c`.
  private static func namesBefore(softDependency text: Substring) -> [ModuleName] {
    var names: [ModuleName] = []
    var isBefore = false
    for word in text.split(separator: " ") {
      if word.hasSuffix(":") {
        isBefore = word == "pre:"
      } else if isBefore {
        names.append(ModuleName(word))
      }
    }
    return names
  }
}
