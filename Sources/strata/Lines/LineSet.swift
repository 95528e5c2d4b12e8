import Chipset
import Devices
import Glibc
import Machine

/// All lines between a machine and the host.
final class LineSet {
  /// The lines that take output.
  private let lines: [any HostLine]
  /// The lines that bring input, with the devices that it is for.
  private var connections: [LineConnection] = []
  /// The serial port that a break is for.
  private var breakTarget: SerialPort?

  private weak var machine: Machine?
  private let serial: (any HostLine)?
  private let console: (any HostLine)?
  private let modem: ModemTerminal?

  /// The lines of the serial port, of a virtio console and of a modem. The first two may be the same line, whose
  /// input is then the console's.
  init(serial: (any HostLine)?, console: (any HostLine)?, modem: ModemTerminal?) {
    self.serial = serial
    self.console = console
    self.modem = modem
    if let serial, let console, serial === console {
      lines = [serial, modem?.line].compactMap { $0 }
    } else {
      lines = [serial, console, modem?.line].compactMap { $0 }
    }
  }

  /// The line that a person types on, if there is one.
  var isTyped: Bool { lines.contains { $0.isTyped } }

  /// Plugs the lines into a machine that has just been switched on, and does not keep it alive.
  func connect(to machine: Machine) {
    self.machine = machine
    let pending = connections.map(\.pending)
    connections = []
    machine.serialPort.backend = serial
    if let serial, serial !== console {
      connections.append(LineConnection(serial, to: .serial(machine.serialPort)))
      breakTarget = machine.serialPort
    }
    if let console, let device = machine.consoles.first {
      connections.append(LineConnection(console, to: .console(device)))
    }
    if let modem, let line = modem.line {
      connections.append(LineConnection(line, to: .modem(modem.modemLine)))
    }
    for (index, characters) in pending.enumerated() where index < connections.count {
      let connection = connections[index]
      connections[index] = LineConnection(connection.line, to: connection.port, pending: characters)
    }
  }

  /// The first reason why a line cannot go on.
  var failure: Int32? { lines.lazy.compactMap(\.failure).first }

  /// Whether input may still arrive that is not there yet.
  var awaitsInput: Bool { connections.contains { $0.awaitedDescriptor != nil } }

  /// Reads what has arrived, without waiting, and hands the guest what it has room for.
  ///
  /// - Returns: what a person wants of Strata, and whether the guest was given anything.
  func exchange() -> (commands: [EscapeCommand], hasDelivered: Bool) {
    let accesses = serialPortAccesses
    var commands: [EscapeCommand] = []
    var hasDelivered = false
    for index in connections.indices {
      if let descriptor = connections[index].readableDescriptor, Self.isReadable(descriptor) {
        commands += connections[index].receive()
      }
      if connections[index].deliver(afterAccesses: accesses) { hasDelivered = true }
    }
    return (commands, hasDelivered)
  }

  /// Hands the guest what was read before and it now has room for.
  func deliverPending() {
    for index in connections.indices where !connections[index].pending.isEmpty {
      _ = connections[index].deliver(afterAccesses: serialPortAccesses)
    }
  }

  private var serialPortAccesses: UInt64 { machine?.serialPortAccesses ?? 0 }

  /// Waits until input, something of `network` or a signal arrives, or the time is over.
  ///
  /// - Parameter nanoseconds: how long to wait; `nil` for ever.
  func wait(for network: NetworkWait, nanoseconds: UInt64?) {
    var requests = connections.compactMap(\.awaitedDescriptor).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    requests += network.conditions.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
    requests.append(pollfd(fd: HostSignals.wakeDescriptor, events: Int16(POLLIN), revents: 0))
    guard let nanoseconds else {
      poll(&requests, nfds_t(requests.count), -1)
      return
    }
    // `poll` counts in milliseconds: what is left over is slept.
    let milliseconds = Int32(clamping: nanoseconds / 1_000_000)
    guard poll(&requests, nfds_t(requests.count), milliseconds) == 0 else { return }
    var rest = timespec(tv_sec: 0, tv_nsec: Int(nanoseconds % 1_000_000))
    nanosleep(&rest, nil)
  }

  /// Writes what the guest has sent, waiting for whoever reads it as long as `mayWait` says.
  func flush(mayWait: () -> Bool) {
    for line in lines { line.output.flush(mayWait: mayWait) }
  }

  /// Sends a break to the serial port.
  func sendBreak() { _ = breakTarget?.receiveBreak() }

  /// Whether the guest's output on this terminal ended in the midst of a line.
  var endsInMidLine: Bool {
    lines.contains { $0 is StandardStreams && $0.output.last.map { $0 != UInt8(ascii: "\n") } ?? false }
  }

  /// Gives everything back to the host.
  func close() {
    for line in lines { line.close() }
  }

  private static func isReadable(_ descriptor: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, 0) > 0
  }
}
