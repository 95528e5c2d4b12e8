import SystemPackage

/// Turns a ``CPIOArchive`` into bytes, a piece at a time.
struct CPIOWriter {
  /// The types of file in a mode (`S_IF*` of `stat.h`).
  private enum FileType: UInt32 {
    case namedPipe = 0o010000
    case characterDevice = 0o020000
    case directory = 0o040000
    case blockDevice = 0o060000
    case regular = 0o100000
    case symbolicLink = 0o120000
  }

  private static let magic = "070701"
  /// Headers and contents start at multiples of this many bytes.
  private static let alignment = 4
  /// Archives end at a multiple of this many bytes, as those of cpio do.
  private static let blockSize = 512
  private static let pieceSize = 1 << 20

  private let sink: ([UInt8]) throws -> Void
  private var pending: [UInt8] = []
  private var flushedCount = 0
  private var lastInode: UInt32 = 0

  /// - Parameter sink: takes the archive's bytes in order.
  init(sink: @escaping ([UInt8]) throws -> Void) {
    self.sink = sink
  }

  private var offset: Int { flushedCount + pending.count }

  mutating func write(_ archive: CPIOArchive) throws {
    try write(
      .file(.bytes(Array("This initramfs was made by strata image.\n".utf8)), permissions: 0o444),
      name: CPIOArchive.makerName)
    try write(.directory(permissions: 0o755), name: ".")
    for (path, entry) in archive.sortedEntries where path.archiveName != CPIOArchive.makerName {
      try write(entry, name: path.archiveName)
    }
    header(name: "TRAILER!!!", inode: 0, mode: 0, links: 1, size: 0)
    pad(to: Self.blockSize)
    try flush()
  }

  private mutating func write(_ entry: CPIOArchive.Entry, name: String) throws {
    lastInode &+= 1
    switch entry {
    case .directory(let permissions):
      header(name: name, inode: lastInode, mode: .directory, permissions, links: 2)
    case .file(let content, let permissions):
      header(name: name, inode: lastInode, mode: .regular, permissions, size: content.size)
      try append(content)
    case .symbolicLink(let target):
      header(name: name, inode: lastInode, mode: .symbolicLink, 0o777, size: target.utf8.count)
      try append(.bytes(Array(target.utf8)))
    case .characterDevice(let major, let minor, let permissions):
      header(name: name, inode: lastInode, mode: .characterDevice, permissions, device: (major, minor))
    case .blockDevice(let major, let minor, let permissions):
      header(name: name, inode: lastInode, mode: .blockDevice, permissions, device: (major, minor))
    case .namedPipe(let permissions):
      header(name: name, inode: lastInode, mode: .namedPipe, permissions)
    }
    if pending.count >= Self.pieceSize { try flush() }
  }

  private mutating func header(
    name: String, inode: UInt32, mode type: FileType, _ permissions: UInt16, links: UInt32 = 1,
    size: Int = 0, device: (major: UInt32, minor: UInt32) = (0, 0)
  ) {
    header(
      name: name, inode: inode, mode: type.rawValue | UInt32(permissions & 0o7777), links: links, size: size,
      device: device)
  }

  private mutating func header(
    name: String, inode: UInt32, mode: UInt32, links: UInt32, size: Int,
    device: (major: UInt32, minor: UInt32) = (0, 0)
  ) {
    let owner: UInt32 = 0
    let group: UInt32 = 0
    let modificationTime: UInt32 = 0
    let holdingDevice: (major: UInt32, minor: UInt32) = (0, 0)
    let checksum: UInt32 = 0
    pending.append(contentsOf: Self.magic.utf8)
    for field in [
      inode, mode, owner, group, links, modificationTime, UInt32(truncatingIfNeeded: size),
      holdingDevice.major, holdingDevice.minor, device.major, device.minor,
      UInt32(truncatingIfNeeded: name.utf8.count + 1), checksum,
    ] {
      let digits = String(field, radix: 16, uppercase: true)
      pending.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 8 - digits.utf8.count))
      pending.append(contentsOf: digits.utf8)
    }
    pending.append(contentsOf: name.utf8)
    pending.append(0)
    pad(to: Self.alignment)
  }

  private mutating func append(_ content: CPIOArchive.Content) throws {
    switch content {
    case .bytes(let bytes):
      pending.append(contentsOf: bytes)
    case .hostFile(let path, let size):
      try HostFiles.readPieces(of: path, size: size, pieceSize: Self.pieceSize) { piece in
        pending.append(contentsOf: piece)
        if pending.count >= Self.pieceSize { try flush() }
      }
    }
    pad(to: Self.alignment)
  }

  private mutating func pad(to multiple: Int) {
    let excess = offset % multiple
    if excess != 0 {
      pending.append(contentsOf: repeatElement(0, count: multiple - excess))
    }
  }

  private mutating func flush() throws {
    try sink(pending)
    flushedCount += pending.count
    pending.removeAll(keepingCapacity: true)
  }
}

extension CPIOArchive {
  /// The whole archive in memory.
  ///
  /// - Throws: ``ImageError`` of kind `noInput` when a file of the host cannot be read or has changed its
  ///   size.
  public func serialized() throws -> [UInt8] {
    let result = ByteCollector()
    var writer = CPIOWriter { result.bytes.append(contentsOf: $0) }
    try writer.write(self)
    return result.bytes
  }

  /// Writes the archive to an open file.
  ///
  /// - Throws: ``ImageError`` of kind `noInput` as for ``serialized()``; `Errno` when writing fails.
  public func write(to file: FileDescriptor) throws {
    var writer = CPIOWriter { try file.writeAll($0) }
    try writer.write(self)
  }

  /// Whether a file that begins with these bytes (128 are enough) is an archive made by this module.
  public static func isOwn(prefix: [UInt8]) -> Bool {
    let nameOffset = 110
    let name = Array((makerName + "\0").utf8)
    return prefix.starts(with: "070701".utf8) && prefix.dropFirst(nameOffset).starts(with: name)
  }

  private final class ByteCollector {
    var bytes: [UInt8] = []
  }
}
