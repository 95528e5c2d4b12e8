import Glibc
import SystemPackage

/// Looking at, reading and replacing files of the host, with errors that name the file.
enum HostFiles {
  /// What a name of the host stands for.
  enum Kind: Equatable {
    case directory
    case regular(size: Int)
    case symbolicLink
    case characterDevice(major: UInt32, minor: UInt32)
    case blockDevice(major: UInt32, minor: UInt32)
    case namedPipe
    case socket
  }

  struct Status: Equatable {
    let kind: Kind
    /// The low twelve bits of the mode.
    let permissions: UInt16
  }

  enum Links {
    case follow
    case keep
  }

  /// The status of a file; nil if there is none.
  static func status(of path: FilePath, links: Links = .follow) throws(ImageError) -> Status? {
    var raw = stat()
    let result = path.withPlatformString { links == .follow ? stat($0, &raw) : lstat($0, &raw) }
    guard result == 0 else {
      let error = Errno(rawValue: errno)
      if error == .noSuchFileOrDirectory || error == .notDirectory { return nil }
      throw ImageError(.noInput, "cannot look at \(path): \(error)")
    }
    let (major, minor) = deviceNumber(raw.st_rdev)
    let kind: Kind
    switch raw.st_mode & S_IFMT {
    case S_IFDIR: kind = .directory
    case S_IFLNK: kind = .symbolicLink
    case S_IFCHR: kind = .characterDevice(major: major, minor: minor)
    case S_IFBLK: kind = .blockDevice(major: major, minor: minor)
    case S_IFIFO: kind = .namedPipe
    case S_IFSOCK: kind = .socket
    default: kind = .regular(size: Int(raw.st_size))
    }
    return Status(kind: kind, permissions: UInt16(truncatingIfNeeded: raw.st_mode & 0o7777))
  }

  /// Takes a device number of Linux apart, as the macros `major` and `minor` of C do, which Swift cannot see.
  private static func deviceNumber(_ number: dev_t) -> (major: UInt32, minor: UInt32) {
    let major = (number >> 8 & 0xfff) | (number >> 32 & 0xffff_f000)
    let minor = (number & 0xff) | (number >> 12 & 0xffff_ff00)
    return (UInt32(truncatingIfNeeded: major), UInt32(truncatingIfNeeded: minor))
  }

  static func isFolder(_ path: FilePath) -> Bool {
    (try? status(of: path))?.kind == .directory
  }

  static func isRegularFile(_ path: FilePath) -> Bool {
    if case .regular? = (try? status(of: path))?.kind { true } else { false }
  }

  /// A path from the root on, whatever this process's folder is.
  static func absolutePath(of path: FilePath) -> FilePath {
    guard path.isRelative, let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    return FilePath(String(cString: current)).pushing(path)
  }

  /// The names in a folder, sorted, without `.` and `..`.
  static func names(in folder: FilePath) throws(ImageError) -> [String] {
    guard let stream = folder.withPlatformString({ opendir($0) }) else {
      throw ImageError(.noInput, "cannot read the folder \(folder): \(Errno(rawValue: errno))")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let name else {
        throw ImageError(
          .noInput, "\(folder) holds a name that is not UTF-8: rename it or leave the folder out")
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Every file below a folder, folders before their contents; links are not followed.
  ///
  /// - Parameter visit: is given the path relative to `folder`, the full path and the status.
  static func walk(
    _ folder: FilePath, below relative: String = "",
    visit: (_ relative: String, _ path: FilePath, _ status: Status) throws -> Void
  ) throws {
    for name in try names(in: folder) {
      let path = folder.appending(name)
      guard let status = try status(of: path, links: .keep) else { continue }
      let below = relative.isEmpty ? name : relative + "/" + name
      try visit(below, path, status)
      if status.kind == .directory {
        try walk(path, below: below, visit: visit)
      }
    }
  }

  /// Where a symbolic link leads.
  static func linkTarget(of path: FilePath) throws(ImageError) -> String {
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
      count = path.withPlatformString { link in
        buffer.baseAddress.map { max(0, readlink(link, $0, buffer.count)) } ?? 0
      }
    }
    guard !bytes.isEmpty, let target = String(validating: bytes, as: UTF8.self) else {
      throw ImageError(.noInput, "\(path) is a symbolic link that cannot be read")
    }
    return target
  }

  /// All of a file.
  static func read(_ path: FilePath) throws(ImageError) -> [UInt8] {
    guard let status = try status(of: path) else { throw ImageError(.noInput, "\(path) does not exist") }
    guard case .regular(let size) = status.kind else {
      throw ImageError(.noInput, "\(path) is not a regular file")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    do {
      try readPieces(of: path, size: size, pieceSize: 1 << 20) { bytes.append(contentsOf: $0) }
    } catch let error as ImageError {
      throw error
    } catch {
      throw ImageError(.noInput, "cannot read \(path): \(error)")
    }
    return bytes
  }

  /// The lines of a text file; nil if there is no such file.
  static func lines(of path: FilePath) throws(ImageError) -> [Substring]? {
    guard try status(of: path) != nil else { return nil }
    return String(decoding: try read(path), as: UTF8.self).split(separator: "\n")
  }

  /// Up to `count` bytes from the start of a file.
  static func prefix(of path: FilePath, count: Int) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly)
    return try file.closeAfter {
      try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
      }
    }
  }

  /// Hands over a file piece by piece.
  ///
  /// - Throws: ``ImageError`` of kind `noInput` when the file cannot be read or holds fewer than `size`
  ///   bytes.
  static func readPieces(
    of path: FilePath, size: Int, pieceSize: Int, take: ([UInt8]) throws -> Void
  ) throws {
    let file: FileDescriptor
    do {
      file = try FileDescriptor.open(path, .readOnly)
    } catch {
      throw ImageError(.noInput, "cannot open \(path): \(error)")
    }
    try file.closeAfter {
      var left = size
      while left > 0 {
        let piece = try [UInt8](unsafeUninitializedCapacity: min(left, pieceSize)) { buffer, count in
          count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        guard !piece.isEmpty else { throw ImageError(.noInput, "\(path) became shorter while it was read") }
        left -= piece.count
        try take(piece)
      }
    }
  }

  /// Makes a folder and those above it; folders that exist are fine.
  static func makeFolders(_ path: FilePath) throws(ImageError) {
    guard !isFolder(path) else { return }
    let parent = path.removingLastComponent()
    if parent != path, !parent.isEmpty { try makeFolders(parent) }
    guard path.withPlatformString({ mkdir($0, 0o755) }) == 0 || errno == EEXIST else {
      throw ImageError(.cannotCreate, "cannot make the folder \(path): \(Errno(rawValue: errno))")
    }
  }

  /// Moves a file or folder within one file system, in one step.
  static func rename(_ source: FilePath, to target: FilePath) throws(ImageError) {
    let result = source.withPlatformString { from in
      target.withPlatformString { Glibc.rename(from, $0) }
    }
    guard result == 0 else {
      throw ImageError(.cannotCreate, "cannot make \(target): \(Errno(rawValue: errno))")
    }
  }

  /// Removes a file, or a folder with all it holds; what cannot be removed stays.
  static func remove(_ path: FilePath) {
    if path.withPlatformString({ unlink($0) }) == 0 { return }
    guard (try? status(of: path, links: .keep))?.kind == .directory else { return }
    for name in (try? names(in: path)) ?? [] {
      remove(path.appending(name))
    }
    _ = path.withPlatformString { rmdir($0) }
  }

  /// Writes a file beside its final place and then moves it there, so that the place never holds half of it.
  static func replace(_ path: FilePath, write: (FileDescriptor) throws -> Void) throws {
    let partial = FilePath("\(path).partial-\(getpid())")
    do {
      let file = try FileDescriptor.open(
        partial, .writeOnly, options: [.create, .truncate],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      try file.closeAfter { try write(file) }
      try rename(partial, to: path)
    } catch {
      remove(partial)
      throw error is ImageError ? error : ImageError(.cannotCreate, "cannot write \(path): \(error)")
    }
  }
}
