import ArgumentParser

/// `mhi[,model=NAME][,net=PLACE][,at=PLACE]`: a modem, who answers its commands and where its packets go.
struct ModemOption: Equatable {
  /// The name of the model; `nil` for the usual one.
  var model: String?
  var network = NetworkPlace.loopback
  var terminal = ModemTerminalPlace.modem

  /// The name of the device, which comes first.
  static let name = "mhi"

  /// Reads the option from its name on. Each part can be given once.
  init(_ argument: String) throws(ValidationError) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.first.map(String.init) == Self.name else {
      throw ValidationError("write \(Self.name)[,model=NAME][,net=PLACE][,at=PLACE]")
    }
    var seen: [Substring] = []
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, !pair[1].isEmpty, !seen.contains(pair[0]) else {
        throw ValidationError("\(Self.name): write model=NAME, net=PLACE or at=PLACE, each once, not \(part)")
      }
      seen.append(pair[0])
      try set(pair[0], to: String(pair[1]))
    }
  }

  private mutating func set(_ key: Substring, to value: String) throws(ValidationError) {
    switch key {
    case "model": model = value
    case "net":
      do { network = try NetworkPlace(value) } catch { throw Self.error(key, error) }
    case "at":
      do { terminal = try ModemTerminalPlace(value) } catch { throw Self.error(key, error) }
    default: throw ValidationError("\(Self.name) has no \(key)=: write model=, net= or at=")
    }
  }

  private static func error(_ key: Substring, _ error: ValidationError) -> ValidationError {
    ValidationError("\(name),\(key)=: \(error.message)")
  }
}
