import Bedrock

/// Tests that wait to be run, in their order.
///
/// They are kept as closures in an array, not called where they are written: otherwise the optimiser makes
/// a copy of the calling function for each of them, and the build takes twice as long.
struct SelfTestList {
  private enum Entry {
    case test(StaticString, (inout Expectations) -> Void)
    case skipped(StaticString, reason: StaticString)
  }

  private var entries: [Entry] = []

  /// Adds a test.
  mutating func test(_ name: StaticString, _ body: @escaping (inout Expectations) -> Void) {
    entries.append(.test(name, body))
  }

  /// Adds a test of something that processors do and QEMU's TCG leaves out: there it does not apply.
  mutating func strictTest(_ name: StaticString, _ body: @escaping (inout Expectations) -> Void) {
    if Emulator.isQEMUWithoutAccelerator {
      skip(name, because: "QEMU's TCG leaves this out")
    } else {
      test(name, body)
    }
  }

  /// Adds a line that says why a test does not apply to this computer.
  mutating func skip(_ name: StaticString, because reason: StaticString) {
    entries.append(.skipped(name, reason: reason))
  }

  /// Runs every test and prints a line for each and one with the totals.
  func run(_ console: SerialConsole) -> ExitStatus {
    var passed = 0
    var failed = 0
    for entry in entries {
      switch entry {
      case .skipped(let name, let reason):
        console.print("  -       \(name): \(reason)")
      case .test(let name, let body):
        var expectations = Expectations()
        body(&expectations)
        if expectations.failures.isEmpty {
          passed += 1
          console.print("  ok      \(name)")
        } else {
          failed += 1
          console.print("  FAILED  \(name)")
          for failure in expectations.failures { console.print("          \(failure)") }
        }
      }
    }
    console.print("\(passed) passed, \(failed) failed")
    return failed == 0 ? .success : .failure
  }
}
