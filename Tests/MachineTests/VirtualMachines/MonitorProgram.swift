import SystemPackage
import TestSupport

@testable import Images

/// The monitor in `Tests/VirtualMachineMonitor`, which guests use to run guests of their own.
enum MonitorProgram {
  /// Where guests find it.
  static let path = "bin/vmm"

  private static let built = Result {
    let folder = try TemporaryFolder()
    let build = TestFiles.repository.appending("Tests").appending("VirtualMachineMonitor").appending("build")
    _ = try HostTool.run(build.string, [folder / "vmm"])
    return try HostFiles.read(folder.path.appending("vmm"))
  }

  /// Writes the program into a folder; it is built for the first who asks.
  static func write(to folder: TemporaryFolder) throws -> FilePath {
    try folder.write("vmm", built.get(), permissions: [.ownerReadWriteExecute])
  }
}

/// What the monitor found: the lines of `name value` that it printed.
struct MonitorFindings {
  private let values: [String: UInt64]

  init(_ lines: [String]) {
    values = Dictionary(
      lines.compactMap { line in
        let words = line.split(separator: " ")
        guard words.count == 2, let value = UInt64(words[1]) else { return nil }
        return (String(words[0]), value)
      }, uniquingKeysWith: { $1 })
  }

  /// What is under a name; what did not happen is not there.
  subscript(name: String) -> UInt64? { values[name] }

  /// How often KVM counted something in a phase of a check, on one processor or on both.
  func count(_ counter: String, in phase: String, of processors: ClosedRange<Int> = 0...1) -> UInt64 {
    processors.reduce(0) { $0 + (values["\(phase).\($1).\(counter)"] ?? 0) }
  }

  /// Exits in a phase but for those at interrupts of the host.
  func ownExits(in phase: String) -> UInt64 {
    count("exits", in: phase) - min(count("exits", in: phase), count("irq_exits", in: phase))
  }

  /// The names below a prefix, with their values.
  func all(below prefix: String) -> [String: UInt64] {
    let prefix = prefix + "."
    return Dictionary(
      uniqueKeysWithValues: values.filter { $0.key.hasPrefix(prefix) }
        .map { (String($0.key.dropFirst(prefix.count)), $0.value) })
  }
}
