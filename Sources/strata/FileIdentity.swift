import Glibc
import SystemPackage

/// What the host knows a file by, under whichever name: a file that exists, or the place for one that does not.
struct FileIdentity: Hashable {
  private let device: dev_t
  private let node: ino_t
  /// The name in the folder that the other members tell of; `nil` if they tell of the file itself.
  private let name: String?

  /// `nil` for what can be opened twice without harm, such as terminals and pipes, and where there is no folder.
  init?(_ path: FilePath) {
    if let status = Self.status(of: path) {
      guard [S_IFREG, S_IFBLK].contains(status.st_mode & S_IFMT) else { return nil }
      (device, node, name) = (status.st_dev, status.st_ino, nil)
    } else {
      guard let name = path.lastComponent, let status = Self.status(of: Self.folder(of: path)) else {
        return nil
      }
      (device, node, self.name) = (status.st_dev, status.st_ino, name.string)
    }
  }

  /// The folder that a file is in.
  static func folder(of path: FilePath) -> FilePath {
    let folder = path.removingLastComponent()
    return folder.isEmpty ? "." : folder
  }

  /// What the host tells of a file; `nil` if it tells nothing.
  static func status(of path: FilePath) -> stat? {
    var status = stat()
    return path.withPlatformString { stat($0, &status) } == 0 ? status : nil
  }
}
