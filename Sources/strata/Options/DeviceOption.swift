import ArgumentParser

/// A device that a machine can be given besides its disks.
enum DeviceOption: String, CaseIterable, ExpressibleByArgument {
  /// A port by which test programs end the machine.
  case debugExit = "debug-exit"
  /// What bare-metal tests for other emulators talk to.
  case testDevice = "pc-testdev"
  /// One more source of random bytes.
  case entropy
  /// A virtio console on the terminal.
  case console
}
