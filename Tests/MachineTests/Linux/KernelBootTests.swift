import Testing

@testable import Images
@testable import Machine

/// Everything that boots Linux; debug builds leave it out, because they would take too long.
enum LinuxTests {}

extension LinuxTests {
  /// Debian's kernels on machines of several sizes, bare and under a hypervisor.
  @Suite struct KernelBootTests {
    static let guests = bareGuests + HyperVDebianTests.guests

    static let bareGuests = [
      (DebianKernel.cloud612, [1, 2, 4, 8]), (.standard612, [1, 2, 4, 8]), (.cloud61, [1, 2, 4, 8]),
    ].flatMap { kernel, counts in
      counts.map { LinuxGuest(kernel: kernel, processors: $0, script: GuestScripts.inspection) }
    }

    @Test("Linux comes to userspace and switches the machine off", arguments: guests)
    func powersOff(guest: LinuxGuest) async throws {
      let run = try await LinuxRuns.shared.run(of: guest)
      #expect(run.event == .powerOff, "the console ends with:\n\(run.end)")
      #expect(try run.lines("release") == [guest.kernel.tree.version])
      #expect(run.lines("strata") == ["the script ended with status 0"])
    }

    @Test("Linux brings every processor online", arguments: guests)
    func startsProcessors(guest: LinuxGuest) async throws {
      let run = try await LinuxRuns.shared.run(of: guest)
      let count = guest.processors
      #expect(run.lines("nproc") == ["\(count)"])
      #expect(run.lines("cpuinfo") == ["\(count)"])
      #expect(run.lines("online") == [count == 1 ? "0" : "0-\(count - 1)"])
    }

    @Test("Programs compute what they compute on the host's processor", arguments: guests)
    func computes(guest: LinuxGuest) async throws {
      let expected = try GuestScripts.computedByHost()
      #expect(expected.count == 5)
      let run = try await LinuxRuns.shared.run(of: guest)
      #expect(run.lines("computed") == expected)
    }

    @Test("The kernel complains of nothing that is not known and explained", arguments: guests)
    func complainsOfNothing(guest: LinuxGuest) async throws {
      let run = try await LinuxRuns.shared.run(of: guest)
      #expect(run.messages.count > 100, "dmesg printed too little to judge by")
      #expect(try KernelMessages.unexplained(in: run.messages, of: guest.kernel) == [])
    }
  }
}

extension LinuxGuest: CustomTestStringConvertible {
  var testDescription: String {
    let count = "\(kernel.rawValue), \(processors) CPU\(processors == 1 ? "" : "s")"
    return hypervisor == nil ? count : count + ", Hyper-V"
  }
}
