import ArgumentParser

/// Who answers the AT commands that a guest sends to its modem.
enum ModemTerminalPlace: Equatable {
  /// The modem itself.
  case modem
  /// A line of the host; never standard input and output, which are the guest's console.
  case line(SerialPlace)
}

extension ModemTerminalPlace: CustomStringConvertible {
  /// Reads `modem`, `file:PATH`, `unix:PATH` or `none`.
  init(_ argument: String) throws(ValidationError) {
    guard argument != "modem" else {
      self = .modem
      return
    }
    guard let place = try? SerialPlace(argument), place != .standardStreams else {
      throw ValidationError("write modem, file:PATH, unix:PATH or none")
    }
    self = .line(place)
  }

  /// The place as the option takes it.
  var description: String {
    switch self {
    case .modem: "modem"
    case .line(let place): place.description
    }
  }
}
