import Bedrock
import Interfaces

/// Channels are started and reset by commands.
extension Modem {
  /// How long the modem may take to answer, in milliseconds.
  private static let commandTime: UInt64 = 1000

  /// A pair of channels, made when it is opened for the first time.
  func channels(_ name: MHIChannelName, count: Int, bufferSize: Int) throws(ModemError) -> ChannelPair {
    let isData = name.outboundChannel >= MHIChannelName.ipHardware0.outboundChannel
    return ChannelPair(
      outbound: try channel(
        name.outboundChannel, count: count, bufferSize: bufferSize,
        isData ? EventRingNumber.outboundData : EventRingNumber.control, isData ? .enabled : .disabled),
      inbound: try channel(
        name.inboundChannel, count: count, bufferSize: bufferSize,
        isData ? EventRingNumber.inboundData : EventRingNumber.control, isData ? .enabled : .disabled),
      modem: self)
  }

  private func channel(
    _ number: UInt8, count: Int, bufferSize: Int, _ ring: Int, _ burstMode: MHIBurstMode
  ) throws(ModemError) -> Channel {
    if let known = channels.first(where: { $0.number == number && $0.bufferSize == bufferSize }) {
      return known
    }
    guard
      let channel = Channel(
        number, count: count, bufferSize: bufferSize, burstMode: burstMode, eventRing: UInt32(ring),
        contexts: channelContexts, computer.frames)
    else { throw .noMemory }
    channels.removeAll { $0.number == number }
    channels.append(channel)
    return channel
  }

  /// Starts a channel.
  func start(_ channel: Channel) throws(ModemError) {
    trace.updating(channel.number, to: .start)
    channel.describe()
    try perform(.startChannel, channel.number)
    channel.setRunning(true)
    trace.updated(channel.number, to: .start)
  }

  /// Lets the modem forget a channel.
  func reset(_ channel: Channel) throws(ModemError) {
    trace.updating(channel.number, to: .reset)
    try perform(.resetChannel, channel.number)
    channel.setRunning(false)
    trace.updated(channel.number, to: .reset)
  }

  /// Sends a command and waits until the modem has done it.
  func perform(_ command: MHICommand, _ channel: UInt8) throws(ModemError) {
    let code = try answer(to: .command(command, channel: channel))
    guard code == MHICompletionCode.success.rawValue else { throw .commandRefused(code: code) }
  }

  /// Sends any command and waits for the modem's answer to it.
  func answer(to command: MHIRingElement) throws(ModemError) -> UInt8 {
    guard powerState.allowsDoorbells else { throw .wrongPowerState }
    wake(true)
    defer { if powerState.allowsDoorbells { wake(false) } }
    let address = commands.send(command, registers)
    defer { commands.forget(address) }
    _ = wait(milliseconds: Self.commandTime) { commands.code(ofCommandAt: address) != nil }
    guard let code = commands.code(ofCommandAt: address) else { throw .commandUnanswered }
    return code
  }
}

/// The two directions of a connexion with the modem.
struct ChannelPair {
  let outbound: Channel
  let inbound: Channel
  let modem: Modem

  /// Starts both directions, and gives the modem buffers to fill.
  func open() throws(ModemError) {
    try modem.start(outbound)
    try modem.start(inbound)
    while inbound.queue(nil, modem) {}
  }

  /// Lets the modem forget both directions.
  func close() throws(ModemError) {
    try modem.reset(outbound)
    try modem.reset(inbound)
  }

  /// Sends bytes, in one transfer. False if there is no room.
  func send(_ bytes: [UInt8]) -> Bool { outbound.queue(bytes, modem) }

  /// The next transfer of the modem's; nil if none comes.
  func receive(milliseconds: UInt64 = 500) -> [UInt8]? {
    var transfer: [UInt8]?
    _ = modem.wait(milliseconds: milliseconds) {
      transfer = inbound.takeReceived()
      return transfer != nil
    }
    while inbound.queue(nil, modem) {}
    return transfer
  }
}
