import Glibc
import SystemPackage

/// One version of one Debian package for amd64.
public struct DebianPackage: Equatable, Sendable, CustomStringConvertible {
  /// The package's name, such as `busybox-static`.
  public let name: String
  /// The package's version.
  public let version: DebianVersion

  /// The name and version as a person reads them.
  public var description: String { "\(name) \(version)" }

  init(name: String, version: DebianVersion) {
    self.name = name
    self.version = version
  }

  /// Reads what ``fileStem`` gives, and with it the names of the files that `apt-get download` makes.
  init?(fileStem: String) {
    let parts = fileStem.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count >= 2, Self.isName(parts[0]), !parts[1].isEmpty else { return nil }
    self.init(
      name: String(parts[0]), version: DebianVersion(String(parts[1].replacing("%3a", with: ":"))))
  }

  /// The name of a file or folder that holds this package; an epoch's colon is written `%3a`, as apt does.
  var fileStem: String { "\(name)_\(version.description.replacing(":", with: "%3a"))" }

  /// Whether a text can be a package's name (Debian Policy section 5.6.1); so it holds no `/` and no leading
  /// `-`.
  static func isName(_ text: some StringProtocol) -> Bool {
    guard let first = text.utf8.first, first != UInt8(ascii: "-"), text.utf8.count < 200 else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
      default: false
      }
    }
  }

  /// The one to take of several: the highest version, and of equal versions the name that sorts last.
  static func newest(of packages: [DebianPackage]) -> DebianPackage? {
    packages.max { ($0.version, $0.name) < ($1.version, $1.name) }
  }
}

/// Names of packages asked for at once: a name, or one with the shell's `*`, `?` and `[...]`.
public struct DebianPackagePattern: Sendable, CustomStringConvertible {
  /// The pattern as it was written.
  public let description: String

  /// Reads a pattern.
  ///
  /// - Throws: ``ImageError`` of kind `usage` for a text that no package's name could match.
  public init(_ text: String) throws(ImageError) {
    let letters = text.filter { !"*?[]!".contains($0) }
    guard !text.isEmpty, letters.isEmpty || DebianPackage.isName(letters), !text.hasPrefix("-") else {
      throw ImageError(.usage, "'\(text)' is not the name of a Debian package or a pattern of names")
    }
    description = text
  }

  /// A pattern of this module's own, known to be good.
  init(known text: String) {
    description = text
  }

  /// What every matching name begins with.
  var literalPrefix: String { String(description.prefix { !"*?[".contains($0) }) }

  /// Whether only one name can match.
  var isLiteral: Bool { literalPrefix == description }

  func matches(_ name: String) -> Bool {
    fnmatch(description, name, 0) == 0
  }
}

/// A Debian package whose files lie in a folder of the host.
public struct UnpackedPackage: Equatable, Sendable {
  /// Which package it is.
  public let package: DebianPackage
  /// The folder that stands for the root of the system into which the package would be installed.
  public let root: FilePath

  /// Where `dpkg-deb --raw-extract` puts what the package says of itself, relative to ``root``.
  static let controlFolder = "DEBIAN"

  var controlFile: FilePath { root.appending(Self.controlFolder).appending("control") }
}
