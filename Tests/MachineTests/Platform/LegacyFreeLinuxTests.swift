import TestSupport
import Testing

@testable import Machine

extension LinuxTests {
  /// Linux on a legacy-free machine on which it sees no hypervisor.
  @Suite struct LegacyFreeLinuxTests {
    /// Without another timer to compare with, the kernel must be told how fast the TSC is.
    private static let frequency = "tsc_early_khz=1000000"

    private static func debian(processors: Int, _ script: String) -> LinuxGuest {
      LinuxGuest(
        processors: processors, platform: .legacyFree(.acpi), parameters: frequency + " reboot=t",
        script: script + "\nreboot")
    }

    @Test("Debian's kernel finds everything by hardware-reduced ACPI", arguments: [1, 4])
    func findsEverythingByACPI(processors: Int) throws {
      let run = try Self.debian(processors: processors, GuestScripts.inspection).run()
      #expect(run.event == .reset, "the console ends with:\n\(run.end)")
      #expect(run.lines("nproc") == ["\(processors)"])
      #expect(try run.lines("computed") == GuestScripts.computedByHost())
      #expect(run.lines("strata") == ["the script ended with status 0"])
    }

    @Test("Functions on PCI are found where ACPI tells of the host")
    func usesPCI() throws {
      let folder = try TemporaryFolder()
      try folder.run("echo from the host >disk && truncate -s 1M disk")
      var guest = Self.debian(
        processors: 2,
        """
        echo "read: $(head -n 1 /dev/vda)"
        echo "from the guest" | dd of=/dev/vda seek=9 conv=sync 2>/dev/null
        sync
        grep virtio /proc/interrupts | sed 's/^/interrupts: /'
        """)
      guest.modules = ["virtio_pci", "virtio_blk"]
      guest.disk = folder.path.appending("disk")
      let run = try guest.run()
      #expect(run.lines("read") == ["from the host"], "the console ends with:\n\(run.end)")
      #expect(run.lines("interrupts").contains { $0.contains("PCI-MSI") })
      #expect(try folder.run("dd if=disk skip=9 count=1 2>/dev/null | head -n 1") == "from the guest\n")
    }

    @Test(
      "The kernel for VTL2 finds its processors and its console", arguments: LegacyFreeDescription.allCases,
      BuiltKernel.Form.allCases)
    func kernelForVTL2(description: LegacyFreeDescription, form: BuiltKernel.Form) throws {
      let guest = VTLGuest(
        form: form, processors: 2, description: description, parameters: Self.frequency,
        script: VTLScripts.inspection + VTLScripts.reonline)
      let run = try guest.run()
      #expect(run.event == .reset, "the console ends with:\n\(run.end)")
      #expect(run.trouble == [])
      #expect(run.kernelMessages.contains("smp: Brought up 1 node, 2 CPUs"))
      #expect(run.lines("online") == ["0-1"])
      #expect(run.lines("ran") == ["0", "1"])
      #expect(run.lines("clockevent") == ["lapic-deadline", "lapic-deadline"])
      #expect(run.lines("msr 0000001b of 0") == ["00000000fee00900"])
      #expect(run.lines("msr 0000001b of 1") == ["00000000fee00800"])
      #expect(run.lines("offline") == ["0 0"])
      #expect(run.lines("online again") == ["0 0-1"])
      let slept = try #require(run.lines("slept").compactMap { Int($0) }.first)
      #expect((100...105).contains(slept), "hundredths of a second")
      #expect(run.lines("interrupts").contains { $0.contains("ttyS0") && $0.contains("IO-APIC") })
    }

    @Test("A processor that is listed and does not exist is left out")
    func doesWithoutWhatIsNotThere() throws {
      let guest = VTLGuest(processors: 2, listedProcessors: 3, parameters: Self.frequency)
      let run = try guest.run()
      #expect(run.event == .reset, "the console ends with:\n\(run.end)")
      #expect(run.kernelMessages.contains("CPU2 failed to report alive state"))
      #expect(run.lines("online") == ["0-1"])
    }
  }
}
