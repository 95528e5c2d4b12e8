import Testing

@testable import Machine

extension LinuxTests {
  /// Debian's kvm_amd with AVIC: the same checks with it and without, by KVM's own counters.
  @Suite struct InterruptVirtualizationTests {
    /// Exits of a phase that have other reasons than what is checked: its end, and pages that are touched first.
    static let fewExits: UInt64 = 8
    static let count = VirtualMachineGuest.repetitions

    static let interprocessor = ["physical", "flat", "cluster", "broadcast", "all", "others"].map {
      "ipi-" + $0
    }
    static let x2Interprocessor = ["physical", "cluster", "broadcast", "all", "others"].map { "x2-ipi-" + $0 }
    static let checks =
      [
        "touch", "self", "task-priority", "masking", "nesting", "halted", "halted-watched", "startup",
        "absent",
        "vector", "messages", "level-split", "level", "timer", "logical-id", "physical-id", "read-only",
        "next-page", "interval-timer", "x2-self", "x2-task-priority", "x2-halted", "x2-absent", "x2-timer",
      ] + interprocessor + x2Interprocessor

    static let accelerated = VirtualMachineGuest(parameters: "avic=1", checks: checks)
    static let emulated = VirtualMachineGuest(parameters: "avic=0", checks: checks)
    static let guests = [accelerated, emulated]

    private func findings(of guest: VirtualMachineGuest) async throws -> MonitorFindings {
      try await LinuxRuns.shared.run(of: guest).findings
    }

    @Test("Linux finds the features, and kvm_amd uses AVIC if it is told to")
    func findsFeatures() async throws {
      let run = try await LinuxRuns.shared.run(of: Self.accelerated)
      #expect(run.event == .powerOff, "the console ends with:\n\(run.end)")
      let flags = try #require(run.lines("flags").first).split(separator: " ")
      for flag in ["svm", "npt", "nrip_save", "flushbyasid", "decodeassists", "avic", "x2avic"] {
        #expect(flags.contains(Substring(flag)))
      }
      #expect(run.lines("avic") == ["Y"])
      let messages = run.messages.map(\.text)
      for message in ["Nested Paging enabled", "AVIC enabled", "x2AVIC enabled"] {
        #expect(messages.contains("kvm_amd: " + message))
      }
      let other = try await LinuxRuns.shared.run(of: Self.emulated)
      #expect(other.lines("avic") == ["N"])
      #expect(!other.messages.contains { $0.text.contains("AVIC enabled") })
    }

    @Test("The kernel complains of nothing that is not known and explained", arguments: guests)
    func complainsOfNothing(guest: VirtualMachineGuest) async throws {
      let run = try await LinuxRuns.shared.run(of: guest)
      #expect(run.messages.count > 100, "dmesg printed too little to judge by")
      #expect(try KernelMessages.unexplained(in: run.messages, of: .cloud612) == [])
    }

    @Test("Every check comes to its end", arguments: guests)
    func ends(guest: VirtualMachineGuest) async throws {
      let found = try await findings(of: guest)
      for check in Self.checks { #expect(found["\(check).status"] == 0, "\(check)") }
    }

    @Test("AVIC is inhibited for a reason only")
    func isInhibitedForAReason() async throws {
      let (with, without) = (try await findings(of: Self.accelerated), try await findings(of: Self.emulated))
      // By bits: a changed identifier, and a timer that makes up for lost ticks.
      let reasons: [String: UInt64] = ["physical-id": 1 << 5, "interval-timer": 1 << 9]
      for check in Self.checks {
        #expect(with["\(check).inhibits"] == reasons[check] ?? 0, "\(check)")
        #expect(without["\(check).inhibits"] == 1, "\(check)")
      }
    }

    @Test("Registers are read without exits once their page is there")
    func readsRegisters() async throws {
      let (with, without) = (try await findings(of: Self.accelerated), try await findings(of: Self.emulated))
      #expect(with["touch.first.kvm_exit.0.400"] == 1)
      #expect(with.ownExits(in: "touch.reads") == 1)
      #expect(without.ownExits(in: "touch.reads") >= Self.count)
    }

    @Test(
      "An interrupt to oneself, with its end, leaves the guest only without AVIC",
      arguments: ["self", "x2-self"])
    func sendsToItself(check: String) async throws {
      let (with, without) = (try await findings(of: Self.accelerated), try await findings(of: Self.emulated))
      for found in [with, without] {
        #expect(found["\(check).handled"] == Self.count)
        #expect(found["\(check).lost"] == 0)
      }
      #expect(with.ownExits(in: "\(check).ipi") <= Self.fewExits)
      #expect(with.count("irq_exits", in: "\(check).ipi") < Self.count / 4)
      #expect(without.ownExits(in: "\(check).ipi") >= 2 * Self.count)
    }

    @Test(
      "Interrupts between running processors leave the guest only without AVIC",
      arguments: interprocessor + x2Interprocessor)
    func sendsToOthers(check: String) async throws {
      let (with, without) = (try await findings(of: Self.accelerated), try await findings(of: Self.emulated))
      let includesSelf = check.hasSuffix("all") || check.hasSuffix("broadcast")
      for found in [with, without] {
        #expect(found["\(check).handled.other"] == Self.count)
        #expect(found["\(check).handled.self"] == (includesSelf ? Self.count : 0))
        #expect(found["\(check).lost"] == 0)
      }
      #expect(with.ownExits(in: "\(check).ipi") <= Self.fewExits)
      #expect(with.count("irq_exits", in: "\(check).ipi") < Self.count / 2)
      // The command, the kick of the target, and the end.
      #expect(without.count("exits", in: "\(check).ipi") >= 3 * Self.count)
    }

    @Test("An interrupt to a processor that sleeps wakes it by one exit", arguments: ["halted", "x2-halted"])
    func wakes(check: String) async throws {
      let found = try await findings(of: Self.accelerated)
      #expect(found["\(check).handled.other"] == Self.count)
      // Cause 1, target not running, with the target's index; sometimes the target has not begun to sleep.
      let exits = try #require(found["\(check).ipi.kvm_avic_incomplete_ipi.0.1.1"])
      #expect(exits > Self.count / 2 && exits <= Self.count)
      #expect(found.all(below: "\(check).ipi.kvm_avic_incomplete_ipi").count == 1)
    }

    @Test("None is lost while KVM looks whether a halted processor is to go on")
    func losesNone() async throws {
      for guest in Self.guests {
        let found = try await findings(of: guest)
        #expect(found["halted-watched.handled.other"] == Self.count)
        #expect(found["halted-watched.lost"] == 0)
      }
    }

    @Test("Interrupts of the host reach a running processor by doorbells")
    func ringsDoorbells() async throws {
      let (with, without) = (try await findings(of: Self.accelerated), try await findings(of: Self.emulated))
      for found in [with, without] { #expect(found["messages.handled"] == Self.count) }
      let rung = try #require(with["messages.messages.kvm_avic_doorbell.0"])
      #expect(rung > Self.count * 9 / 10 && rung <= Self.count)
      #expect(with.ownExits(in: "messages.messages") <= Self.fewExits)
      #expect(with.count("irq_injections", in: "messages.messages") <= 1)
      #expect(without.count("irq_injections", in: "messages.messages") >= Self.count)
    }

    @Test("The machine counts as many accesses as the guest did, and none without AVIC")
    func countsAccesses() async throws {
      let guest = VirtualMachineGuest(parameters: "avic=1", checks: ["self"])
      let processors = try await LinuxRuns.shared.run(of: guest).report.processors.compactMap(\.guests)
      func writes(of offset: Int) -> UInt64 {
        processors.reduce(0) { sum, guests in
          sum + guests.acceleratedWrites.reduce(0) { $1.offset == offset ? $0 + $1.count : $0 }
        }
      }
      #expect(writes(of: 0x300) == Self.count)  // interrupt command
      #expect(writes(of: 0xB0) == Self.count)  // end of interrupt
      #expect(processors.reduce(0) { $0 + $1.interprocessorInterrupts } == Self.count)

      let others = try await LinuxRuns.shared.run(of: Self.emulated).report.processors.compactMap(\.guests)
      #expect(others.count == 2)
      for guests in others {
        #expect(guests.entries > Self.count)
        #expect(guests.acceleratedReads.isEmpty && guests.acceleratedWrites.isEmpty)
        #expect(guests.virtualInterrupts == 0)
      }
    }
  }
}
