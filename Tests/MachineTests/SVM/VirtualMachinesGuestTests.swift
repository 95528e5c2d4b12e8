import Interfaces
import Processor
import Testing

@testable import Machine

/// Our guest that is a hypervisor, which judges AMD-V and AVIC from inside.
@Suite struct VirtualMachinesGuestTests {
  private static let everything = "default,+svm,+avic,+x2avic"
  private let guest = BareGuest(name: "virtualmachines")

  private func configuration(_ model: String, processors: Int) throws -> MachineConfiguration {
    try MachineConfiguration(
      memorySize: 128 << 20, processorCount: processors, model: ProcessorModel.parse(model))
  }

  @Test(
    "The hypervisor's tests pass, with AVIC, x2AVIC and without",
    arguments: ["default,+svm", "default,+svm,+avic", everything], [1, 2])
  func passes(model: String, processors: Int) throws {
    try guest.passes(on: configuration(model, processors: processors))
  }

  @Test("The machine counts what AVIC did without an exit, and nothing without AVIC")
  func countsWhatAVICDid() throws {
    let accelerated = try guest.passes(on: configuration(Self.everything, processors: 2))
    let emulated = try guest.passes(on: configuration("default,+svm", processors: 2))

    // Two ways to the APIC, and at least four kinds of destination with 200 interrupts each.
    #expect(interrupts(of: accelerated.machine) >= 2 * 4 * 200)
    #expect(interrupts(of: emulated.machine) == 0)
    // The last exit of the sender and the one that stops the receiver: there are no others.
    #expect(accelerated.lines.count { $0.contains(" sent, 1 and 1 exits: ok") } == 12)
    #expect(emulated.lines.count { $0.contains(" sent, 1 and 1 exits: ok") } == 0)
  }

  @Test(
    "Without AMD-V and nested paging the hypervisor says so", arguments: ["default", "default,+svm,-npt"])
  func saysWhatIsMissing(model: String) throws {
    let run = try guest.run(on: configuration(model, processors: 1))
    #expect(run.event == .debugExit(code: BareGuest.ExitCode.unsuitable))
    #expect(run.lines.last == "there is no AMD-V with nested paging")
  }

  private func interrupts(of machine: Machine) -> UInt64 {
    machine.report.processors.reduce(0) { $0 + ($1.guests?.interprocessorInterrupts ?? 0) }
  }
}
