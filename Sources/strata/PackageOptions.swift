import ArgumentParser
import Glibc
import Images
import SystemPackage

/// Where Debian packages come from.
struct PackageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder for fetched Debian packages. (default: $STRATA_CACHE, or strata in your cache folder)",
      valueName: "folder"))
  var cache: String?

  @Flag(help: "Look for newer versions of packages that are in the cache already.")
  var refresh = false

  /// The cache folder.
  var folder: FilePath {
    cache.map { FilePath($0) } ?? DebianPackageStore.defaultFolder(environment: Self.environment)
  }

  /// The packages in the cache and, through apt, all others.
  func makeStore() -> DebianPackageStore {
    DebianPackageStore(
      folder: folder, policy: refresh ? .refresh : .preferStored, report: Diagnostic.write)
  }

  private static var environment: [String: String] {
    var result: [String: String] = [:]
    for name in ["STRATA_CACHE", "XDG_CACHE_HOME", "HOME"] {
      result[name] = getenv(name).map { String(cString: $0) }
    }
    return result
  }
}
