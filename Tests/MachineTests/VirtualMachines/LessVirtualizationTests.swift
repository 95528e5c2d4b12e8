import Testing

@testable import Machine

extension LinuxTests {
  /// kvm_amd on processors that have less, or that may use less.
  @Suite struct LessVirtualizationTests {
    /// Without nested paging KVM keeps shadows of the guest's tables.
    static let shadows = VirtualMachineGuest(parameters: "avic=1 npt=0", checks: checks)
    static let noAVIC = VirtualMachineGuest(features: "+svm", parameters: "avic=1", checks: checks)
    static let noX2AVIC = VirtualMachineGuest(
      features: "+svm,+avic", parameters: "avic=1", checks: checks + ["x2-self", "x2-ipi-physical"])
    static let checks = ["self", "ipi-physical", "startup", "masking", "halted"]
    private static let count = VirtualMachineGuest.repetitions

    @Test(
      "Without nested paging or without AVIC the guest is served by KVM alone", arguments: [shadows, noAVIC])
    func emulates(guest: VirtualMachineGuest) async throws {
      let run = try await LinuxRuns.shared.run(of: guest)
      #expect(run.event == .powerOff, "the console ends with:\n\(run.end)")
      #expect(run.lines("avic") == ["N"])
      #expect(!run.messages.contains { $0.text.contains("AVIC enabled") })
      let found = run.findings
      for check in guest.checks { #expect(found["\(check).status"] == 0) }
      #expect(found["self.handled"] == Self.count)
      #expect(found["ipi-physical.handled.other"] == Self.count)
      #expect(found.ownExits(in: "self.ipi") >= 2 * Self.count)
      #expect(found["masking.prompt"] == 2 * Self.count)
      #expect(found["startup.nmi"] == Self.count)
    }

    @Test("Without x2AVIC registers cost exits in x2APIC mode, and interrupts still come by doorbells")
    func trapsRegisters() async throws {
      let run = try await LinuxRuns.shared.run(of: Self.noX2AVIC)
      #expect(run.event == .powerOff, "the console ends with:\n\(run.end)")
      let found = run.findings
      #expect(found.ownExits(in: "self.ipi") <= InterruptVirtualizationTests.fewExits)
      #expect(found["x2-self.ipi.kvm_exit.0.7c"] ?? 0 >= 2 * Self.count)
      #expect(found["x2-ipi-physical.handled.other"] == Self.count)
      #expect(found["x2-ipi-physical.ipi.kvm_avic_doorbell.1"] ?? 0 > Self.count * 9 / 10)
    }

    @Test(
      "The kernel complains of nothing that is not known and explained",
      arguments: [shadows, noAVIC, noX2AVIC])
    func complainsOfNothing(guest: VirtualMachineGuest) async throws {
      let run = try await LinuxRuns.shared.run(of: guest)
      #expect(run.messages.count > 100, "dmesg printed too little to judge by")
      #expect(try KernelMessages.unexplained(in: run.messages, of: .cloud612) == [])
    }
  }
}
