import ArgumentParser

/// Where the characters of a line go to and come from.
enum SerialPlace: Equatable {
  /// Standard input and output.
  case standardStreams
  /// Output to a file, no input.
  case file(path: String)
  /// One client at a time of a Unix-domain socket.
  case unixSocket(path: String)
  /// Nowhere.
  case none
}

extension SerialPlace: CustomStringConvertible {
  /// Reads `stdio`, `file:PATH`, `unix:PATH` or `none`.
  init(_ argument: String) throws(ValidationError) {
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    switch (parts[0], parts.count == 2 ? String(parts[1]) : nil) {
    case ("stdio", nil): self = .standardStreams
    case ("none", nil): self = .none
    case ("file", .some(let path)) where !path.isEmpty: self = .file(path: path)
    case ("unix", .some(let path)) where !path.isEmpty: self = .unixSocket(path: path)
    default: throw ValidationError("write stdio, file:PATH, unix:PATH or none")
    }
  }

  /// The place as the option takes it.
  var description: String {
    switch self {
    case .standardStreams: "stdio"
    case .file(let path): "file:" + path
    case .unixSocket(let path): "unix:" + path
    case .none: "none"
    }
  }
}

extension SerialPlace {
  /// The host's end of a line to this place; `nil` if it leads nowhere.
  func open(standardStreams: StandardStreams?) throws(CommandError) -> (any HostLine)? {
    switch self {
    case .standardStreams: standardStreams
    case .file(let path): try FileLine(path: path)
    case .unixSocket(let path): try SocketLine(path: path)
    case .none: nil
    }
  }
}
