import Bedrock

/// Bytes from the console, waited for asleep if the interrupt line leads to an I/O APIC.
struct SerialInput {
  private let console: SerialConsole
  private let sleeps: Bool

  /// Routes the console's interrupt to the current processor.
  init(_ computer: Computer) {
    console = computer.console
    let description = computer.apicDescription
    let controllers = description?.ioAPICs.compactMap {
      IOAPIC(base: $0.base, firstInterrupt: $0.firstInterrupt)
    }
    guard let description, let controllers, !controllers.isEmpty else {
      sleeps = false
      return
    }
    computer.interrupts.setHandler(Vector.serial) { _, processor in processor.localAPIC.endOfInterrupt() }
    let input = description.input(ofLine: SerialConsole.firstInterruptLine)
    for controller in controllers {
      controller.route(input, to: Processor.current.apicIdentifier, vector: Vector.serial)
    }
    console.enableReceiveInterrupt()
    sleeps = true
  }

  /// The next byte.
  func next() -> UInt8 {
    while true {
      InterruptFlag.clear()
      if let byte = console.read() { return byte }
      if sleeps { ProcessorControl.waitForInterrupt() } else { ProcessorControl.spinHint() }
    }
  }
}
