import SystemPackage

/// A file tree to be written as a `newc` cpio archive, the form in which Linux takes its initramfs.
///
/// The same tree always gives the same bytes: entries are sorted, inode numbers count up from 1, everything
/// belongs to root and dates from 1970. The format is in the kernel's
/// `Documentation/driver-api/early-userspace/buffer-format.rst`.
public struct CPIOArchive {
  /// What a regular file holds.
  public enum Content: Sendable, Equatable {
    /// These bytes.
    case bytes([UInt8])
    /// The first `size` bytes of a file of the host, read when the archive is written.
    case hostFile(FilePath, size: Int)

    var size: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .hostFile(_, let size): size
      }
    }
  }

  /// One thing in the tree. Permissions are the low twelve bits of a mode.
  public enum Entry: Sendable, Equatable {
    /// A folder.
    case directory(permissions: UInt16)
    /// A regular file.
    case file(Content, permissions: UInt16)
    /// A symbolic link, kept as it is: it is the guest that follows it.
    case symbolicLink(target: String)
    /// A character device node.
    case characterDevice(major: UInt32, minor: UInt32, permissions: UInt16)
    /// A block device node.
    case blockDevice(major: UInt32, minor: UInt32, permissions: UInt16)
    /// A named pipe.
    case namedPipe(permissions: UInt16)
  }

  private var entries: [GuestPath: Entry] = [:]

  /// The name of the first entry of every archive, by which ``isOwn(prefix:)`` tells who made it.
  static let makerName = ".strata-image"

  /// How many times a path may lead through a symbolic link before it counts as a loop (`MAXSYMLINKS`).
  private static let mostLinks = 40

  /// An empty tree.
  public init() {}

  /// The entry at a place, symbolic links on the way followed; nil if there is none.
  public func entry(at path: GuestPath) throws(ImageError) -> Entry? {
    entries[try resolvingFolders(of: path)]
  }

  /// Puts an entry into the tree.
  ///
  /// Missing folders above it are made. A folder over a folder is the union of both; any other entry replaces
  /// what was there. Links above it are followed, so that `/bin/sh` lands in `/usr/bin` where `/bin` leads
  /// there.
  ///
  /// - Throws: ``ImageError`` of kind `noInput` when a folder would be replaced by something that is not one,
  ///   when a file stands where a folder is needed, and when a file or link target is too large for the
  ///   format.
  public mutating func add(_ entry: Entry, at path: GuestPath) throws(ImageError) {
    try Self.check(entry, at: path)
    var place = try resolvingFolders(of: path)
    guard place != .root else { return }
    if case .directory = entry, case .symbolicLink? = entries[place] {
      place = try resolvingLink(at: place)
      guard place != .root else { return }
    }
    if case .directory? = entries[place] {
      guard case .directory = entry else {
        guard !entries.keys.contains(where: { $0.parent == place }) else {
          throw ImageError(
            .noInput, "\(place) is a folder with something in it and cannot become a file or link as well")
        }
        entries[place] = entry
        return
      }
    }
    try makeFolders(above: place)
    entries[place] = entry
  }

  /// Puts an entry into the tree unless something is there already.
  public mutating func addIfAbsent(_ entry: Entry, at path: GuestPath) throws(ImageError) {
    if try self.entry(at: path) == nil {
      try add(entry, at: path)
    }
  }

  /// The tree in the order in which it is written.
  var sortedEntries: [(path: GuestPath, entry: Entry)] {
    entries.map { ($0.key, $0.value, $0.key.archiveName) }
      .sorted { $0.2.utf8.lexicographicallyPrecedes($1.2.utf8) }
      .map { ($0.0, $0.1) }
  }

  private mutating func makeFolders(above path: GuestPath) throws(ImageError) {
    for folder in path.ancestors {
      switch entries[folder] {
      case .directory: continue
      case nil: entries[folder] = .directory(permissions: 0o755)
      default: throw ImageError(.noInput, "\(folder) is not a folder, so \(path) cannot be put under it")
      }
    }
  }

  /// Where `path` really lies once links among the folders above it are followed.
  private func resolvingFolders(of path: GuestPath) throws(ImageError) -> GuestPath {
    var current = path
    var links = 0
    search: while true {
      for folder in current.ancestors {
        guard case .symbolicLink(let target)? = entries[folder] else { continue }
        links += 1
        guard links <= Self.mostLinks else {
          throw ImageError(.noInput, "\(path) leads through a loop of symbolic links")
        }
        let rest = current.components.dropFirst(folder.components.count).joined(separator: "/")
        current = try folder.following(link: target).appending(rest)
        continue search
      }
      return current
    }
  }

  /// Where the chain of links that begins at `path` ends.
  private func resolvingLink(at path: GuestPath) throws(ImageError) -> GuestPath {
    var current = path
    for _ in 0..<Self.mostLinks {
      guard case .symbolicLink(let target)? = entries[current] else { return current }
      current = try resolvingFolders(of: current.following(link: target))
    }
    throw ImageError(.noInput, "\(path) is a loop of symbolic links")
  }

  private static func check(_ entry: Entry, at path: GuestPath) throws(ImageError) {
    switch entry {
    case .file(let content, _):
      guard UInt32(exactly: content.size) != nil else {
        throw ImageError(.noInput, "\(path) is 4 GiB or more, which a cpio archive cannot hold")
      }
    case .symbolicLink(let target):
      guard (1...4095).contains(target.utf8.count), !target.utf8.contains(0) else {
        throw ImageError(.noInput, "\(path) is a symbolic link with an impossible target")
      }
    default:
      break
    }
  }
}
