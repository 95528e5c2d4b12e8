import Testing

@testable import Machine

extension LinuxTests.InterruptVirtualizationTests {
  /// Registers, priorities and destinations that need more than the hardware's help.
  @Suite struct RegisterTests {
    static let count = VirtualMachineGuest.repetitions
    static let accelerated = LinuxTests.InterruptVirtualizationTests.accelerated
    static let guests = LinuxTests.InterruptVirtualizationTests.guests
    static let fewExits = LinuxTests.InterruptVirtualizationTests.fewExits

    private func findings(of guest: VirtualMachineGuest = accelerated) async throws -> MonitorFindings {
      try await LinuxRuns.shared.run(of: guest).findings
    }

    @Test(
      "The task priority is the same by CR8 and by its register",
      arguments: ["task-priority", "x2-task-priority"])
    func setsTaskPriority(check: String) async throws {
      for guest in Self.guests {
        let found = try await findings(of: guest)
        #expect(found["\(check).wrong"] == 0)
        #expect(found["\(check).tpr"] == 0x90)
        #expect(found["\(check).cr8"] == 5)
        #expect(found["\(check).tpr.again"] == 0x50)
      }
      let found = try await findings()
      #expect(found.ownExits(in: "\(check).mmio") == 1)
      #expect(found.ownExits(in: "\(check).cr8") == 1)
    }

    @Test("A masked interrupt is delivered right at the write that unmasks it", arguments: guests)
    func masks(guest: VirtualMachineGuest) async throws {
      let found = try await findings(of: guest)
      #expect(found["masking.early"] == 0)
      #expect(found["masking.pending"] == Self.count)
      #expect(found["masking.prompt"] == 2 * Self.count)
      if guest == Self.accelerated { #expect(found.ownExits(in: "masking.mmio") <= Self.fewExits) }
    }

    @Test("Interrupts are nested by their priorities", arguments: guests)
    func nests(guest: VirtualMachineGuest) async throws {
      let found = try await findings(of: guest)
      #expect(found["nesting.order"] == 0x71_51_31_61_41)
      #expect(found["nesting.priorities"] == 0x70_50_30_60_40)
      #expect(found["nesting.left"] == 0)
    }

    @Test("INIT, start-up and NMI are sent by KVM")
    func startsProcessors() async throws {
      for guest in Self.guests {
        let found = try await findings(of: guest)
        #expect(found["startup.nmi"] == Self.count)
        #expect(found["startup.ipi"] == 1)
      }
      let found = try await findings()
      #expect(found["startup.startup.kvm_avic_incomplete_ipi.0.0.0"] == 2)
      #expect(found["startup.nmi.kvm_avic_incomplete_ipi.0.0.0"] == Self.count)
    }

    @Test("An absent destination gets nothing, and KVM is asked", arguments: ["absent", "x2-absent"])
    func knowsAbsentDestinations(check: String) async throws {
      for guest in Self.guests {
        let found = try await findings(of: guest)
        // Only the one that is there, of two.
        #expect(found["\(check).handled"] == 1)
        #expect(found["\(check).partly"] == 1)
      }
      let found = try await findings()
      for phase in ["physical", "logical", "partly"] {
        #expect(found.all(below: "\(check).\(phase).kvm_avic_incomplete_ipi") == ["0.2.7": 1], "\(phase)")
      }
    }

    @Test("Vectors below 16 are not sent")
    func refusesVectors() async throws {
      for guest in Self.guests {
        let found = try await findings(of: guest)
        #expect(found["vector.handled"] == 0)
        #expect(found["vector.afterwards"] == 1)
      }
      let found = try await findings()
      for phase in ["other", "self"] {
        #expect(found["vector.\(phase).kvm_avic_incomplete_ipi.0.4.0"] == 1)
      }
    }

    @Test("The end of a line's interrupt is told, and no other", arguments: ["level", "level-split"])
    func endsLines(check: String) async throws {
      for guest in Self.guests {
        let found = try await findings(of: guest)
        #expect(found["\(check).handled"] == Self.count)
        #expect(found["\(check).nested"] == Self.count)
        #expect(found["\(check).in-service"] == 0)
      }
      let found = try await findings()
      #expect(found.all(below: "\(check).line.kvm_avic_unaccelerated_access") == ["b0.1.1": Self.count])
      #expect(found.all(below: "\(check).line.kvm_eoi") == ["41": Self.count])
    }

    @Test("The timer is KVM's, and ticks")
    func ticks() async throws {
      for guest in Self.guests {
        let found = try await findings(of: guest)
        for name in ["once", "periodic", "current"] {
          #expect(found["timer.\(name)"] == 1)
          #expect(found["x2-timer.\(name)"] == 1)
        }
      }
      let found = try await findings()
      // Writes are traps, the read of the current count is a fault.
      #expect(
        found.all(below: "timer.once.kvm_avic_unaccelerated_access")
          == ["320.1.1": 1, "380.1.1": 1, "3e0.1.1": 1])
      #expect(
        found.all(below: "timer.periodic.kvm_avic_unaccelerated_access")
          == ["320.1.1": 1, "380.1.1": 2, "390.0.0": 1])
      // KVM keeps the timer's entry of the vector table to itself in x2APIC mode.
      #expect(found["x2-timer.once.kvm_exit.0.7c"] == 1)
      #expect(
        found.all(below: "x2-timer.once.kvm_avic_unaccelerated_access") == ["380.1.1": 1, "3e0.1.1": 1])
    }

    @Test("A new logical identifier is used at once")
    func changesLogicalIdentifier() async throws {
      for guest in Self.guests {
        let found = try await findings(of: guest)
        #expect(found["logical-id.flat"] == 1)
        #expect(found["logical-id.cluster"] == 1)
        #expect(found["logical-id.handled"] == 2)
      }
      let found = try await findings()
      #expect(found.all(below: "logical-id.flat.kvm_avic_unaccelerated_access") == ["d0.1.1": 1])
      #expect(
        found.all(below: "logical-id.cluster.kvm_avic_unaccelerated_access") == ["d0.1.1": 1, "e0.1.1": 1])
      #expect(found.all(below: "logical-id.flat.kvm_avic_incomplete_ipi") == [:])
      #expect(found.all(below: "logical-id.former.kvm_avic_incomplete_ipi") == ["0.2.2": 1])
    }

    @Test("KVM takes over while a guest runs, and its registers stay")
    func takesOver() async throws {
      for guest in Self.guests {
        let found = try await findings(of: guest)
        #expect(found["physical-id.before"] == 0)
        #expect(found["physical-id.after"] == 5)
        #expect(found["physical-id.cr8"] == 3)
        #expect(found["physical-id.tpr"] == 0x20)
        #expect(found["physical-id.handled"] == Self.count)
        #expect(found.ownExits(in: "physical-id.ipi") >= 2 * Self.count)
      }
    }

    @Test("Registers that cannot be written stay as they are")
    func keepsRegisters() async throws {
      for guest in Self.guests { #expect(try await findings(of: guest)["read-only.changed"] == 0) }
      let found = try await findings()
      let writes = ["30", "a0", "100", "180", "200", "390"]
      for offset in writes {
        #expect(found["read-only.writes.kvm_avic_unaccelerated_access.\(offset).0.1"] == 1)
      }
    }

    @Test("The page after the registers is no processor's")
    func hasOnePage() async throws {
      for guest in Self.guests {
        let found = try await findings(of: guest)
        #expect(found["next-page.mmio.fee01030.read"] == 1)
        #expect(found["next-page.value"] == 0xFFFF_FFFF)
      }
    }

    @Test("A timer that makes up for lost ticks takes AVIC away, and all is delivered")
    func keepsTicks() async throws {
      let found = try await findings()
      #expect(found["interval-timer.handled"] == Self.count)
      #expect(found.ownExits(in: "interval-timer.ipi") >= 2 * Self.count)
    }
  }
}
