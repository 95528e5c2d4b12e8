import Glibc

/// Files that the tests of the command need.
enum CommandFiles {
  /// The folder of the repository that these tests were built from.
  static let repository: String = folder(of: #filePath, levels: 4)
  /// The command, which lies where the tests do.
  static let strata = folder(of: executable, levels: 1) + "/strata"
  /// The cache that `Tests/setup` fills.
  static let cache = repository + "/.cache/strata"
  /// The guest that `Guests/build` builds.
  static let greeter = repository + "/.build-guests/greeter.elf"
  /// Our driver of a modem, likewise.
  static let modemHost = repository + "/.build-guests/modemhost.elf"

  /// The variables of the tests' own environment, with changes.
  static func environment(_ changes: [String: String]) -> [String] {
    var result: [String] = []
    var pointer = environ
    while let variable = pointer.pointee {
      let text = String(cString: variable)
      if changes[String(text.prefix { $0 != "=" })] == nil { result.append(text) }
      pointer += 1
    }
    return result + changes.map { "\($0.key)=\($0.value)" }.sorted()
  }

  private static func folder(of path: String, levels: Int) -> String {
    path.split(separator: "/").dropLast(levels).map { "/" + $0 }.joined()
  }

  private static var executable: String {
    guard let path = realpath("/proc/self/exe", nil) else { return "" }
    defer { free(path) }
    return String(cString: path)
  }
}
