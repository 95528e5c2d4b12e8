/// For whoever runs the machine against the clock of the world outside.
extension Machine {
  /// Lets time pass in which no processor has work. To be called from ``whileIdle`` only, with less than the
  /// nanoseconds that it was given.
  public func letTimePass(nanoseconds: UInt64) {
    clock.skip(to: clock.nanoseconds &+ nanoseconds)
    board.clock.now = clock.nanoseconds
  }

  /// Ends the run as a deadlock if every processor waits with interrupts disabled, as after the last
  /// instruction of a kernel that has stopped; tells whether they do.
  public func endIfHaltedForGood() -> Bool {
    guard processors.allSatisfy(\.isHaltedForGood) else { return false }
    end(.deadlock)
    return true
  }
}
