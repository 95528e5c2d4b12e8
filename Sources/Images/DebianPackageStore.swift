import Glibc
import SystemPackage

/// A folder of unpacked Debian packages, filled through apt when something is missing.
///
/// A package appears in the folder whole or not at all, however the program that fetches it ends, and one
/// program at a time fills it.
public final class DebianPackageStore {
  /// When to ask apt.
  public enum Policy: Sendable {
    /// Only for what the folder does not have: the same request then gives the same package, also offline.
    case preferStored
    /// Always, with fresh lists of packages, to find newer versions.
    case refresh
  }

  private let folder: FilePath
  private var ownListsAreFresh = false
  private let policy: Policy
  let report: ProgressReport

  private var packagesFolder: FilePath { folder.appending("packages") }
  private var partialFolder: FilePath { folder.appending("partial") }
  private var ownListsFolder: FilePath { folder.appending("apt") }
  private var ownLists: AptCatalogue { AptCatalogue(lists: .own(ownListsFolder)) }

  /// A store in `folder`, which is made when it is first needed.
  public init(folder: FilePath, policy: Policy = .preferStored, report: @escaping ProgressReport) {
    // apt runs in another folder, where a relative path would mean another place.
    self.folder = HostFiles.absolutePath(of: folder)
    self.policy = policy
    self.report = report
  }

  /// The store's usual place: `STRATA_CACHE`, or else `strata` in the cache folder of the XDG base directory
  /// specification, which does not count relative paths.
  public static func defaultFolder(environment: [String: String]) -> FilePath {
    if let own = environment["STRATA_CACHE"], !own.isEmpty {
      return FilePath(own)
    }
    if let caches = environment["XDG_CACHE_HOME"], caches.hasPrefix("/") {
      return FilePath(caches).appending("strata")
    }
    return FilePath(environment["HOME"] ?? "/tmp").appending(".cache").appending("strata")
  }

  /// The newest package whose name matches, unpacked.
  ///
  /// - Throws: ``ImageError`` of kind `unavailable` when neither the store nor apt has one, `cannotCreate`
  ///   when the store cannot be written.
  public func package(matching pattern: DebianPackagePattern) throws -> UnpackedPackage {
    let stored = try newestStored(matching: pattern)
    if let stored, policy == .preferStored { return stored }
    do {
      return try locked { try fetch(pattern, from: sources) }
    } catch let error as ImageError where error.kind == .unavailable {
      guard let stored else { throw error }
      report("\(error); using \(stored.package) as fetched before")
      return stored
    }
  }

  private func newestStored(matching pattern: DebianPackagePattern) throws -> UnpackedPackage? {
    guard HostFiles.isFolder(packagesFolder) else { return nil }
    let stored = try HostFiles.names(in: packagesFolder).compactMap(DebianPackage.init(fileStem:))
    return DebianPackage.newest(of: stored.filter { pattern.matches($0.name) }).map(unpacked)
  }

  private func unpacked(_ package: DebianPackage) -> UnpackedPackage {
    UnpackedPackage(package: package, root: packagesFolder.appending(package.fileStem))
  }

  /// Where to look for a package.
  private enum Source {
    case systemLists
    case ownListsAsTheyAre
    case ownListsRefreshed
  }

  /// The sources in turn: lists at hand first, as they cost nothing, unless news are wanted.
  private var sources: [Source] {
    switch policy {
    case .preferStored: [.systemLists, .ownListsAsTheyAre, .ownListsRefreshed]
    case .refresh: [.ownListsRefreshed, .systemLists]
    }
  }

  /// The first of several packages that the store has or that apt knows without new lists; nil if none is.
  func firstAtHand(of names: [String]) throws -> UnpackedPackage? {
    let patterns = try names.map { name throws(ImageError) in try DebianPackagePattern(name) }
    if policy == .preferStored {
      for pattern in patterns {
        if let stored = try newestStored(matching: pattern) { return stored }
      }
    }
    for pattern in patterns {
      do {
        return try locked { try fetch(pattern, from: [.systemLists, .ownListsAsTheyAre]) }
      } catch let error as ImageError where error.kind == .unavailable {
        continue
      }
    }
    return nil
  }

  private func fetch(_ pattern: DebianPackagePattern, from sources: [Source]) throws -> UnpackedPackage {
    for source in sources {
      guard let catalogue = try catalogue(of: source),
        let package = DebianPackage.newest(of: try catalogue.packages(matching: pattern))
      else { continue }
      do {
        return try fetch(package, from: catalogue)
      } catch let error as ImageError where error.kind == .unavailable && source != sources.last {
        // Old lists name versions that Debian's servers no longer have.
        report("\(error)")
      }
    }
    throw ImageError(
      .unavailable, "no Debian package matches \(pattern) in the sources that apt can reach from this machine"
    )
  }

  private func catalogue(of source: Source) throws -> AptCatalogue? {
    switch source {
    case .systemLists:
      // On another architecture the system's lists name packages for that one.
      #if arch(x86_64)
        return AptCatalogue(lists: .system)
      #else
        return nil
      #endif
    case .ownListsAsTheyAre:
      return HostFiles.isFolder(ownListsFolder) ? ownLists : nil
    case .ownListsRefreshed:
      if !ownListsAreFresh {
        report("fetching Debian's lists of packages")
        try ownLists.refresh()
        ownListsAreFresh = true
      }
      return ownLists
    }
  }

  private func fetch(_ package: DebianPackage, from catalogue: AptCatalogue) throws -> UnpackedPackage {
    let result = unpacked(package)
    guard !HostFiles.isFolder(result.root) else { return result }
    let work = partialFolder.appending(package.fileStem)
    try HostFiles.makeFolders(work)
    defer { HostFiles.remove(work) }
    report("downloading \(package)")
    let archive = try catalogue.download(package, into: work)
    report("unpacking \(package)")
    let tree = work.appending("tree")
    _ = try HostCommand(.dpkgDeb, ["--raw-extract", archive.string, tree.string]).output()
    try HostFiles.rename(tree, to: result.root)
    return result
  }

  /// Runs `body` as the only program that fills this store; what others left unfinished is removed first.
  private func locked<Result>(_ body: () throws -> Result) throws -> Result {
    try HostFiles.makeFolders(packagesFolder)
    let path = folder.appending("lock")
    let lock: FileDescriptor
    do {
      lock = try FileDescriptor.open(
        path, .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
    } catch {
      throw ImageError(.cannotCreate, "cannot write in the cache folder \(folder): \(error)")
    }
    return try lock.closeAfter {
      if flock(lock.rawValue, LOCK_EX | LOCK_NB) != 0 {
        report("waiting for another program that is filling \(folder)")
        while flock(lock.rawValue, LOCK_EX) != 0 {
          let error = Errno(rawValue: errno)
          guard error == .interrupted else {
            throw ImageError(.cannotCreate, "cannot lock \(path): \(error)")
          }
        }
      }
      HostFiles.remove(partialFolder)
      return try body()
    }
  }
}
