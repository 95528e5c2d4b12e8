import Interfaces

/// A call with its input, which was read whole before anything else happened, and the room for its output.
struct Hypercall {
  let caller: PartitionProcessor
  let control: HyperV.HypercallControl
  let shape: HypercallShape
  let input: UnsafeRawBufferPointer
  let output: UnsafeMutableRawBufferPointer

  /// The level that calls.
  var level: HyperV.VirtualTrustLevel { caller.active }

  /// A number at an offset in the input.
  func load<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type = Number.self) -> Number {
    Number(littleEndian: input.loadUnaligned(fromByteOffset: offset, as: Number.self))
  }

  /// Requires bytes that are reserved to be zero.
  func requireZero(_ range: Range<Int>) throws(HyperV.HypercallStatus) {
    guard input[range].allSatisfy({ $0 == 0 }) else { throw .invalidParameter }
  }

  /// The offset of an element of the list.
  func offset(ofElement number: Int) -> Int {
    guard case .list(let size, _) = shape.repetition else { return shape.headerSize }
    return shape.headerSize + control.headerSize * MemoryLayout<UInt64>.size + number * size
  }

  /// A number of the variable part of the header.
  func headerNumber(_ index: Int) -> UInt64 {
    load(shape.headerSize + index * MemoryLayout<UInt64>.size)
  }

  /// Stores a number in the output.
  func store<Number: FixedWidthInteger>(_ value: Number, at offset: Int) {
    output.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Number.self)
  }

  /// The level that a byte with a plain number names.
  func plainLevel(at offset: Int) throws(HyperV.HypercallStatus) -> HyperV.VirtualTrustLevel {
    guard let level = HyperV.VirtualTrustLevel(rawValue: load(offset)) else { throw .invalidParameter }
    return level
  }

  /// The level that an ``HyperV/InputLevel`` names.
  func inputLevel(at offset: Int) throws(HyperV.HypercallStatus) -> HyperV.VirtualTrustLevel {
    guard let named = HyperV.InputLevel(rawValue: load(offset)).level(of: level) else {
      throw .invalidParameter
    }
    return named
  }

  /// Requires the partition to be the caller's own.
  func requireOwnPartition(at offset: Int) throws(HyperV.HypercallStatus) {
    guard load(offset) == HyperV.partitionSelf else { throw .invalidPartition }
  }
}

/// The page of a call's input, and the page of its output.
struct HypercallBuffers {
  let input = UnsafeMutableRawBufferPointer.allocate(byteCount: HyperV.pageSize, alignment: 16)
  let output = UnsafeMutableRawBufferPointer.allocate(byteCount: HyperV.pageSize, alignment: 16)

  func deallocate() {
    input.deallocate()
    output.deallocate()
  }
}
