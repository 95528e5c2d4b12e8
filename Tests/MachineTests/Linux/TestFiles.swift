import Images
import SystemPackage

/// Files that the tests need and that are not in the repository: `./test` makes or fetches them.
enum TestFiles {
  /// The folder of the repository that these tests were built from.
  static let repository: FilePath = {
    var path = FilePath(#filePath)
    for _ in 0..<4 { path.removeLastComponent() }
    return path
  }()

  /// The Debian package that `Tests/setup` unpacked; of several the newest.
  static func package(_ pattern: String) throws -> UnpackedPackage {
    let folder = repository.appending(".cache").appending("strata")
    do {
      return try DebianPackageStore(folder: folder, report: { _ in })
        .package(matching: DebianPackagePattern(pattern))
    } catch let error as ImageError {
      throw MissingTestFile(description: "\(error); run ./test, which fetches it into \(folder)")
    }
  }

  /// A guest that `Guests/build` built.
  static func guest(_ name: String) -> FilePath {
    repository.appending(".build-guests").appending(name + ".elf")
  }
}

/// A test cannot be run, which counts as a failure.
struct MissingTestFile: Error, CustomStringConvertible {
  let description: String
}
