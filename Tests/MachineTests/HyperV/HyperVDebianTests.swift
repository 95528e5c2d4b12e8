import Hypervisors
import Interfaces
import Testing

@testable import Machine

extension LinuxTests {
  /// Debian's ordinary kernel at VTL0. ``KernelBootTests`` asks of it what it asks of every kernel.
  @Suite struct HyperVDebianTests {
    static let guests = [1, 2, 4].map {
      LinuxGuest(
        processors: $0, hypervisor: HyperVConfiguration(level: .vtl0),
        script: GuestScripts.inspection + VTLScripts.clockSource)
    }

    @Test("Linux detects the hypervisor and keeps time by its reference page", arguments: guests)
    func detects(guest: LinuxGuest) async throws {
      let run = try await LinuxRuns.shared.run(of: guest)
      let messages = run.lines("dmesg").compactMap(KernelMessage.init).map(\.text)
      #expect(messages.contains("Hypervisor detected: Microsoft Hyper-V"))
      #expect(
        messages.contains("Hyper-V: privilege flags low 0xe7e, high 0x230000, hints 0xc2c, misc 0x80510"))
      #expect(run.lines("clocksource") == ["hyperv_clocksource_tsc_page"])
      #expect(run.lines("clockevent") == ["Hyper-V clockevent"])
    }

    @Test("Interrupts for other processors and flushes go by hypercalls", arguments: guests)
    func calls(guest: LinuxGuest) async throws {
      let report = try await hypervisorReport(of: LinuxRuns.shared.run(of: guest))
      let statistics = report.statistics
      let flushes = [HyperV.HypercallCode.flushAddressSpace, .flushAddressList]
        .reduce(0) { $0 + statistics.count(of: $1) }
      #expect((statistics.count(of: .sendInterrupt) > 0) == (guest.processors > 1))
      #expect((flushes > 0) == (guest.processors > 1))
      #expect(statistics.failures == [])
      // At VTL0 processors start as on a bare machine.
      #expect(statistics.processorStarts == 0)
      #expect(statistics.initSignals == UInt64(guest.processors - 1))
      #expect(report.activeLevels == Array(repeating: .vtl0, count: guest.processors))
    }
  }
}
