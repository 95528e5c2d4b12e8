extension Core {
  func traceGuestExit(_ exit: GuestExit) {}
}
