import Testing

@testable import Machine

extension LinuxTests {
  /// The kernel for VTL2 where it belongs: unmodified Linux 6.12 with `CONFIG_HYPERV_VTL_MODE`.
  @Suite struct VTLBootTests {
    @Test("Linux comes to userspace and knows where it is", arguments: VTLVariant.all)
    func boots(variant: VTLVariant) async throws {
      let run = try await LinuxRuns.shared.run(of: variant.guest)
      #expect(run.event == .reset, "the console ends with:\n\(run.end)")
      #expect(run.lines("strata") == ["the script ended with status 0"])
      let count = variant.guest.processors
      let expected = [
        "Hypervisor detected: Microsoft Hyper-V",
        "Hyper-V: \(variant.flags)",
        "Linux runs in Hyper-V Virtual Trust Level",
        "Booting paravirtualized kernel on Hyper-V",
        "Hyper-V: Host Build 10.0.20348.0-0-0",
        "APIC: wakeup_secondary_cpu_64() replaced with hv_vtl_wakeup_secondary_cpu()",
        "smp: Brought up 1 node, \(count) CPU\(count == 1 ? "" : "s")",
      ]
      let messages = run.kernelMessages
      for message in expected { #expect(messages.contains(message), "\(message)") }
      #expect(run.trouble == [])
    }

    @Test("Every processor is online and works", arguments: VTLVariant.all)
    func processorsWork(variant: VTLVariant) async throws {
      let run = try await LinuxRuns.shared.run(of: variant.guest)
      let count = variant.guest.processors
      #expect(run.lines("cpuinfo") == ["\(count)"])
      #expect(run.lines("online") == [count == 1 ? "0" : "0-\(count - 1)"])
      #expect(run.lines("ran") == (0..<count).map(String.init))
    }

    @Test("Time comes from the hypervisor's timers", arguments: VTLVariant.all)
    func timePasses(variant: VTLVariant) async throws {
      let run = try await LinuxRuns.shared.run(of: variant.guest)
      let count = variant.guest.processors
      #expect(run.lines("clocksource") == [variant.clockSource])
      #expect(run.lines("clockevent") == Array(repeating: "Hyper-V clockevent", count: count))
      let slept = try #require(run.lines("slept").compactMap { Int($0) }.first)
      #expect((100...105).contains(slept), "hundredths of a second")
      let synthetic = try #require(run.interrupts("HVS"))
      #expect(synthetic.count == count && synthetic.allSatisfy { $0 > 0 }, "\(synthetic)")
      #expect(run.interrupts("LOC") == Array(repeating: 0, count: count))
    }

    @Test("Each processor has its index and its own assist page", arguments: VTLVariant.all)
    func registers(variant: VTLVariant) async throws {
      let run = try await LinuxRuns.shared.run(of: variant.guest)
      var pages: Set<UInt64> = []
      for number in 0..<variant.guest.processors {
        #expect(run.register(0x4000_0002, of: number) == UInt64(variant.indexes[number]))
        // Enabled, x2APIC, and the bootstrap processor is the first.
        #expect(run.register(0x1B, of: number) == (number == 0 ? 0xFEE0_0D00 : 0xFEE0_0C00))
        let page = try #require(run.register(0x4000_0073, of: number))
        #expect(page & 0xFFF == 1, "enabled")
        pages.insert(page)
      }
      #expect(pages.count == variant.guest.processors)
    }

    @Test(
      "The reference time agrees with the clock that the kernel makes of the TSC",
      arguments: [VTLVariant.recommended(processors: 2), .referencePage])
    func clocksAgree(variant: VTLVariant) throws {
      var guest = variant.guest
      guest.script = VTLScripts.clocks
      let run = try guest.run()
      /// How far the kernel's clock is ahead, in nanoseconds, with the least time between the two readings.
      func lead(_ label: String) throws -> Int {
        let leads = run.lines("clocks \(label)").compactMap { line -> Int? in
          let numbers = line.split(separator: " ").compactMap { Int($0) }
          return numbers.count == 2 ? numbers[1] - numbers[0] * 100 : nil
        }
        #expect(leads.count == 8, "the console ends with:\n\(run.end)")
        return try #require(leads.min())
      }
      let skew = try lead("after") - lead("before")
      #expect(abs(skew) < 1_000_000, "nanoseconds in more than a second")
    }

    @Test("A second run is the same, to the bit")
    func repeats() async throws {
      let guest = VTLVariant.enlightened.guest
      let first = try await LinuxRuns.shared.run(of: guest)
      let second = try guest.run()
      #expect(second.event == first.event)
      #expect(second.instructions == first.instructions)
      #expect(second.stateHash == first.stateHash)
      #expect(second.console == first.console)
    }
  }
}

extension LinuxRun {
  /// How often each processor got the interrupts of a row of `/proc/interrupts`.
  func interrupts(_ row: String) -> [Int]? {
    for line in lines("interrupts") {
      let columns = line.split(separator: " ")
      if columns.first == Substring(row + ":") {
        return columns.dropFirst().prefix { Int($0) != nil }.compactMap { Int($0) }
      }
    }
    return nil
  }

  /// A model-specific register of a processor as ``VTLScripts/inspection`` shows it.
  func register(_ index: UInt32, of processor: Int) -> UInt64? {
    let digits = String(index, radix: 16)
    let label = "msr " + String(repeating: "0", count: 8 - digits.count) + digits + " of \(processor)"
    return lines(label).first.flatMap { UInt64($0, radix: 16) }
  }
}
