import Testing
import TestSupport

/// What Linux's driver records of itself and what the device records of the same run; debug builds leave it out,
/// because it would take too long.
@Suite struct ModemTraceTests {
  /// Loads the driver again with all its events, uses the modem, and prints what was recorded.
  private static let script = """
    mount -t tracefs tracefs /sys/kernel/tracing
    await 20 test -e /dev/wwan0at0
    await 20 test -e /sys/class/net/mhi_hwip0
    rmmod mhi_pci_generic
    cd /sys/kernel/tracing
    echo 0 >options/hash-ptr
    echo 16384 >buffer_size_kb
    echo global >trace_clock
    echo 1 >events/mhi_host/enable
    load
    await 20 test -e /dev/wwan0at0
    interface 10.9.0.2/30 1500
    ping -q -A -c 40 -s 84 10.9.0.1 | sed -n 's/.*received, /ping: /p'
    exec 3<>/dev/wwan0at0
    printf 'ATI\\r' >&3
    timeout 2 head -c 8 <&3 >/dev/null
    exec 3>&-
    sleep 1
    echo 0 >events/mhi_host/enable
    echo "lost: $(sed -n 's/^overrun: //p' per_cpu/cpu*/stats | sort -u)"
    grep -h ': mhi_' trace | sed 's/^/trace: /'

    """

  private static let events = ["--trace", "mhi_ep:*,!mhi_ep:mhi_ep_mmio", "--trace-buffer", "64M"]

  @Test("The device's record and that of Linux's driver agree, event by event", arguments: [1, 2])
  func agree(processors: Int) throws {
    let command = try ModemCommand(script: Self.script)
    let file = command.folder / "trace.dat"
    let output = try command.run(Self.events + ["--trace-out", file, "--cpus", "\(processors)"])
    #expect(ModemCommand.lines("lost", of: output) == ["0"])
    #expect(ModemCommand.lines("ping", of: output) == ["0% packet loss"])
    let host = HostDriverTrace(ModemCommand.lines("trace", of: output))
    let device = try EndpointTrace(reading: file)

    try compareCommands(host, device)
    try compareEvents(host, device)
    try compareElements(host, device)
    if processors == 1 { #expect(host.steps.starts(with: HostDriverTrace.boot)) }
  }

  /// One command after the other; each that was begun came to its end.
  private func compareCommands(_ host: HostDriverTrace, _ device: EndpointTrace) throws {
    #expect(host.started == host.ended)
    #expect(host.started.count >= 6, "IP_HW0 and DUN are opened, DUN is closed")
    let names: [UInt64: String] = [16: "RESET", 17: "STOP", 18: "START"]
    let done = device.commands.map {
      HostDriverTrace.Command(channel: $0.channel, command: names[$0.command] ?? "\($0.command)")
    }
    #expect(device.commands.allSatisfy { $0.code == 1 })
    let index = try #require(done.tail(as: host.started), "\(done) does not have \(host.started)")
    #expect(index > 0, "the driver was there before, too")
  }

  /// Every event that the device put into a ring was handled, in the order of the ring, and nothing else.
  private func compareEvents(_ host: HostDriverTrace, _ device: EndpointTrace) throws {
    let rings = Dictionary(grouping: device.events, by: \.ring).mapValues { $0.map(\.event) }
    let handled = Set(host.events.map(\.address))
    var seen = 0
    for (ring, posted) in rings.sorted(by: { $0.key < $1.key }) {
      let addresses = Set(posted.map(\.address)).intersection(handled)
      let ofRing = host.events.filter { addresses.contains($0.address) }
      #expect(!ofRing.isEmpty, "ring \(ring)")
      #expect(posted.tail(as: ofRing) != nil, "ring \(ring)")
      seen += ofRing.count
    }
    #expect(seen == host.events.count)
    #expect(rings.count == 3)
  }

  /// What the device used is what the driver had filled, in the order of the ring; each of the hardware's UL channel
  /// was used, and of each that was used an event tells.
  private func compareElements(_ host: HostDriverTrace, _ device: EndpointTrace) throws {
    for channel in [UInt64(32), 33, 100, 101] {
      let filled = host.elements.filter { $0.channel == channel }
      let addresses = Set(filled)
      let used = device.elements.filter { $0.channel == channel && addresses.contains($0) }
      #expect(!used.isEmpty, "channel \(channel)")
      #expect(Array(filled.prefix(used.count)) == used, "channel \(channel)")
      if channel & 1 == 0 { #expect(used.count == filled.count, "channel \(channel)") }
      let completed = host.events.filter { $0.dword1 >> 16 & 0xFF == 0x22 && $0.dword1 >> 24 == channel }
        .filter { $0.dword0 >> 24 < 5 }  // OOB and DB_MODE are of no element.
      #expect(completed.map(\.pointer) == used.map(\.address), "channel \(channel)")
    }
  }

  @Test("A run is the same whether it is recorded or not")
  func recordingChangesNothing() throws {
    let command = try ModemCommand(script: Self.script)
    let file = command.folder / "trace.dat"
    func hash(_ options: [String]) throws -> Substring {
      let output = try command.run(["--json"] + options)
      let start = try #require(output.firstRange(of: "\"stateHash\":"))
      return output[start.upperBound...].prefix { $0 != "," }
    }
    let unrecorded = try hash([])
    #expect(try hash(Self.events + ["--trace-out", file]) == unrecorded)
    #expect(try hash([]) == unrecorded)
  }
}

extension Array where Element: Equatable {
  /// Where the array ends in the same elements as another.
  fileprivate func tail(as other: [Element]) -> Int? {
    suffix(other.count).elementsEqual(other) ? count - other.count : nil
  }
}
