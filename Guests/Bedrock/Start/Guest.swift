/// How a guest ended.
public enum ExitStatus: Sendable {
  /// It did what it is for.
  case success
  /// It did not.
  case failure
  /// The computer lacks what the guest is for.
  case unsuitable
}

/// A program that runs on the bare computer.
///
/// Mark the conforming type with `@main`.
public protocol Guest {
  /// The guest's work. When it returns, the computer is switched off.
  static func run(on computer: Computer) -> ExitStatus
}

extension Guest {
  /// Where the image's start code enters Swift, on the first processor with interrupts held back.
  public static func main() {
    let computer = Computer()
    computer.end(run(on: computer))
  }
}
