import Hypervisors
import Testing

@testable import Machine

extension LinuxTests {
  /// kvm_amd where Debian itself is a guest: Microsoft's hypervisor here leaves AMD-V to its guest.
  @Suite struct HyperVVirtualMachineTests {
    static let guest = VirtualMachineGuest(
      hypervisor: HyperVConfiguration(level: .vtl0), parameters: "avic=1",
      checks: ["self", "ipi-physical", "halted"])

    @Test("Guests of KVM at VTL0 send interrupts by AVIC, as on the bare machine")
    func sends() async throws {
      let run = try await LinuxRuns.shared.run(of: Self.guest)
      #expect(run.event == .powerOff, "the console ends with:\n\(run.end)")
      #expect(run.messages.contains { $0.text == "Hypervisor detected: Microsoft Hyper-V" })
      let found = run.findings
      for check in Self.guest.checks { #expect(found["\(check).status"] == 0) }
      #expect(found["self.handled"] == VirtualMachineGuest.repetitions)
      #expect(found["ipi-physical.handled.other"] == VirtualMachineGuest.repetitions)
      for phase in ["self.ipi", "ipi-physical.ipi"] {
        #expect(found.ownExits(in: phase) <= InterruptVirtualizationTests.fewExits)
      }
    }
  }
}
