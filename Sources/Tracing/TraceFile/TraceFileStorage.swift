import SystemPackage

/// Where the bytes of a file are.
public protocol TraceFileStorage: Sendable {
  /// The number of bytes.
  var size: Int { get }

  /// Copies bytes from a place at which there are as many.
  ///
  /// - Throws: ``TraceFileError/truncated`` if they are there no more, ``TraceFileError/unreadable(_:)``.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(TraceFileError)
}

/// A file whose bytes are in memory.
struct MemoryStorage: TraceFileStorage {
  let bytes: [UInt8]

  var size: Int { bytes.count }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(TraceFileError) {
    guard 0...bytes.count ~= offset, buffer.count <= bytes.count - offset else { throw .truncated }
    bytes.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset...].prefix(buffer.count)))
    }
  }
}

/// An open file of the host, which is read piece by piece: it may be larger than memory.
public final class HostFileStorage: TraceFileStorage {
  private let descriptor: FileDescriptor
  /// The number of bytes when the file was opened.
  public let size: Int

  /// Opens a file.
  ///
  /// - Throws: `Errno`; `illegalSeek` for a pipe.
  public init(_ path: FilePath) throws {
    descriptor = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
    do {
      size = Int(try descriptor.seek(offset: 0, from: .end))
    } catch {
      try? descriptor.close()
      throw error
    }
  }

  deinit { try? descriptor.close() }

  /// Copies bytes of the file.
  public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(TraceFileError) {
    var done = 0
    while done < buffer.count {
      let count: Int
      do {
        count = try descriptor.read(
          fromAbsoluteOffset: Int64(offset + done),
          into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
      } catch {
        throw .unreadable((error as? Errno)?.description ?? "\(error)")
      }
      guard count > 0 else { throw .truncated }
      done += count
    }
  }
}
