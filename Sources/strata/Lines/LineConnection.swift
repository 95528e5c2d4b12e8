/// A line of the host plugged into a device of the guest.
struct LineConnection {
  let line: any HostLine
  let port: GuestPort
  /// Input on its way to the guest.
  private var queue: [UInt8]
  /// When somebody last saw new output: how much there had been, and how often the guest had accessed the device.
  private var lastOutput: (count: UInt64, accesses: UInt64) = (0, 0)

  /// What is typed faster than the guest reads is lost beyond this.
  private static let typeAheadLimit = 4096
  /// A guest that polls never enables an interrupt: it is known by this many accesses to the device without a
  /// character of output.
  private static let pollingAccesses: UInt64 = 10_000

  /// A connection; `pending` is input that an earlier machine did not take.
  init(_ line: any HostLine, to port: GuestPort, pending: [UInt8] = []) {
    self.line = line
    self.port = port
    queue = pending
  }

  /// What the guest has not taken.
  var pending: [UInt8] { queue }

  /// The descriptor to read from; `nil` while the guest has enough to read.
  ///
  /// A person's keys are always read, because some are meant for Strata.
  var readableDescriptor: Int32? {
    queue.isEmpty || line.isTyped ? line.source.descriptor : nil
  }

  /// Where more input may come from without being there already.
  var awaitedDescriptor: Int32? {
    guard case .awaited(let descriptor) = line.source else { return nil }
    return queue.isEmpty || line.isTyped ? descriptor : nil
  }

  /// Takes what the line has; gives what is meant for Strata.
  mutating func receive() -> [EscapeCommand] {
    var commands: [EscapeCommand] = []
    for input in line.receive() {
      switch input {
      case .character(let byte): if queue.count < Self.typeAheadLimit { queue.append(byte) }
      case .command(let command): commands.append(command)
      }
    }
    return commands
  }

  /// Hands the guest what it has room for; tells whether that was anything.
  ///
  /// What nobody types waits until the guest listens: a driver that sets the device up would throw it away.
  ///
  /// - Parameter accesses: how often the guest has accessed the device.
  mutating func deliver(afterAccesses accesses: UInt64) -> Bool {
    let sent = line.output.count
    if sent != lastOutput.count { lastOutput = (sent, accesses) }
    guard !queue.isEmpty else { return false }
    let isPolling = accesses &- lastOutput.accesses >= Self.pollingAccesses
    guard line.isTyped || port.isListening || isPolling else { return false }
    let taken = port.offer(queue)
    queue.removeFirst(taken)
    return taken > 0
  }
}
