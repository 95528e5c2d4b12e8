import SystemPackage
import Testing

@testable import Machine

/// The guests of `Guests/`, whose own tests judge the machine from inside.
@Suite struct SelfTestGuestTests {
  /// The way in which the guest is started.
  enum Entry: String, CaseIterable {
    case multiboot = "Multiboot"
    case pvh = "PVH"
  }

  /// What the guest writes to the debug exit if all of its tests passed, as the machine reports it.
  private static let success: UInt32 = 33
  private static let instructionLimit: UInt64 = 2_000_000_000

  private func kernel(_ guest: String, _ entry: Entry) throws -> KernelImage {
    var bytes = try BootFile.read(TestFiles.guest(guest))
    if entry == .pvh {
      let header = try #require(MultibootHeader(findIn: bytes))
      bytes[Int(header.offset)] = 0
    }
    return try KernelImage.identify(bytes)
  }

  @Test(
    "Every self-test passes, with one processor and with several", arguments: Entry.allCases, [1, 4])
  func selfTestPasses(entry: Entry, processors: Int) throws {
    try passes("selftest", entry, processors: processors)
  }

  @Test("The greeter's short test passes")
  func greeterPasses() throws {
    try passes("greeter", .multiboot, processors: 2)
  }

  private func passes(_ guest: String, _ entry: Entry, processors: Int) throws {
    var configuration = MachineConfiguration(memorySize: 128 << 20, processorCount: processors)
    configuration.devices = [.debugExit]
    let machine = try Machine(configuration)
    let console = ConsoleRecorder()
    machine.serialPort.backend = console
    try machine.load(kernel(guest, entry), commandLine: "debug-exit", initialRamdisk: nil)
    let event = machine.run(instructions: Self.instructionLimit)

    let lines = console.text.split(whereSeparator: \.isNewline).map(String.init)
    #expect(event == .debugExit(code: Self.success), "\(lines.suffix(10).joined(separator: "\n"))")
    #expect(lines.contains("started by \(entry.rawValue)"))
    #expect(lines.filter { $0.contains("FAILED") } == [])
    // Here nothing is left out: the lines that do not apply under an emulator that is less strict.
    #expect(lines.filter { $0.contains("leaves this out") } == [])
    #expect(lines.last?.hasSuffix(" passed, 0 failed") == true)
  }
}
