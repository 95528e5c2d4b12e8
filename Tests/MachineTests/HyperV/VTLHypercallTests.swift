import Interfaces
import Testing

@testable import Hypervisors
@testable import Machine

extension LinuxTests {
  /// What the kernel for VTL2 asks of its hypervisor.
  @Suite struct VTLHypercallTests {
    @Test("Processors are started by hypercalls, and none by a startup IPI", arguments: VTLVariant.all)
    func startsProcessors(variant: VTLVariant) async throws {
      let report = try await hypervisorReport(of: LinuxRuns.shared.run(of: variant.guest))
      let statistics = report.statistics
      let others = UInt64(variant.guest.processors - 1)
      #expect(statistics.initSignals == 0)
      #expect(statistics.startupSignals == 0)
      #expect(statistics.count(of: .getRegisters) == 1)
      #expect(statistics.count(of: .getProcessorIndex) == others)
      #expect(statistics.count(of: .enableProcessorLevel) == others)
      #expect(statistics.count(of: .startProcessor) == others)
      #expect(statistics.processorStarts == others)
      #expect(statistics.failures == [])
      #expect(report.level == .vtl2)
      #expect(report.activeLevels == Array(repeating: .vtl2, count: variant.guest.processors))
      #expect(report.crash == nil)
    }

    @Test("Interrupts and flushes go by calls where the hypervisor recommends it, and only there")
    func followsRecommendations() async throws {
      var guest = VTLVariant.enlightened.guest
      guest.script = VTLScripts.migration
      let enlightened = try guest.run()
      for message in [
        "Hyper-V: Using hypercall for remote TLB flush", "Hyper-V: Using IPI hypercalls",
        "Hyper-V: Using enlightened APIC (x2apic mode)", "Hyper-V: PV spinlocks enabled",
      ] {
        #expect(enlightened.kernelMessages.contains(message), "\(message)")
      }
      let used = try hypervisorReport(of: enlightened).statistics
      for code in [HyperV.HypercallCode.sendInterrupt, .flushAddressSpace, .flushAddressList] {
        #expect(used.count(of: code) > 0, "\(code)")
      }
      let plain = try await LinuxRuns.shared.run(of: VTLVariant.recommended(processors: 4).guest)
      #expect(try hypervisorReport(of: plain).statistics.calls.count == 4)
    }

    @Test("A processor that was offline is started again", arguments: LegacyFreeDescription.allCases)
    func startsAgain(description: LegacyFreeDescription) throws {
      var guest = VTLVariant.recommended(processors: 4).guest
      guest.description = description
      guest.script = VTLScripts.reonline + VTLScripts.inspection
      let run = try guest.run()
      #expect(run.lines("offline") == ["0 0,2-3"], "the console ends with:\n\(run.end)")
      #expect(run.lines("online again") == ["0 0-3"])
      #expect(run.lines("ran") == ["0", "1", "2", "3"])
      #expect(run.trouble == [])
      let statistics = try hypervisorReport(of: run).statistics
      #expect(statistics.count(of: .startProcessor) == 4)
      #expect(statistics.processorStarts == 4)
      #expect(
        statistics.failures
          == [.init(code: .enableProcessorLevel, status: .trustLevelAlreadyEnabled, count: 1)])
      #expect(statistics.initSignals == 0 && statistics.startupSignals == 0)
    }
  }
}

/// What was asked of a run's hypervisor.
func hypervisorReport(of run: LinuxRun) throws -> HyperVReport {
  try #require(run.report.hypervisor)
}
