import Testing

@testable import Machine

extension LinuxTests {
  /// Debian's kernel as a guest of Debian's kernel.
  @Suite struct LinuxInsideLinuxTests {
    static let accelerated = VirtualMachineGuest(parameters: "avic=1", linuxGuests: [1, 2])
    static let emulated = VirtualMachineGuest(parameters: "avic=0", linuxGuests: [2])

    /// A boot of Linux inside.
    struct Boot: CustomTestStringConvertible {
      let host: VirtualMachineGuest
      let processors: Int

      var testDescription: String { "\(processors) CPUs, kvm_amd \(host.parameters)" }
    }

    static let boots = [accelerated, emulated].flatMap { host in
      host.linuxGuests.map { Boot(host: host, processors: $0) }
    }

    @Test(
      "Linux boots inside Linux, with all of its processors, and switches its machine off", arguments: boots)
    func powersOff(boot: Boot) async throws {
      let run = try await LinuxRuns.shared.run(of: boot.host)
      #expect(run.event == .powerOff, "the console ends with:\n\(run.end)")
      #expect(run.linesInside("nproc", processors: boot.processors) == ["\(boot.processors)"])
      let inside = run.lines("\(VirtualMachineGuest.insideLabel) \(boot.processors)")
      #expect(inside.contains("vmm: power off"), "\(inside.suffix(10).joined(separator: "\n"))")
      #expect(inside.contains("machine.inhibits \(boot.host == Self.accelerated ? 0 : 1)"))
    }

    @Test(
      "Neither kernel complains of anything that is not known and explained",
      arguments: [accelerated, emulated])
    func complainsOfNothing(host: VirtualMachineGuest) async throws {
      let run = try await LinuxRuns.shared.run(of: host)
      let logs = [run.lines("dmesg")] + host.linuxGuests.map { run.linesInside("dmesg", processors: $0) }
      for log in logs {
        let messages = log.compactMap(KernelMessage.init)
        #expect(messages.count > 100, "dmesg printed too little to judge by")
        #expect(try KernelMessages.unexplained(in: messages, of: .cloud612) == [])
      }
    }

    @Test("With AVIC Linux inside leaves less often, and KVM brings it almost no interrupts")
    func savesExits() async throws {
      let label = "\(VirtualMachineGuest.insideLabel) 2"
      let with = MonitorFindings(try await LinuxRuns.shared.run(of: Self.accelerated).lines(label))
      let without = MonitorFindings(try await LinuxRuns.shared.run(of: Self.emulated).lines(label))
      #expect(with.count("exits", in: "machine") < without.count("exits", in: "machine"))
      let injections = [with, without].map { $0.count("irq_injections", in: "machine") }
      #expect(injections[0] < injections[1] / 10)
    }
  }
}
