import Bus

/// A disk (VIRTIO 1.2, 5.2). Requests are done one after the other, before the driver's notification returns.
public final class VirtioBlock: VirtioDevice {
  /// Feature bits (5.2.3).
  private enum Feature {
    static let maximumSegmentSize = VirtioFeatures(rawValue: 1 << 1)
    static let maximumSegmentCount = VirtioFeatures(rawValue: 1 << 2)
    static let readOnly = VirtioFeatures(rawValue: 1 << 5)
    static let blockSize = VirtioFeatures(rawValue: 1 << 6)
    static let flush = VirtioFeatures(rawValue: 1 << 9)
  }

  /// Offsets in the device-specific configuration (5.2.4).
  private enum Configuration {
    static let capacity = 0x00
    static let maximumSegmentSize = 0x08
    static let maximumSegmentCount = 0x0C
    static let blockSize = 0x14
    static let end = 0x18
  }

  /// The types of requests (5.2.6).
  private enum RequestType: UInt32 {
    case read = 0
    case write = 1
    case flush = 4
    case identify = 8
  }

  /// Offsets in the header of a request.
  private enum Header {
    static let type: UInt64 = 0
    static let sector: UInt64 = 8
    static let end: UInt64 = 16
  }

  /// The status byte that ends a request.
  private enum Status: UInt8 {
    case ok = 0
    case ioError = 1
    case unsupported = 2
  }

  private static let queueSize: UInt16 = 256
  private static let segmentSize: UInt32 = 64 << 10
  /// A chain also has a header and a status byte.
  private static let segmentCount = UInt32(queueSize) - 2
  /// The data of one request is at most this long. A driver that keeps to the limits above stays below it.
  private static let maximumData = UInt64(segmentSize) * UInt64(segmentCount)
  private static let identifierSize = 20

  /// The type of the device.
  public let type = VirtioDeviceType.block
  /// A mass storage controller of no other kind.
  public let classCode: UInt32 = 0x01_80_00
  /// The limits, the block size, the flush request, and that the disk must not be written if so.
  public let offeredFeatures: VirtioFeatures
  /// One queue, for requests.
  public let queueSizes = [VirtioBlock.queueSize]
  /// The size and the limits as the driver sees them.
  public let configuration: [UInt8]
  /// What connects the device to its driver.
  public weak var transport: (any VirtioTransport)?

  private let backend: any BlockBackend
  private let identifier: [UInt8]
  /// What is on its way between the backend and guest memory: whole sectors.
  private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 4096)

  /// A disk with the contents of `backend`. The guest can ask for `identifier`, of which it gets 20 bytes.
  public init(identifier: String, backend: any BlockBackend) {
    self.backend = backend
    let bytes = Array(identifier.utf8.prefix(Self.identifierSize))
    self.identifier = bytes + [UInt8](repeating: 0, count: Self.identifierSize - bytes.count)
    let common: VirtioFeatures = [
      Feature.maximumSegmentSize, Feature.maximumSegmentCount, Feature.blockSize, Feature.flush,
    ]
    offeredFeatures = backend.isReadOnly ? common.union(Feature.readOnly) : common
    configuration = Self.configuration(capacity: backend.sectorCount)
  }

  deinit { scratch.deallocate() }

  private static func configuration(capacity: UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Configuration.end)
    func put<Number: FixedWidthInteger>(_ value: Number, at offset: Int) {
      withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(offset..<offset + $0.count, with: $0) }
    }
    put(capacity, at: Configuration.capacity)
    put(segmentSize, at: Configuration.maximumSegmentSize)
    put(segmentCount, at: Configuration.maximumSegmentCount)
    put(UInt32(BlockSector.size), at: Configuration.blockSize)
    return bytes
  }

  // MARK: Requests

  /// Does the requests that the driver made available.
  public func service(_ queue: Virtqueue, index: Int) throws(VirtqueueError) {
    while let chain = try queue.next() {
      guard chain.readableLength >= Header.end, chain.writableLength >= 1 else { throw .malformedRequest }
      let (status, written) = try perform(chain)
      // The status is the last byte, wherever the data ended (5.2.6).
      _ = try chain.write([status.rawValue], at: chain.writableLength - 1)
      try queue.complete(chain, written: UInt32(truncatingIfNeeded: written + 1))
    }
  }

  /// Does one request, and says how it went and how many bytes of data it wrote.
  private func perform(_ chain: DescriptorChain) throws(VirtqueueError) -> (Status, written: UInt64) {
    let sector: UInt64 = try chain.load(Header.sector)
    switch RequestType(rawValue: try chain.load(Header.type)) {
    case .read: return try readSectors(sector, chain)
    case .write: return (try writeSectors(sector, chain), 0)
    case .flush: return (flush(), 0)
    case .identify: return try identify(chain)
    case nil: return (.unsupported, 0)
    }
  }

  private func readSectors(
    _ sector: UInt64, _ chain: DescriptorChain
  ) throws(VirtqueueError) -> (Status, written: UInt64) {
    let length = chain.writableLength - 1
    guard isWhole(sector, length: length) else { return (.ioError, 0) }
    var done: UInt64 = 0
    while done < length {
      let piece = piece(upTo: length - done)
      do throws(BlockError) {
        try backend.read(sector: sector + done / UInt64(BlockSector.size), into: piece)
      } catch {
        return (.ioError, done)
      }
      _ = try chain.write(UnsafeRawBufferPointer(piece), at: done)
      done += UInt64(piece.count)
    }
    return (.ok, done)
  }

  private func writeSectors(_ sector: UInt64, _ chain: DescriptorChain) throws(VirtqueueError) -> Status {
    let length = chain.readableLength - Header.end
    guard !backend.isReadOnly, isWhole(sector, length: length) else { return .ioError }
    var done: UInt64 = 0
    while done < length {
      let piece = piece(upTo: length - done)
      _ = try chain.read(at: Header.end + done, into: piece)
      do throws(BlockError) {
        try backend.write(
          sector: sector + done / UInt64(BlockSector.size), from: UnsafeRawBufferPointer(piece))
      } catch {
        return .ioError
      }
      done += UInt64(piece.count)
    }
    return .ok
  }

  /// The part of the scratch memory for the next piece of a transfer that has `length` bytes to go.
  private func piece(upTo length: UInt64) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: scratch[..<Int(min(length, UInt64(scratch.count)))])
  }

  /// Whether data of `length` bytes are whole sectors that the disk has, and not more than one request may move.
  private func isWhole(_ sector: UInt64, length: UInt64) -> Bool {
    guard length % UInt64(BlockSector.size) == 0, length <= Self.maximumData else { return false }
    return sector <= backend.sectorCount
      && length / UInt64(BlockSector.size) <= backend.sectorCount - sector
  }

  private func flush() -> Status {
    do throws(BlockError) {
      try backend.flush()
      return .ok
    } catch {
      return .ioError
    }
  }

  private func identify(_ chain: DescriptorChain) throws(VirtqueueError) -> (Status, written: UInt64) {
    let room = min(chain.writableLength - 1, UInt64(Self.identifierSize))
    let written = try chain.write(Array(identifier.prefix(Int(room))), at: 0)
    return (.ok, UInt64(written))
  }

  // MARK: State

  /// Between requests the device has no state: its contents are the backend's.
  public func reset() {}

  /// Writes nothing.
  public func save(to writer: inout StateWriter) {}

  /// Reads nothing.
  public func restore(from reader: inout StateReader) throws(StateError) {}
}
