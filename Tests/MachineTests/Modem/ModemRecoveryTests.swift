import Testing

@testable import Machine

extension LinuxTests {
  /// Debian's drivers when they go and come, and when the modem does.
  @Suite struct ModemRecoveryTests {
    /// A run whose kernel never warned of itself.
    private func visit(processors: Int = 1, _ script: String) throws -> ModemGuest.Visit {
      let guest = ModemGuest(processors: processors, script: script + "ask note\nkernelLog\n")
      let visit = try guest.visit()
      let run = visit.run
      try #require(run.event == .powerOff, "the console ends with:\n\(run.end)")
      #expect(run.lines("missed") == [])
      #expect(run.messages.filter { $0.isTrouble }.map(\.text) == [])
      return visit
    }

    private static let isWell = "AT|OK| 0% packet loss"

    @Test("The port can be opened and closed again and again, and the driver loaded anew")
    func opensAndReloads() throws {
      let visit = try visit(ModemScripts.start + ModemScripts.openings + ModemScripts.reloads)
      let run = visit.run
      #expect(visit.statistics?.violations == 0, "Linux does what the device expects")
      let kept = try #require(run.lines("kept").first.flatMap { Int($0) })
      #expect(kept < 400, "the guest has \(kept) KiB less after a hundred programs")
      #expect(run.lines("at after") == ["AT|OK|"])
      #expect(run.lines("reload") == Array(repeating: Self.isWell, count: 10))
    }

    @Test("A packet that is longer than the buffers comes in pieces and is put together")
    func joinsPieces() throws {
      let visit = try visit(ModemScripts.start + ModemScripts.overflow)
      let (run, peer) = (visit.run, visit.peer)
      #expect(peer.returnedPayload == ModemPeer.longPayload)
      #expect(run.lines("ping after") == ["0% packet loss"])
      let warnings = run.messages.filter { $0.text.contains("Fragmented packets received, fix MTU?") }
      #expect(warnings.count == 1)
    }

    @Test("The modem's system fails under traffic, and the drivers begin anew", arguments: [1, 2])
    func recoversFromSystemErrors(processors: Int) throws {
      let script = ModemScripts.start + ModemRecoveryScripts.systemErrors(5)
      let run = try visit(processors: processors, script).run
      #expect(run.lines("recovery") == Array(repeating: Self.isWell, count: 5))
      #expect(run.messages.filter { $0.text.contains("firmware crashed (6)") }.count == 5)
    }

    @Test("The modem works after every kind of reset, and after silence")
    func recoversFromResets() throws {
      let run = try visit(
        ModemScripts.start + ModemRecoveryScripts.resets + ModemRecoveryScripts.silence
          + ModemRecoveryScripts.removal
      ).run
      for label in ["soc reset", "function reset", "rescan", "after silence", "insertion"] {
        #expect(run.lines(label) == [Self.isWell], "\(label)")
      }
      let seconds = try #require(run.lines("removal took").first.flatMap { Int($0) })
      #expect(seconds <= 50)
      #expect(run.lines("left") == ["*"])
    }

    @Test("The device sleeps in M3, and is woken by either side")
    func suspends() throws {
      let visit = try visit(ModemScripts.start + ModemRecoveryScripts.suspension)
      let (run, peer) = (visit.run, visit.peer)
      #expect(run.lines("suspended") == ["D3hot", "D3hot", "D3hot"])
      #expect(run.lines("resumed") == Array(repeating: "0% packet loss D0", count: 3))
      #expect(run.lines("woken") == ["D0"])
      #expect(peer.returnedPayload == ModemPeer.longPayload)
      #expect(run.lines("at") == ["AT|OK|"])
    }
  }
}

extension KernelMessage {
  /// Whether the kernel met what it never should.
  var isTrouble: Bool {
    ["WARNING:", "BUG:", "Oops", "Call Trace", "Kernel panic"].contains { text.contains($0) }
  }
}
