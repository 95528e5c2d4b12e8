import Hypervisors
import Interfaces
import Testing
import Tracing

@testable import Machine

/// Whole guests with every event recorded: the machine's own counters say how many there must be.
@Suite("Traces of guests")
struct TracedGuestTests {
  /// A guest that judges the machine from inside.
  private func run(
    _ guest: String, _ configuration: MachineConfiguration, traced: Bool = true
  ) throws -> Machine {
    var configuration = configuration
    configuration.traceCapacity.bytesPerProcessor = 64 << 20
    return try BareGuest(name: guest).run(on: configuration) { machine in
      guard traced else { return }
      for event in machine.tracer.events.indices { machine.tracer.setEnabled(event, true) }
    }.machine
  }

  /// How often each event was recorded, with the words of its text up to a point.
  private func counts(_ machine: Machine, _ key: (String) -> String?) throws -> [String: UInt64] {
    try TracedProgram.records(of: machine).compactMap(key).reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  @Test("Exceptions and accesses are as many as the machine counts")
  func counts() throws {
    let machine = try run("selftest", MachineConfiguration(memorySize: 128 << 20, processorCount: 2))
    #expect(machine.tracer.contents.processors.allSatisfy { $0.lost == 0 })
    let exceptions = try counts(machine) { record in
      let words = record.split(separator: " ")
      if words[0] == "exception:" { return String(words[1]) }
      return words[0].hasPrefix("page_fault") ? "#PF" : nil
    }
    var expected: [String: UInt64] = [:]
    for processor in machine.processors {
      for (vector, count) in processor.exceptionCounts { expected[vector.mnemonic, default: 0] += count }
    }
    #expect(exceptions == expected)
    let accesses = try counts(machine) { record in
      let words = record.split(separator: " ")
      let isAccess = words[0].hasPrefix("port_") || words[0].hasPrefix("mmio_")
      return isAccess ? String(words[1].dropLast()) : nil
    }
    let devices = machine.statistics.entries.filter { $0.accesses > 0 }
    #expect(accesses == Dictionary(uniqueKeysWithValues: devices.map { ($0.name, $0.accesses) }))
  }

  @Test("Hypercalls, entries of trust levels and intercepts are as many as the hypervisor counts")
  func hypervisorCounts() throws {
    let machine = try run(
      "trustlevels",
      MachineConfiguration(
        memorySize: 128 << 20, processorCount: 2, hypervisor: HyperVConfiguration(level: .vtl0)))
    let statistics = try #require(machine.hypervisor?.statistics)
    let events = try counts(machine) { String($0.prefix { $0 != ":" }) }
    #expect(events["vtl_entry"] == statistics.levelEntries)
    #expect(events["intercept"] == statistics.intercepts)
    let calls = try counts(machine) { record in
      let words = record.split(separator: " ")
      return words[0] == "hypercall:" ? String(words[1]) : nil
    }
    let transitions = [HyperV.HypercallCode.callLevel, .returnLevel]
    for call in statistics.calls where !transitions.contains(call.code) {
      #expect(calls["\(call.code.name)"] == call.count)
    }
  }

  @Test("A machine does the same whether it is traced or not, and two traces are the same to the bit")
  func determinism() throws {
    let configuration = MachineConfiguration(memorySize: 128 << 20, processorCount: 2, seed: 5)
    let machines = try [true, true, false].map { try run("selftest", configuration, traced: $0) }
    let hashes = machines.map { $0.stateHash() }
    #expect(hashes[0] == hashes[2])
    let files = machines.map { TraceFileVersion6.bytes(of: $0.tracer.contents, TraceFileDescription()) }
    #expect(files[0] == files[1])
    #expect(files[0].count > files[2].count)
  }
}
