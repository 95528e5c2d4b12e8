import Devices

/// A line of the host on which somebody talks to a guest through its modem's AT port. It outlives the machine.
struct ModemTerminal {
  /// The host's end; `nil` if nobody is there.
  let line: (any HostLine)?
  /// The modem's end.
  let modemLine: ModemLine

  /// Connects the two ends.
  init(_ line: (any HostLine)?) {
    self.line = line
    modemLine = ModemLine()
    if let line { modemLine.transmit = { line.output.append($0) } }
  }
}
