import SystemPackage

/// Reads the files that a guest is started from.
public enum BootFile {
  /// The size from which on a file cannot be meant, in bytes.
  private static let sizeLimit = 4 << 30
  private static let chunkSize = 1 << 20

  /// The content of a file, which may be a pipe.
  ///
  /// - Throws: `BootError.unreadableFile` or `BootError.emptyFile`.
  public static func read(_ path: FilePath) throws(BootError) -> [UInt8] {
    let name = path.string
    let content: [UInt8]
    do {
      let file = try FileDescriptor.open(path, .readOnly)
      content = try file.closeAfter { try readAll(file) }
    } catch let error as Errno {
      throw .unreadableFile(path: name, reason: "\(error)")
    } catch {
      throw .unreadableFile(path: name, reason: "\(error)")
    }
    guard !content.isEmpty else { throw .emptyFile(path: name) }
    guard content.count < sizeLimit else {
      throw .unreadableFile(path: name, reason: "it has 4 GiB or more")
    }
    return content
  }

  /// Reads until the file ends or is larger than can be meant.
  private static func readAll(_ file: FileDescriptor) throws -> [UInt8] {
    var content: [UInt8] = []
    // Only files that can seek know their size.
    if let size = try? file.seek(offset: 0, from: .end), size > 0 {
      try file.seek(offset: 0, from: .start)
      content.reserveCapacity(Int(min(size, Int64(sizeLimit))))
    }
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 16)
    defer { chunk.deallocate() }
    while content.count < sizeLimit {
      let count = try file.read(into: chunk)
      guard count > 0 else { break }
      content.append(contentsOf: chunk[..<count])
    }
    return content
  }
}
