import Hypervisors
import Interfaces
import Testing

@testable import Machine

/// The guest that judges the hypervisor from inside.
@Suite struct TrustLevelGuestTests {
  private let guest = BareGuest(name: "trustlevels")

  private func configuration(
    _ level: HyperV.VirtualTrustLevel, processors: Int,
    describedBy description: LegacyFreeDescription = .deviceTree
  ) -> MachineConfiguration {
    MachineConfiguration(
      memorySize: 128 << 20, processorCount: processors,
      platform: level == .vtl0 ? .pc : .legacyFree(description),
      hypervisor: HyperVConfiguration(level: level))
  }

  @Test("Every test of the calls, registers and levels passes at VTL0", arguments: [1, 2, 4])
  func passesAtVTL0(processors: Int) throws {
    let run = try guest.passes(on: configuration(.vtl0, processors: processors))
    #expect(run.lines.contains("Hyper-V, at VTL0"))
    #expect(run.lines.contains { $0.contains("the lower one hears of it first: ok") })
    let statistics = try #require(run.machine.hypervisor?.statistics)
    #expect(statistics.intercepts > 0)
    #expect(statistics.levelEntries > 0)
    #expect((statistics.startupSignals > 0) == (processors > 1))
  }

  @Test(
    "Every test passes at VTL2, where the guest starts its processors by calls alone", arguments: [1, 2, 4],
    LegacyFreeDescription.allCases)
  func passesAtVTL2(processors: Int, description: LegacyFreeDescription) throws {
    let run = try guest.passes(
      on: configuration(.vtl2, processors: processors, describedBy: description))
    #expect(run.lines.contains("Hyper-V, at VTL2"))
    let statistics = try #require(run.machine.hypervisor?.statistics)
    #expect(statistics.initSignals == 0)
    #expect(statistics.startupSignals == 0)
    #expect((statistics.processorStarts > 0) == (processors > 1))
    // Ports of a PC's chips would be nobody's.
    let unclaimed = run.machine.board.statistics.entries.first { $0.name == "unclaimed" }
    #expect(unclaimed?.accesses == 0)
  }

  @Test(
    "Every test passes with XSAVE in sight and indexes that are not APIC IDs",
    arguments: [
      HyperV.VirtualTrustLevel.vtl0, .vtl2,
    ])
  func passesWithOtherNumbersAndXSAVE(level: HyperV.VirtualTrustLevel) throws {
    var configuration = configuration(level, processors: 4)
    configuration.hypervisor?.showsExtendedState = true
    configuration.hypervisor?.numbering = .descending
    try guest.passes(on: configuration)
  }

  @Test(
    "Every test passes with what a hypervisor has to offer at least",
    arguments: [
      HyperV.VirtualTrustLevel.vtl0, .vtl2,
    ])
  func passesWithLessOffered(level: HyperV.VirtualTrustLevel) throws {
    var configuration = configuration(level, processors: 2)
    configuration.hypervisor?.privileges.subtract([.syntheticTimers, .referencePage])
    configuration.hypervisor?.features.remove(.crashRegisters)
    try guest.passes(on: configuration)
  }

  @Test("Without a hypervisor the guest says so, having started its processors", arguments: [1, 4])
  func saysThatThereIsNone(processors: Int) throws {
    let run = try guest.run(
      on: MachineConfiguration(memorySize: 128 << 20, processorCount: processors))
    #expect(run.event == .debugExit(code: BareGuest.ExitCode.unsuitable))
    #expect(run.lines.last == "there is no Hyper-V")
    #expect(run.lines.contains("\(processors) processors started by interrupts, 0 did not start"))
  }
}
