import SystemPackage

/// Writing results to files of the host without destroying what somebody else made.
public enum ImageFile {
  /// What to do about a file that is in the way.
  public enum Replacement: Sendable {
    /// Replace only what this module made before.
    case ownOnly
    /// Replace any regular file.
    case any
  }

  /// Writes an archive to a file, which appears complete or not at all.
  ///
  /// - Throws: ``ImageError`` of kind `cannotCreate` when the file is in the way or cannot be written,
  ///   `noInput` when something that belongs into the archive cannot be read.
  public static func write(_ archive: CPIOArchive, to path: FilePath, replacing: Replacement) throws {
    try checkPlace(path, replacing: replacing)
    try HostFiles.replace(path) { try archive.write(to: $0) }
  }

  /// Copies a file, unless the same bytes are there already.
  ///
  /// - Throws: as ``write(_:to:replacing:)``.
  public static func copy(_ source: FilePath, to path: FilePath, replacing: Replacement) throws {
    let bytes = try HostFiles.read(source)
    try checkReplaceable(path, replacing: replacing) { try HostFiles.read(path) == bytes }
    try HostFiles.replace(path) { _ = try $0.writeAll(bytes) }
  }

  /// Checks, before any long work, that ``write(_:to:replacing:)`` would not refuse the place.
  ///
  /// - Throws: ``ImageError`` of kind `cannotCreate`.
  public static func checkPlace(_ path: FilePath, replacing: Replacement) throws {
    try checkReplaceable(path, replacing: replacing) {
      CPIOArchive.isOwn(prefix: try HostFiles.prefix(of: path, count: 128))
    }
  }

  private static func checkReplaceable(
    _ path: FilePath, replacing: Replacement, isOwn: () throws -> Bool
  ) throws {
    let parent = path.removingLastComponent()
    guard parent.isEmpty || HostFiles.isFolder(parent) else {
      throw ImageError(.cannotCreate, "cannot write \(path): the folder \(parent) does not exist")
    }
    guard let status = try HostFiles.status(of: path) else { return }
    guard case .regular = status.kind else {
      throw ImageError(.cannotCreate, "\(path) exists and is not a regular file")
    }
    guard replacing == .any || (try? isOwn()) == true else {
      throw ImageError(
        .cannotCreate, "\(path) exists and was not made by strata image: --force replaces it")
    }
  }
}
