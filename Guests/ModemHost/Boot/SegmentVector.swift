import Bedrock
import Interfaces

/// Memory in segments, and the table that tells the modem of them.
struct SegmentVector {
  let table: SharedMemory
  let segments: [SharedMemory]

  /// Nil if there is no memory.
  init?(segments count: Int, of segmentSize: Int, _ frames: PageFrameAllocator) {
    guard let table = SharedMemory(frames, count: count * BHIEVectorEntry.stride) else { return nil }
    segments = (0..<count).compactMap { _ in SharedMemory(frames, count: segmentSize) }
    guard segments.count == count else { return nil }
    self.table = table
    for (index, segment) in segments.enumerated() {
      let entry = index * BHIEVectorEntry.stride
      table.store64(segment.address, at: entry + BHIEVectorEntry.address)
      table.store64(UInt64(segmentSize), at: entry + BHIEVectorEntry.size)
    }
  }

  /// The size of the table in bytes.
  var size: UInt32 { UInt32(segments.count * BHIEVectorEntry.stride) }
}
