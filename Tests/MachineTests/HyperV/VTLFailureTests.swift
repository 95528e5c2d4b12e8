import Interfaces
import Testing

@testable import Hypervisors
@testable import Machine

extension LinuxTests {
  /// The kernel for VTL2 on machines that are not as it wants them.
  @Suite struct VTLFailureTests {
    private func guest(
      processors: Int, _ change: (inout HyperVConfiguration) -> Void = { _ in }
    ) -> VTLGuest {
      var hypervisor = HyperVConfiguration(level: .vtl2)
      change(&hypervisor)
      return VTLGuest(processors: processors, hypervisor: hypervisor)
    }

    /// Expects a run to reach the end of its script with some processors.
    private func expectUserspace(
      _ run: LinuxRun, online: String, at location: SourceLocation = #_sourceLocation
    ) {
      #expect(run.event == .reset, "the console ends with:\n\(run.end)", sourceLocation: location)
      #expect(run.lines("online") == [online], sourceLocation: location)
      #expect(run.lines("strata") == ["the script ended with status 0"], sourceLocation: location)
    }

    @Test("A processor that is listed and does not exist is left out")
    func fifthOfFour() throws {
      var guest = guest(processors: 4)
      guest.listedProcessors = 5
      let run = try guest.run()
      expectUserspace(run, online: "0-3")
      #expect(run.kernelMessages.contains("Hyper-V: failed to get vp index from apic id 4, status 0x5"))
      #expect(run.kernelMessages.contains("Couldn't find CPU with APIC ID 4"))
      // The kernel tries twice.
      #expect(
        try hypervisorReport(of: run).statistics.failures
          == [.init(code: .getProcessorIndex, status: .invalidParameter, count: 2)])
    }

    @Test("Processors above the limit that the hypervisor tells of are left out")
    func limit() throws {
      let run = try guest(processors: 4) { $0.processorLimit = 1 }.run()
      expectUserspace(run, online: "0-1")
      #expect(run.kernelMessages.contains("Invalid CPU id 2 for APIC ID 2"))
    }

    @Test(
      "Processors that the hypervisor does not start stay offline",
      arguments: [
        (
          HyperV.Privileges.virtualSecureMode, HyperV.HypercallCode.enableProcessorLevel,
          // The kernel has the line's end before the bracket.
          "HVCALL_ENABLE_VP_VTL failed for VP : 1 ! [Err: 0x6"
        ), (.startVirtualProcessor, .startProcessor, "HVCALL_START_VP failed for VP : 1 ! [Err: 0x6]"),
      ])
    func refusal(privilege: HyperV.Privileges, code: HyperV.HypercallCode, message: String) throws {
      let run = try guest(processors: 2) { $0.privileges.remove(privilege) }.run()
      expectUserspace(run, online: "0")
      #expect(run.kernelMessages.contains(message))
      let statistics = try hypervisorReport(of: run).statistics
      #expect(statistics.failures.contains(.init(code: code, status: .accessDenied, count: 2)))
      #expect(statistics.processorStarts == 0)
    }

    @Test("A kernel that sees XSAVE panics, and tells the hypervisor of it")
    func extendedState() throws {
      let run = try guest(processors: 2) { $0.showsExtendedState = true }.run()
      #expect(run.event == .reset, "the console ends with:\n\(run.end)")
      let panic = "XSAVE has to be disabled as it is not supported by this module."
      #expect(run.kernelMessages.contains("Kernel panic - not syncing: " + panic))
      let crash = try #require(try hypervisorReport(of: run).crash)
      #expect(crash.control == 0xC000_0000_0000_0000)
      #expect(crash.parameters[..<3] == [0, 0, 0])
      #expect(try #require(crash.text).contains(panic))
    }

    @Test("With noxsave it comes up")
    func extendedStateUnused() throws {
      var guest = guest(processors: 2) { $0.showsExtendedState = true }
      guest.parameters = "noxsave"
      let run = try guest.run()
      expectUserspace(run, online: "0-1")
      #expect(run.trouble == [])
    }

    @Test("Of a panic in userspace the hypervisor learns as well, if it has the registers")
    func panic() throws {
      var guest = guest(processors: 2)
      guest.parameters = "rdinit=/bin/false"
      let crash = try #require(try hypervisorReport(of: guest.run()).crash)
      #expect(try #require(crash.text).contains("Attempted to kill init!"))
      guest.hypervisor?.features.remove(.crashRegisters)
      let run = try guest.run()
      #expect(run.kernelMessages.contains { $0.contains("Attempted to kill init!") })
      #expect(try hypervisorReport(of: run).crash == nil)
    }

    @Test("At VTL0 it cannot start processors, and works with one")
    func wrongLevel() throws {
      var guest = VTLGuest(processors: 2, hypervisor: HyperVConfiguration(level: .vtl0))
      let run = try guest.run()
      #expect(
        run.kernelMessages.contains { $0.hasPrefix("BUG: kernel NULL pointer dereference") },
        "the console ends with:\n\(run.end)")
      #expect(run.console.contains("native_kick_ap"))
      #expect(try hypervisorReport(of: run).statistics.count(of: .getRegisters) == 1)
      guest.parameters = "maxcpus=1 noxsave"
      expectUserspace(try guest.run(), online: "0")
    }

    @Test("Without a description it finds no timer, and waits for ever")
    func noDescription() throws {
      var guest = guest(processors: 1)
      guest.description = .acpi
      guest.parameters = "acpi=off"
      let run = try guest.run()
      #expect(run.event == .deadlock, "the console ends with:\n\(run.end)")
      #expect(run.kernelMessages.contains("APIC: ACPI MADT or MP tables are not detected"))
    }
  }
}
