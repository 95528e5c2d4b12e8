#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a file cannot be a disk.
public enum FileBlockBackendError: Error, Equatable, CustomStringConvertible {
  /// The host refused to open the file or to tell its size; the number is its `errno`.
  case cannotOpen(path: String, errno: Int32)
  /// It is neither a file nor a block device.
  case notAFile(path: String)
  /// The size in bytes is not a multiple of 512.
  case notWholeSectors(path: String, size: UInt64)
  /// There is nothing in the file.
  case empty(path: String)
  /// Another machine has the disk, or this one has it already, and one of the two may write.
  case inUse(path: String)

  /// One line that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .cannotOpen(let path, let errno):
      "cannot open the disk \(path): \(String(cString: strerror(errno)))"
    case .notAFile(let path):
      "the disk \(path) is neither a file nor a block device: give a raw image"
    case .notWholeSectors(let path, let size):
      "the disk \(path) has \(size) bytes, which is not a multiple of 512: is it a raw image?"
        + " 'truncate -s %512' rounds it up"
    case .empty(let path):
      "the disk \(path) is empty: make it with 'truncate -s 1G'"
    case .inUse(let path):
      "another machine has the disk \(path): end it, or give the disk to both for reading only"
    }
  }
}

/// The contents of a disk in a raw file.
public final class FileBlockBackend: BlockBackend {
  /// What may be done to the file.
  public enum Access: Sendable {
    case readOnly
    case readWrite
  }

  /// The number of sectors.
  public let sectorCount: UInt64
  /// Whether the file was opened for reading only.
  public let isReadOnly: Bool
  private let descriptor: Int32

  /// Opens the file at `path`, which must be a whole number of sectors long.
  ///
  /// Meanwhile it can be opened for reading elsewhere if it was for reading here, and else not at all. That is so
  /// among users of this class, and where the host's file system has locks.
  public init(path: String, access: Access) throws(FileBlockBackendError) {
    let flags = (access == .readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC
    let descriptor = open(path, flags)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, errno: errno) }
    do throws(FileBlockBackendError) {
      try Self.lock(descriptor, for: access, path: path)
      sectorCount = try Self.sectorCount(of: descriptor, path: path)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    isReadOnly = access == .readOnly
  }

  deinit { close(descriptor) }

  private static func lock(
    _ descriptor: Int32, for access: Access, path: String
  ) throws(FileBlockBackendError) {
    let kind = access == .readOnly ? LOCK_SH : LOCK_EX
    guard flock(descriptor, kind | LOCK_NB) == 0 || errno != EWOULDBLOCK else { throw .inUse(path: path) }
  }

  private static func sectorCount(of descriptor: Int32, path: String) throws(FileBlockBackendError) -> UInt64
  {
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw .cannotOpen(path: path, errno: errno) }
    let type = information.st_mode & S_IFMT
    guard type == S_IFREG || type == S_IFBLK else { throw .notAFile(path: path) }
    // The end is also the size of a block device, whose status tells none.
    let end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else { throw .cannotOpen(path: path, errno: errno) }
    let size = UInt64(end)
    guard size > 0 else { throw .empty(path: path) }
    guard size % UInt64(BlockSector.size) == 0 else { throw .notWholeSectors(path: path, size: size) }
    return size / UInt64(BlockSector.size)
  }

  /// Reads from the file.
  public func read(sector: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(BlockError) {
    let start = try offset(of: sector, count: buffer.count)
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      done += try Self.advance(pread(descriptor, rest.baseAddress, rest.count, start + off_t(done)))
    }
  }

  /// Writes to the file.
  public func write(sector: UInt64, from buffer: UnsafeRawBufferPointer) throws(BlockError) {
    guard !isReadOnly else { throw .readOnly }
    let start = try offset(of: sector, count: buffer.count)
    var done = 0
    while done < buffer.count {
      let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
      done += try Self.advance(pwrite(descriptor, rest.baseAddress, rest.count, start + off_t(done)))
    }
  }

  /// Has the host write the file's data to its storage.
  public func flush() throws(BlockError) {
    while !isReadOnly, fsync(descriptor) != 0 {
      guard errno == EINTR else { throw .host(errno: errno) }
    }
  }

  private func offset(of sector: UInt64, count: Int) throws(BlockError) -> off_t {
    let sectors = UInt64(count / BlockSector.size)
    guard sector <= sectorCount, sectors <= sectorCount - sector else { throw .outOfRange }
    return off_t(sector) * off_t(BlockSector.size)
  }

  /// How far a transfer came: nothing if it was interrupted.
  private static func advance(_ result: Int) throws(BlockError) -> Int {
    if result > 0 { return result }
    if result == 0 { throw .host(errno: 0) }
    guard errno == EINTR else { throw .host(errno: errno) }
    return 0
  }
}
