/// A request to a disk's contents that failed.
public enum BlockError: Error, Equatable {
  /// A part of the request lies behind the last sector.
  case outOfRange
  /// The disk must not be written.
  case readOnly
  /// The host could not do it; the number is its `errno`, zero if the contents ended early.
  case host(errno: Int32)
}

/// The contents of a disk, in sectors of 512 bytes. The lengths of buffers are multiples of that.
public protocol BlockBackend: AnyObject {
  /// The number of sectors; it does not change.
  var sectorCount: UInt64 { get }

  /// Whether the contents must not be written.
  var isReadOnly: Bool { get }

  /// Fills `buffer` from the sector numbered `sector` on.
  func read(sector: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(BlockError)

  /// Stores `buffer` from the sector numbered `sector` on.
  func write(sector: UInt64, from buffer: UnsafeRawBufferPointer) throws(BlockError)

  /// Returns when everything written is where it survives the end of the host.
  func flush() throws(BlockError)
}

/// The one size of a sector in requests, whatever the disk's own block size (VIRTIO 1.2, 5.2.6).
public enum BlockSector {
  /// The size in bytes.
  public static let size = 512
}
