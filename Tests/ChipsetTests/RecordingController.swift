import Bus

/// An interrupt controller that writes down what its inputs do.
final class RecordingController: InterruptController {
  private(set) var asserted: Set<Int> = []
  /// How often an input went from low to high.
  private(set) var risingEdges = 0

  func setLine(_ number: Int, asserted isAsserted: Bool) {
    if isAsserted {
      if asserted.insert(number).inserted { risingEdges += 1 }
    } else {
      asserted.remove(number)
    }
  }

  /// The wire to an input.
  func line(_ number: Int) -> InterruptLine { InterruptLine(controller: self, number: number) }
}
