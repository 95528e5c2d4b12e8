/// Draws what the driver and the device of a modem tell: a process for each side, tracks for its channels and states.
struct ModemEvents {
  private var flows = TransferFlows()

  /// The systems whose events these are.
  static let systems: Set<String> = ["mhi_host", "mhi_ep"]

  private enum ChannelState {
    static let reset = "RESET"
    static let stop = "STOP"
    static let start = "START"
  }

  mutating func draw(_ event: ReadEvent, on picture: inout Picture) throws {
    let device = event.text("name")
    if event.kind.description.system == "mhi_host" {
      try drawDriver(event, device, try picture.device("\(device) driver"), on: &picture)
    } else {
      try drawDevice(event, device, try picture.device("\(device) device"), on: &picture)
    }
  }

  private func channel(_ number: UInt64, of process: Track, on picture: inout Picture) throws -> Track {
    try picture.track("channel \(number)", of: process)
  }

  // MARK: The driver (Linux, drivers/bus/mhi/host/trace.h)

  private mutating func drawDriver(
    _ event: ReadEvent, _ device: String, _ process: Track, on picture: inout Picture
  ) throws {
    let mark = picture.mark(event)
    switch event.name {
    case "mhi_gen_tre": try drawElement(event, mark, device, process, on: &picture)
    case "mhi_data_event": try drawCompletion(event, mark, device, process, on: &picture)
    case "mhi_tryset_pm_state":
      try picture.change(mark, to: event.text("pm_state"), on: picture.track("power state", of: process))
    case "mhi_channel_command_start":
      let track = try channel(event.number("ch_num"), of: process, on: &picture)
      // Closes what ran between START and this, or a command that was never answered.
      try picture.change(mark, to: event.text("state"), on: track)
    case "mhi_channel_command_end":
      let track = try channel(event.number("ch_num"), of: process, on: &picture)
      try picture.end(mark, on: track)
      if event.text("state") == ChannelState.start { try picture.begin(mark, name: "running", on: track) }
    default: try picture.instant(mark, on: picture.track("events", of: process))
    }
  }

  private mutating func drawElement(
    _ event: ReadEvent, _ mark: Picture.Mark, _ device: String, _ process: Track, on picture: inout Picture
  ) throws {
    let (number, element) = (event.number("ch_num"), event.number("wp"))
    let channel = try channel(number, of: process, on: &picture)
    // The ring went round, and nobody told of the end of what was there.
    if let former = flows.end(device, channel: number, element: element), let lane = former.lane {
      try picture.end(mark, on: picture.lane(lane, of: channel, "transfers"))
    }
    let transfer = flows.begin(device, channel: number, element: element)
    var mark = mark
    mark.flow = transfer.map { .through($0.flow) }
    if let lane = transfer?.lane {
      try picture.begin(mark, on: picture.lane(lane, of: channel, "transfers"))
    } else {
      try picture.instant(mark, on: channel)
    }
  }

  private mutating func drawCompletion(
    _ event: ReadEvent, _ mark: Picture.Mark, _ device: String, _ process: Track, on picture: inout Picture
  ) throws {
    let number = event.number("dword1") >> 24 & 0xFF
    let channel = try channel(number, of: process, on: &picture)
    var mark = mark
    let transfer = flows.end(device, channel: number, element: event.number("ptr"))
    mark.flow = transfer.map { .ending($0.flow) }
    try picture.instant(mark, on: picture.track("completions", of: channel))
    if let lane = transfer?.lane {
      mark.flow = nil
      try picture.end(mark, on: picture.lane(lane, of: channel, "transfers"))
    }
  }

  // MARK: The device

  private mutating func drawDevice(
    _ event: ReadEvent, _ device: String, _ process: Track, on picture: inout Picture
  ) throws {
    var mark = picture.mark(event)
    let number = event.number("ch_num")
    switch event.name {
    case "mhi_ep_state":
      try picture.change(mark, to: event.text("to"), on: picture.track("state", of: process))
    case "mhi_ep_ee":
      try picture.change(mark, to: event.text("to"), on: picture.track("execution environment", of: process))
    case "mhi_ep_cmd": try drawCommand(event, mark, process, on: &picture)
    case "mhi_ep_xfer":
      mark.flow = flows.pass(device, channel: number, element: event.number("tre"), isCompletion: false)
        .map { .through($0) }
      try picture.instant(mark, on: channel(number, of: process, on: &picture))
    case "mhi_ep_post":
      mark.flow = flows.pass(device, channel: number, element: event.number("ptr"), isCompletion: true)
        .map { .through($0) }
      let ring = "event ring \(event.number("ring"))"
      try picture.instant(mark, on: picture.track(ring, of: process))
      try picture.count(event.number("free"), "\(ring) free", of: process, at: mark.time)
    case "mhi_ep_mmio", "mhi_ep_db": try picture.instant(mark, on: picture.track("registers", of: process))
    case "mhi_ep_msi": try picture.instant(mark, on: picture.track("interrupts", of: process))
    case "mhi_ep_err": try picture.instant(mark, on: picture.track("errors", of: process))
    default: try picture.instant(mark, on: picture.track("events", of: process))
    }
  }

  private func drawCommand(
    _ event: ReadEvent, _ mark: Picture.Mark, _ process: Track, on picture: inout Picture
  ) throws {
    let track = try channel(event.number("ch_num"), of: process, on: &picture)
    try picture.instant(mark, on: track)
    guard event.number("code") == Self.success else { return }
    switch event.text("command") {
    case ChannelState.start: try picture.change(mark, to: "running", on: track)
    case ChannelState.reset, ChannelState.stop: try picture.end(mark, on: track)
    default: break
    }
  }

  /// MHI's completion code for a command that was carried out.
  private static let success: UInt64 = 1
}
