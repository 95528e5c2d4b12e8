import ArgumentParser

/// A device that a machine can be given besides its disks.
enum DeviceOption: Equatable {
  /// A port by which test programs end the machine.
  case debugExit
  /// What bare-metal tests for other emulators talk to.
  case testDevice
  /// Ports by which bare-metal programs record events.
  case tracePort
  /// One more source of random bytes.
  case entropy
  /// A virtio console on the terminal.
  case console
  /// A modem on the bus MHI.
  case modem(ModemOption)
}

extension DeviceOption {
  /// Those that need no more than their name.
  private static let plain: [(name: String, device: DeviceOption)] = [
    ("debug-exit", .debugExit), ("pc-testdev", .testDevice), ("trace-port", .tracePort),
    ("entropy", .entropy), ("console", .console),
  ]

  /// What the option takes.
  static let forms = (plain.map(\.name) + [ModemOption.form]).joined(separator: "|")

  /// Reads the name of a device and what comes with it.
  init(_ argument: String) throws(ValidationError) {
    if let (_, device) = Self.plain.first(where: { $0.name == argument }) {
      self = device
    } else if argument.split(separator: ",").first.map(String.init) == ModemOption.name {
      self = .modem(try ModemOption(argument))
    } else {
      throw ValidationError("write \(Self.forms)")
    }
  }

  /// The name.
  var name: String {
    if case .modem = self { return ModemOption.name }
    return Self.plain.first { $0.device == self }?.name ?? ""
  }

  /// Whether there can be several.
  var isRepeatable: Bool { self == .entropy }
}
