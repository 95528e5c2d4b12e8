import SystemPackage

/// What a Debian package says that it needs: the fields `Depends` and `Pre-Depends` of its control file.
///
/// Versions that are asked for are not compared: everything here is the newest that Debian has.
struct PackageDependencies: Equatable {
  /// Each inner list holds names of which one is enough, the preferred one first.
  let alternatives: [[String]]

  /// Packages that only the scripts run at installation need; no such script runs here.
  private static let installers: Set<String> = [
    "debconf", "debconf-2.0", "cdebconf", "dpkg", "init-system-helpers", "install-info", "ucf",
  ]

  /// Reads a control file (Debian Policy sections 5.1 and 7.1).
  init(control: String) {
    var alternatives: [[String]] = []
    for field in Self.fields(of: control) where field.name == "depends" || field.name == "pre-depends" {
      for group in field.value.split(separator: ",") {
        let names = group.split(separator: "|").map(Self.packageName).filter(DebianPackage.isName)
        if !names.isEmpty, !names.contains(where: Self.installers.contains) {
          alternatives.append(names)
        }
      }
    }
    self.alternatives = alternatives
  }

  /// The fields in order, names in small letters, lines that continue a value joined to it.
  private static func fields(of control: String) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    for line in control.split(separator: "\n") {
      if line.hasPrefix(" ") || line.hasPrefix("\t") {
        if let last = fields.indices.last { fields[last].value += line }
      } else if let colon = line.firstIndex(of: ":") {
        fields.append((line[..<colon].lowercased(), String(line[line.index(after: colon)...])))
      }
    }
    return fields
  }

  /// The name in a text such as ` libc6:any (>= 2.36) [amd64]`.
  private static func packageName(_ text: Substring) -> String {
    String(text.trimmingSpaces().prefix { !" :([<".contains($0) })
  }
}

extension DebianPackageStore {
  /// The newest package whose name matches and all that it depends on, unpacked; needed ones come first.
  ///
  /// A dependency that no package at hand is (Debian has names that stand for any of several packages) is
  /// left out with a note.
  ///
  /// - Throws: as ``package(matching:)``.
  public func packageWithDependencies(matching pattern: DebianPackagePattern) throws -> [UnpackedPackage] {
    var found = [try package(matching: pattern)]
    var names = Set(found.map(\.package.name))
    var next = 0
    while next < found.count {
      let dependent = found[next]
      next += 1
      for group in try dependencies(of: dependent).alternatives where names.isDisjoint(with: group) {
        guard let needed = try firstAtHand(of: group) else {
          report("\(dependent.package.name) needs \(group.joined(separator: " or ")), which is left out")
          continue
        }
        if names.insert(needed.package.name).inserted { found.append(needed) }
      }
    }
    return found.reversed()
  }

  private func dependencies(of package: UnpackedPackage) throws -> PackageDependencies {
    PackageDependencies(control: String(decoding: try HostFiles.read(package.controlFile), as: UTF8.self))
  }
}
