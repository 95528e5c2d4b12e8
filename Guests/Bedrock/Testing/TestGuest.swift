/// A guest that runs tests and tells what has come of them.
///
/// Words on the command line: "debug-exit" ends the guest through QEMU's `isa-debug-exit`, whose exit code then
/// tells how the tests went; the name of an area runs that area alone.
public protocol TestGuest: Guest {
  /// What the guest is, in a line.
  static var title: StaticString { get }
  /// Prepares the computer, and lists the tests that it can have.
  static func tests(on computer: Computer) throws(TestObstacle) -> SelfTestList
}

/// Why a computer can have no tests.
public enum TestObstacle: Error {
  /// It lacks what the guest is for.
  case missing(StaticString)
  /// There is no memory.
  case noMemory
}

extension TestGuest {
  /// Runs the tests.
  public static func run(on computer: Computer) -> ExitStatus {
    let console = computer.console
    let information = computer.startInformation
    console.print("\n\(title)")
    console.print("started by \(information.bootProtocol.name)")
    do {
      return try tests(on: computer).run(console, arguments: information.arguments)
    } catch {
      switch error {
      case .missing(let what):
        console.print("there is no \(what)")
        return .unsuitable
      case .noMemory:
        console.print("no memory for the tests")
        return .failure
      }
    }
  }
}
