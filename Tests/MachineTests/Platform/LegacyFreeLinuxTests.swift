import Testing

@testable import Machine

extension LinuxTests {
  /// Linux on a legacy-free machine that nobody calls a virtual one.
  @Suite struct LegacyFreeLinuxTests {
    /// Without another timer to compare with, the kernel must be told how fast the TSC is.
    private static let frequency = "tsc_early_khz=1000000"

    @Test("Debian's kernel finds everything by hardware-reduced ACPI", arguments: [1, 4])
    func findsEverythingByACPI(processors: Int) throws {
      let guest = LinuxGuest(
        processors: processors, platform: .legacyFree(.acpi), parameters: Self.frequency + " reboot=t",
        script: GuestScripts.inspection + "\nreboot")
      let run = try guest.run()
      #expect(run.event == .tripleFault(processor: 0), "the console ends with:\n\(run.end)")
      #expect(run.lines("nproc") == ["\(processors)"])
      #expect(try run.lines("computed") == GuestScripts.computedByHost())
      #expect(run.lines("strata") == ["the script ended with status 0"])
    }

    @Test(
      "The kernel for VTL2 finds its processors and its console", arguments: LegacyFreeDescription.allCases)
    func kernelForVTL2(description: LegacyFreeDescription) throws {
      for form in BuiltKernel.Form.allCases {
        let guest = VTLGuest(
          form: form, processors: 2, description: description, parameters: Self.frequency)
        let run = try guest.run()
        #expect(run.lines("online") == ["0-1"], "the console ends with:\n\(run.end)")
        #expect(run.lines("ran") == ["0", "1"])
        #expect(run.lines("slept").compactMap { Int($0) }.allSatisfy { (100...105).contains($0) })
        #expect(run.lines("interrupts").contains { $0.contains("ttyS0") && $0.contains("IO-APIC") })
      }
    }
  }
}
