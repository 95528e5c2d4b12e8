import Glibc
import Testing

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

/// A folder that is there for one test.
final class WorkingFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/strata-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
    try #require(made)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      unlink(self / name)
    }
    closedir(folder)
    rmdir(path)
  }

  /// The path of a file in the folder.
  static func / (folder: WorkingFolder, name: String) -> String { folder.path + "/" + name }

  /// Writes a file and gives its path; beyond its bytes it is sparse.
  func write(_ name: String, _ bytes: [UInt8], size: Int? = nil) throws -> String {
    let file = self / name
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    if let size { try #require(ftruncate(descriptor, off_t(size)) == 0) }
    return file
  }
}
