/// Why an image could not be made, in one line that says what is wrong and, where possible, what to do.
public struct ImageError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What sort of thing went wrong, after the classes of BSD's `sysexits.h`.
  public enum Kind: Sendable {
    /// The request makes no sense as it stands.
    case usage
    /// A file or folder named in the request is missing, unreadable or not what it should be.
    case noInput
    /// A program, package or network that is needed is not to be had here.
    case unavailable
    /// The result cannot be written.
    case cannotCreate
  }

  /// The class of the error.
  public let kind: Kind
  /// The line to show, without the program's name and without a full stop.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// Receives one line, without a line feed, about a step that takes noticeable time or about something left
/// out.
public typealias ProgressReport = @Sendable (String) -> Void
