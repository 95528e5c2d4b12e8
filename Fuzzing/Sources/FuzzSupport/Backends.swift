import Devices

/// A disk of 64 sectors that notices when it is asked for others.
public final class MemoryDisk: BlockBackend {
  /// 32 KiB.
  public let sectorCount: UInt64 = 64
  /// It can be written; nothing is kept.
  public let isReadOnly = false
  /// Whether somebody asked for a sector that the disk does not have.
  public private(set) var wasAskedForMore = false

  /// A disk that was not used yet.
  public init() {}

  private func check(_ sector: UInt64, count: Int) throws(BlockError) {
    let (end, overflow) = sector.addingReportingOverflow(UInt64(count / BlockSector.size))
    if overflow || end > sectorCount || count % BlockSector.size != 0 {
      wasAskedForMore = true
      throw .outOfRange
    }
    // Some sectors are broken.
    if sector % 16 == 15 { throw .host(errno: 5) }
  }

  /// Fills the buffer with the number of the sector.
  public func read(sector: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(BlockError) {
    try check(sector, count: buffer.count)
    _ = buffer.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: sector))
  }

  /// Takes sectors and forgets them.
  public func write(sector: UInt64, from buffer: UnsafeRawBufferPointer) throws(BlockError) {
    try check(sector, count: buffer.count)
  }

  /// Has nothing to do.
  public func flush() throws(BlockError) {}
}

/// A console that nobody looks at.
public final class SilentConsole: ConsoleBackend {
  /// A console.
  public init() {}

  /// Forgets what it takes.
  public func transmit(_ bytes: [UInt8]) {}
}
