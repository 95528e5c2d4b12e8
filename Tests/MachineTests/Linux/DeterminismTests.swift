import Testing

@testable import Machine

extension LinuxTests {
  /// A run is a function of what the machine was given.
  @Suite struct DeterminismTests {
    static let guests = KernelBootTests.bareGuests.filter { $0.kernel == .cloud612 && $0.processors <= 4 }

    @Test("A second run is the same, to the bit", arguments: guests)
    func repeats(guest: LinuxGuest) async throws {
      let first = try await LinuxRuns.shared.run(of: guest)
      let second = try guest.run()
      #expect(second.event == first.event)
      #expect(second.instructions == first.instructions)
      #expect(second.stateHash == first.stateHash)
      #expect(second.console == first.console)
    }

    @Test("Another seed makes another run of the same guest")
    func seedMatters() async throws {
      var guest = LinuxGuest(processors: 2, script: GuestScripts.inspection)
      let first = try await LinuxRuns.shared.run(of: guest)
      guest.seed = 1
      let other = try await LinuxRuns.shared.run(of: guest)
      #expect(other.event == .powerOff, "the console ends with:\n\(other.end)")
      #expect(other.lines("computed") == first.lines("computed"))
      #expect(other.instructions != first.instructions)
      #expect(other.stateHash != first.stateHash)
    }
  }
}
