import SystemPackage

/// What apt knows of Debian's packages, and the way to fetch them.
struct AptCatalogue {
  /// Whose lists of packages apt reads.
  enum Lists: Equatable {
    /// Those of the system, as `apt-get update` last left them.
    case system
    /// A set of lists in a folder of our own: it can be brought up to date without being root, and without
    /// changing anything of the system. The system's sources and keys still decide what is trusted.
    case own(FilePath)
  }

  let lists: Lists

  /// Options that give up on a network that does not answer before a person does.
  private static let patience = ["-o", "Acquire::http::Timeout=10", "-o", "Acquire::Retries=1"]

  private var options: [String] {
    switch lists {
    case .system:
      []
    case .own(let folder):
      [
        "-o", "Dir::State::Lists=\(folder.appending("lists"))",
        "-o", "Dir::Cache=\(folder.appending("cache"))",
        "-o", "APT::Architecture=amd64", "-o", "APT::Architectures=amd64",
        "-o", "APT::Sandbox::User=root",
      ]
    }
  }

  /// Brings lists of our own up to date.
  ///
  /// - Throws: ``ImageError`` of kind `unavailable` when apt is missing or fails outright. apt counts sources
  ///   that it cannot reach as success: then the lists stay empty.
  func refresh() throws(ImageError) {
    guard case .own(let folder) = lists else { return }
    try HostFiles.makeFolders(folder.appending("lists").appending("partial"))
    try HostFiles.makeFolders(folder.appending("cache").appending("archives").appending("partial"))
    _ = try HostCommand(.aptGet, options + Self.patience + ["-q", "update"]).output()
  }

  /// The packages whose names match, in every version on offer.
  func packages(matching pattern: DebianPackagePattern) throws(ImageError) -> [DebianPackage] {
    let names: [String]
    if pattern.isLiteral {
      names = [pattern.description]
    } else {
      let all = try HostCommand(.aptCache, options + ["pkgnames", pattern.literalPrefix]).output()
      names = all.outputText.split(separator: "\n").map(String.init).filter(pattern.matches).sorted()
    }
    guard !names.isEmpty else { return [] }
    let table = try HostCommand(.aptCache, options + ["madison"] + names).output()
    return Self.packages(inMadison: table.outputText)
  }

  /// Reads the table of `apt-cache madison`: name, version and origin between bars, sources among the
  /// binaries.
  static func packages(inMadison table: String) -> [DebianPackage] {
    table.split(separator: "\n").compactMap { line in
      let columns = line.split(separator: "|").map { $0.trimmingSpaces() }
      guard columns.count == 3, columns[2].hasSuffix(" Packages"), DebianPackage.isName(columns[0]) else {
        return nil
      }
      return DebianPackage(name: String(columns[0]), version: DebianVersion(String(columns[1])))
    }
  }

  /// Fetches a package and gives the file, which apt has checked against the signed lists.
  func download(_ package: DebianPackage, into folder: FilePath) throws(ImageError) -> FilePath {
    let request = "\(package.name)=\(package.version)"
    _ = try HostCommand(.aptGet, options + Self.patience + ["-q", "download", request], in: folder).output()
    guard let file = try HostFiles.names(in: folder).first(where: { $0.hasSuffix(".deb") }) else {
      throw ImageError(.unavailable, "apt-get download \(request) left no file")
    }
    return folder.appending(file)
  }
}

extension StringProtocol {
  /// The text without spaces and tabs at either end.
  func trimmingSpaces() -> SubSequence {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) })
    else {
      return self[endIndex...]
    }
    return self[first...last]
  }
}
