@testable import Devices

/// Keeps what the guest wrote to a console.
final class CollectingConsole: ConsoleBackend {
  private(set) var bytes: [UInt8] = []

  var text: String { String(decoding: bytes, as: UTF8.self) }
  func transmit(_ bytes: [UInt8]) { self.bytes += bytes }
}

/// A disk in memory that fails where a test wants it to.
final class MemoryBlockBackend: BlockBackend {
  var bytes: [UInt8]
  var failure: BlockError?
  let isReadOnly: Bool
  private(set) var flushCount = 0

  init(sectors: Int, isReadOnly: Bool = false) {
    bytes = [UInt8](repeating: 0, count: sectors * BlockSector.size)
    self.isReadOnly = isReadOnly
  }

  var sectorCount: UInt64 { UInt64(bytes.count / BlockSector.size) }

  func read(sector: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(BlockError) {
    let start = try start(of: sector, count: buffer.count)
    bytes.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + buffer.count]))
    }
  }

  func write(sector: UInt64, from buffer: UnsafeRawBufferPointer) throws(BlockError) {
    let start = try start(of: sector, count: buffer.count)
    bytes.replaceSubrange(start..<start + buffer.count, with: buffer)
  }

  func flush() throws(BlockError) {
    if let failure { throw failure }
    flushCount += 1
  }

  private func start(of sector: UInt64, count: Int) throws(BlockError) -> Int {
    if let failure { throw failure }
    guard sector <= sectorCount, UInt64(count / BlockSector.size) <= sectorCount - sector else {
      throw .outOfRange
    }
    return Int(sector) * BlockSector.size
  }
}
