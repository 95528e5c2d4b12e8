import Bus
import Interfaces

/// What answers behind a pair of channels of the modem.
public protocol ModemService: AnyObject {
  /// The host started the pair; `port` is where answers go.
  func open(_ port: any ModemPort)

  /// Takes a transfer from the host; the bytes are valid during the call.
  func receive(_ transfer: UnsafeRawBufferPointer)

  /// The host closed the pair, or the device was reset.
  func close()

  /// Writes the whole state, in a fixed order.
  func save(to writer: inout StateWriter)

  /// Reads back what ``save(to:)`` wrote.
  func restore(from reader: inout StateReader) throws(StateError)
}

/// The device's end of a channel towards the host.
public protocol ModemPort: AnyObject {
  /// Sends a transfer to the host; it waits in a bounded queue while the host gives no buffers.
  ///
  /// - Returns: whether it was taken; a full queue takes nothing.
  func send(_ transfer: UnsafeRawBufferPointer) -> Bool
}

/// What makes the services of one modem, and what they share.
public protocol ModemServiceSource: AnyObject {
  /// Lets something go wrong with the device after so many nanoseconds, because a service was told to.
  var injectFault: ((_ fault: MHIFault, _ delay: UInt64) -> Void)? { get set }

  /// The machine's time in nanoseconds since it was switched on.
  var machineTime: (() -> UInt64)? { get set }

  /// What answers behind a pair of channels; asked once for each.
  func makeService(for channel: MHIChannelName) -> any ModemService

  /// Switches the modem off and on.
  func reset()

  /// Writes what the services share, in a fixed order.
  func save(to writer: inout StateWriter)

  /// Reads back what ``save(to:)`` wrote.
  func restore(from reader: inout StateReader) throws(StateError)
}
