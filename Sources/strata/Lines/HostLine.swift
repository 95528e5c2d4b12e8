import Chipset
import Devices

/// What arrives on a line.
enum LineInput: Equatable {
  /// A character for the guest.
  case character(UInt8)
  /// A person wants something of Strata.
  case command(EscapeCommand)
}

/// Where a line's input comes from.
enum LineSource: Equatable {
  /// There will be no more.
  case ended
  /// Reading from the descriptor never waits, as from a file.
  case immediate(Int32)
  /// Input arrives when somebody sends it.
  case awaited(Int32)

  /// The descriptor to read from.
  var descriptor: Int32? {
    switch self {
    case .ended: nil
    case .immediate(let descriptor), .awaited(let descriptor): descriptor
    }
  }
}

/// The host's end of a character line of the guest.
protocol HostLine: SerialBackend, ConsoleBackend {
  /// What the guest has sent and the host has not taken.
  var output: OutputBuffer { get set }
  /// Where input comes from.
  var source: LineSource { get }
  /// Whether a person types the input, who wants every key to count at once.
  var isTyped: Bool { get }
  /// Why the run cannot go on with this line; an `errno`.
  var failure: Int32? { get }

  /// Takes what has arrived, without waiting if ``source`` is readable.
  func receive() -> [LineInput]
  /// Gives everything back to the host.
  func close()
}

extension HostLine {
  /// See `SerialBackend`.
  func transmit(_ byte: UInt8) { output.append(byte) }
  /// See `ConsoleBackend`.
  func transmit(_ bytes: [UInt8]) { output.append(bytes) }
}
