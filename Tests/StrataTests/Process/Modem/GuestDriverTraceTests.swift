import TestSupport
import Testing

/// What our guest's driver records of itself, and what the device records of the same run.
@Suite struct GuestDriverTraceTests {
  /// Channels for IP packets are opened twice, and echo requests are sent one by one and in bursts.
  private func run() throws -> (host: HostDriverTrace, device: EndpointTrace) {
    let folder = try TemporaryFolder()
    let file = folder / "trace.dat"
    let result = try StrataProcess.run([
      "run", "--device", "mhi,net=loopback", "--device", "debug-exit", "--kernel", CommandFiles.modemHost,
      "--append", "debug-exit network", "--trace", "mhi_host:*,mhi_ep:*,!mhi_ep:mhi_ep_mmio",
      "--trace-buffer", "64M", "--trace-out", file,
    ])
    try #require(result.code == 33, "\(result.output)\(result.diagnostics)")
    let report = try StrataProcess.run(["trace", "report", file, "--format", "ftrace"])
    // The device's events have other names.
    let lines = report.output.split(separator: "\n").filter { !$0.contains(": mhi_ep_") }.map(String.init)
    return (HostDriverTrace(lines, directMap: 0), try EndpointTrace(reading: file))
  }

  @Test("The driver's record and the device's agree, and the boot is that of Linux's driver")
  func agree() throws {
    let (host, device) = try run()
    #expect(host.steps.starts(with: HostDriverTrace.boot))
    #expect(host.started == host.ended)
    #expect(host.started.map(\.channel) == device.commands.map(\.channel))
    #expect(
      host.started.map(\.command) == ["START", "START", "RESET", "RESET", "START", "START", "RESET", "RESET"])
    #expect(device.commands.allSatisfy { $0.code == 1 })
    // Every event is handled, ring by ring.
    for ring in UInt64(0)...2 {
      let posted = device.events.filter { $0.ring == ring }.map(\.event)
      let addresses = Set(posted.map(\.address))
      #expect(!posted.isEmpty, "ring \(ring)")
      #expect(host.events.filter { addresses.contains($0.address) } == posted, "ring \(ring)")
    }
    #expect(host.events.count == device.events.count)
    for channel in [UInt64(100), 101] {
      let filled = host.elements.filter { $0.channel == channel }
      let used = device.elements.filter { $0.channel == channel }
      #expect(used.count == 1005, "channel \(channel)")
      #expect(Set(used).isSubset(of: filled), "channel \(channel)")
      if channel == 100 { #expect(filled == used) }
    }
  }
}
