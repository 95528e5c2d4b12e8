import Hypervisors
import Interfaces
import Testing
import Tracing

@testable import Machine

/// Whole guests with events recorded: the machine's own counters say how many there must be.
@Suite("Traces of guests")
struct TracedGuestTests {
  /// Runs a guest and gives the words of each record's text.
  private func run(
    _ guest: String, _ configuration: MachineConfiguration, _ events: String
  ) throws -> (machine: Machine, records: [[Substring]]) {
    var configuration = configuration
    configuration.traceCapacity.bytesPerProcessor = 64 << 20
    let machine = try BareGuest(name: guest).run(on: configuration) { machine in
      for index in (try? EventSelection(events).indices(in: machine.tracer.events)) ?? [] {
        machine.tracer.setEnabled(index, true)
      }
    }.machine
    #expect(machine.tracer.contents.processors.allSatisfy { $0.lost == 0 })
    return (machine, try TracedProgram.records(of: machine).map { $0.split(separator: " ") })
  }

  private func counts(_ keys: [String]) -> [String: UInt64] {
    keys.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  @Test(
    "Accesses and exceptions are as many as the machine counts, and each interrupt that is taken is ended")
  func countsOfAccesses() throws {
    let (machine, records) = try run(
      "greeter", MachineConfiguration(memorySize: 128 << 20, processorCount: 2),
      "port:*,mmio:*,exceptions:*,irq:*")
    let accesses = records.filter { $0[0].hasPrefix("port_") || $0[0].hasPrefix("mmio_") }
    let devices = machine.statistics.entries.filter { $0.accesses > 0 }
    #expect(
      counts(accesses.map { String($0[1].dropLast()) })
        == Dictionary(uniqueKeysWithValues: devices.map { ($0.name, $0.accesses) }))
    let exceptions = records.compactMap { words in
      words[0] == "exception:" ? String(words[1]) : words[0].hasPrefix("page_fault") ? "#PF" : nil
    }
    var expected: [String: UInt64] = [:]
    for processor in machine.processors {
      for (vector, count) in processor.exceptionCounts { expected[vector.mnemonic, default: 0] += count }
    }
    #expect(counts(exceptions) == expected)
    let taken = records.filter { $0[0] == "irq_deliver:" }.count
    #expect(taken > 0)
    #expect(records.filter { $0[0] == "irq_end:" }.count == taken)
  }

  @Test("Hypercalls, entries of trust levels and intercepts are as many as the hypervisor counts")
  func countsOfHypercalls() throws {
    let (machine, records) = try run(
      "trustlevels",
      MachineConfiguration(
        memorySize: 128 << 20, processorCount: 2, hypervisor: HyperVConfiguration(level: .vtl0)),
      "hyperv:*")
    let statistics = try #require(machine.hypervisor?.statistics)
    let events = counts(records.map { String($0[0]) })
    #expect(events["vtl_entry:"] == statistics.levelEntries)
    #expect(events["intercept:"] == statistics.intercepts)
    let calls = counts(records.filter { $0[0] == "hypercall:" }.map { String($0[1]) })
    #expect(!calls.isEmpty)
    let transitions = [HyperV.HypercallCode.callLevel, .returnLevel]
    for call in statistics.calls where !transitions.contains(call.code) {
      #expect(calls["\(call.code.name)"] == call.count)
    }
  }
}
