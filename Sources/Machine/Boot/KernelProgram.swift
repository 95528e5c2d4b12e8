import Bus

/// The parts of a kernel's file and the physical addresses that they are loaded to.
struct KernelProgram {
  /// A part of the file that is loaded.
  struct Segment: Equatable {
    /// Where its bytes are in the file.
    let fileRange: Range<Int>
    /// The address that its code believes to be at.
    let virtualAddress: UInt64
    /// The physical addresses that it takes; what the file does not fill is zero.
    let memory: Range<UInt64>
  }

  let bytes: [UInt8]
  /// The segments by ascending physical address; at least one, and no two overlap.
  let segments: [Segment]

  /// A program of these segments, whose ranges of the file lie in it and are not longer than those of memory.
  ///
  /// - Throws: `BootError.malformedKernel` if there is no segment, or if two overlap.
  init(_ bytes: [UInt8], segments: [Segment], format: String) throws(BootError) {
    guard !segments.isEmpty else {
      throw .malformedKernel(format: format, reason: "it has nothing to load")
    }
    let sorted = segments.sorted { $0.memory.lowerBound < $1.memory.lowerBound }
    for (lower, upper) in zip(sorted, sorted.dropFirst()) where lower.memory.overlaps(upper.memory) {
      throw .malformedKernel(
        format: format, reason: "two segments overlap at 0x\(String(upper.memory.lowerBound, radix: 16))")
    }
    self.bytes = bytes
    self.segments = sorted
  }

  /// The first address of all segments.
  var memoryStart: UInt64 {
    segments.first?.memory.lowerBound ?? 0
  }

  /// The first address behind all segments.
  var memoryEnd: UInt64 {
    segments.last?.memory.upperBound ?? 0
  }

  /// Whether a physical address is in a segment.
  func contains(_ address: UInt64) -> Bool {
    segments.contains { $0.memory.contains(address) }
  }

  /// Copies the segments to their addresses, which must be free RAM below 4 GiB.
  ///
  /// - Throws: `BootError.kernelTooLarge` if more RAM would help, else `BootError.segmentOutsideMemory`.
  func load(into memory: GuestMemory) throws(BootError) {
    for segment in segments {
      let range = segment.memory
      guard BootLayout.kernels.contains(where: { $0.contains(range) }) else {
        throw .segmentOutsideMemory(start: range.lowerBound, end: range.upperBound)
      }
    }
    guard memoryEnd <= memory.lowSize else {
      throw .kernelTooLarge(neededMemory: memoryEnd, memory: memory.size)
    }
    for segment in segments {
      let content = bytes[segment.fileRange]
      try memory.place(content, at: segment.memory.lowerBound)
      try memory.clear(segment.memory.lowerBound + UInt64(content.count)..<segment.memory.upperBound)
    }
  }
}
