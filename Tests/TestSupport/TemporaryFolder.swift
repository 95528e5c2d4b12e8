import Foundation
import SystemPackage

/// A folder of the host that is there for one test.
public final class TemporaryFolder {
  /// Where it is.
  public let path: FilePath

  /// An empty folder.
  ///
  /// - Throws: `Errno` if the host refuses.
  public init() throws {
    var template = Array("/tmp/strata-test-XXXXXX".utf8CString)
    let isMade = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
    guard isMade else { throw Errno(rawValue: errno) }
    path = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  /// The path of something in the folder.
  public static func / (folder: TemporaryFolder, name: String) -> String {
    folder.path.appending(name).string
  }

  /// Writes a file and the folders above it.
  ///
  /// - Parameter size: the size of the file in bytes, if it goes on behind `bytes`; there it is sparse.
  @discardableResult
  public func write(
    _ relative: String, _ bytes: some Sequence<UInt8>, permissions: FilePermissions = .ownerReadWrite,
    size: Int? = nil
  ) throws -> FilePath {
    let file = path.pushing(FilePath(relative))
    try FileManager.default.createDirectory(
      atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
    let descriptor = try FileDescriptor.open(
      file, .writeOnly, options: [.create, .truncate], permissions: permissions)
    try descriptor.closeAfter {
      _ = try descriptor.writeAll(bytes)
      if let size, ftruncate(descriptor.rawValue, off_t(size)) != 0 { throw Errno(rawValue: errno) }
    }
    // The mask of the process does not count here.
    guard chmod(file.string, permissions.rawValue) == 0 else { throw Errno(rawValue: errno) }
    return file
  }

  /// Writes a file of text.
  @discardableResult
  public func write(
    _ relative: String, _ text: String, permissions: FilePermissions = .ownerReadWrite
  ) throws -> FilePath {
    try write(relative, text.utf8, permissions: permissions)
  }

  /// Makes a symbolic link.
  public func link(_ relative: String, to target: String) throws {
    guard symlink(target, self / relative) == 0 else { throw Errno(rawValue: errno) }
  }
}
