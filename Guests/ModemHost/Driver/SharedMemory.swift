import Bedrock
import _Volatile

/// Memory that the driver and the modem share: pages of zeros in one piece.
///
/// The modem may read and write it between any two instructions.
struct SharedMemory {
  /// Where the modem finds it. Bedrock maps memory one to one, and there is no IOMMU in between.
  let address: UInt64
  /// The size in bytes.
  let count: Int

  /// Nil if there is no memory.
  init?(_ frames: PageFrameAllocator, count: Int) {
    let pages = (UInt64(count) + PageFrameAllocator.frameSize - 1) / PageFrameAllocator.frameSize
    guard let frame = frames.allocate(count: pages) else { return nil }
    address = frame.rawValue
    self.count = count
  }

  /// The first byte, for what the modem does not touch meanwhile.
  var pointer: UnsafeMutableRawPointer {
    guard let pointer = PhysicalAddress(address).pointer else {
      preconditionFailure("frames lie in the identity map")
    }
    return pointer
  }

  func load32(_ offset: Int) -> UInt32 { register(offset).load() }
  func store32(_ value: UInt32, at offset: Int) { register(offset).store(value) }

  /// Two halves: of what has 64 bits in contexts nothing is aligned to more than 4 bytes.
  func load64(_ offset: Int) -> UInt64 { UInt64(load32(offset + 4)) << 32 | UInt64(load32(offset)) }
  func store64(_ value: UInt64, at offset: Int) {
    store32(UInt32(truncatingIfNeeded: value), at: offset)
    store32(UInt32(truncatingIfNeeded: value >> 32), at: offset + 4)
  }

  private func register(_ offset: Int) -> VolatileMappedRegister<UInt32> {
    VolatileMappedRegister(unsafeBitPattern: UInt(address) + UInt(offset))
  }
}
