import Bedrock

@main
struct Greeter: Guest {
  static func run(on computer: Computer) -> ExitStatus {
    computer.console.print("hello")
    let f = computer.startProcessors()
    computer.console.print("\(f) failures, \(computer.processors.count) processors")
    return .success
  }
}
