import Testing

@testable import Machine

/// The guests that judge the bare machine.
@Suite struct SelfTestGuestTests {
  @Test(
    "Every self-test passes, with one processor and with several", arguments: BareGuest.Entry.allCases,
    [1, 4])
  func selfTestPasses(entry: BareGuest.Entry, processors: Int) throws {
    try BareGuest(name: "selftest", entry: entry).passes(
      on: MachineConfiguration(memorySize: 128 << 20, processorCount: processors))
  }

  @Test("The greeter's short test passes")
  func greeterPasses() throws {
    try BareGuest(name: "greeter").passes(
      on: MachineConfiguration(memorySize: 128 << 20, processorCount: 2))
  }
}
