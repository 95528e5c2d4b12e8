/// Tests that wait to be run, in their order.
///
/// They are kept as closures in an array, not called where they are written: otherwise the optimiser makes
/// a copy of the calling function for each of them, and the build takes twice as long.
public struct SelfTestList {
  private enum Entry {
    case area(StaticString)
    case test(StaticString, (inout Expectations) -> Void)
    case skipped(StaticString, reason: String)
  }

  /// How many of a test's failures are told in full.
  private static let printedFailures = 8

  private var entries: [Entry] = []

  /// A list without tests.
  public init() {}

  /// Begins a new area: the tests that follow belong to it.
  public mutating func area(_ name: StaticString) { entries.append(.area(name)) }

  /// Adds a test.
  public mutating func test(_ name: StaticString, _ body: @escaping (inout Expectations) -> Void) {
    entries.append(.test(name, body))
  }

  /// Adds a test of something that processors do and QEMU's TCG does not: there it does not apply.
  ///
  /// - Parameter manual: where the behaviour is described that QEMU lacks.
  public mutating func strictTest(
    _ name: StaticString, _ manual: StaticString, _ body: @escaping (inout Expectations) -> Void
  ) {
    if Emulator.isQEMUWithoutAccelerator {
      entries.append(.skipped(name, reason: "QEMU's TCG leaves this out (\(manual))"))
    } else {
      test(name, body)
    }
  }

  /// Adds a line that says why a test does not apply to this computer.
  public mutating func skip(_ name: StaticString, because reason: StaticString) {
    entries.append(.skipped(name, reason: "\(reason)"))
  }

  /// Runs every test and prints a line for each and one with the totals.
  ///
  /// - Parameter areas: the names of areas that are run alone; all are if none of them is in `arguments`.
  public func run(_ console: SerialConsole, arguments: [String] = []) -> ExitStatus {
    let isNamed = { (area: StaticString) in arguments.contains { $0.utf8.elementsEqual(area.bytes) } }
    let isLimited = entries.contains { if case .area(let name) = $0 { isNamed(name) } else { false } }
    var isChosen = !isLimited
    var passed = 0
    var failed = 0
    for entry in entries {
      switch entry {
      case .area(let name):
        isChosen = !isLimited || isNamed(name)
        if isChosen { console.print("\(name)") }
      case .skipped(let name, let reason):
        if isChosen { console.print("  \(name): - \(reason)") }
      case .test(let name, let body):
        guard isChosen else { continue }
        // The name comes first, so that a test that does not end is known.
        console.write("  \(name): ")
        var expectations = Expectations()
        body(&expectations)
        if expectations.failures.isEmpty {
          passed += 1
          console.print("ok")
        } else {
          failed += 1
          console.print("FAILED")
          for failure in expectations.failures.prefix(Self.printedFailures) {
            console.print("      \(failure)")
          }
          let others = expectations.failures.count - Self.printedFailures
          if others > 0 { console.print("      and \(others) others") }
        }
      }
    }
    console.print("\(passed) passed, \(failed) failed")
    return failed == 0 ? .success : .failure
  }
}
