import Bus

/// What a virtio device is besides the way the driver reaches it: its type, its features, its configuration and
/// what it does with the chains of its queues.
public protocol VirtioDevice: AnyObject {
  /// The type, which the identifiers of the PCI function derive from.
  var type: VirtioDeviceType { get }

  /// Base class, subclass and programming interface of the PCI function as 24 bits.
  var classCode: UInt32 { get }

  /// The features of its type that the device offers.
  var offeredFeatures: VirtioFeatures { get }

  /// The largest sizes of its queues: powers of two, at most 32768.
  var queueSizes: [UInt16] { get }

  /// The bytes of the device-specific configuration at present.
  var configuration: [UInt8] { get }

  /// What connects the device to its driver; the transport sets it.
  var transport: (any VirtioTransport)? { get set }

  /// Takes what chains of `queue`, the one numbered `index`, it has use for, and completes them.
  func service(_ queue: Virtqueue, index: Int) throws(VirtqueueError)

  /// Puts everything to its power-on value.
  func reset()

  /// Writes the device's own state.
  func save(to writer: inout StateWriter)

  /// Reads back what ``save(to:)`` wrote.
  func restore(from reader: inout StateReader) throws(StateError)
}

/// What a virtio device asks of its transport.
public protocol VirtioTransport: AnyObject {
  /// Gives the device a turn with queue `index`, if the driver has set it up.
  func serviceQueue(_ index: Int)

  /// Tells the driver that the device-specific configuration changed.
  func configurationChanged()
}
