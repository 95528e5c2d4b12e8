/// What a driver did wrong with a virtqueue. The device stops and asks to be reset (VIRTIO 1.2, 2.1.2).
public enum VirtqueueError: Error, Equatable {
  /// Something that the driver placed at this address is not in RAM.
  case unreachable(address: UInt64)
  /// More chains are available than the queue has descriptors.
  case availableIndexTooFarAhead
  /// A descriptor's number is not in its table.
  case descriptorOutOfRange
  /// A chain has more descriptors than it can have without a loop.
  case chainTooLong
  /// A chain has more bytes than the device takes.
  case chainTooLarge
  /// A buffer has no bytes.
  case emptyBuffer
  /// A buffer to read follows one to write.
  case readableAfterWritable
  /// An indirect table was not negotiated, is nested, is followed by another descriptor, or has an odd size.
  case badIndirectTable
  /// The chain lacks a part that every request to this device has.
  case malformedRequest
  /// The queue was enabled with a size or an address that no queue may have.
  case badQueueLayout
}
