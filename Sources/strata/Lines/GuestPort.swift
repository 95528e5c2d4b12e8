import Bus
import Chipset
import Devices

/// A device of the guest that takes characters.
enum GuestPort {
  case serial(SerialPort)
  case console(VirtioConsole)
  case modem(ModemLine)

  /// A transfer of a modem's port is no longer than this.
  private static let modemPieceSize = 4096

  /// Offers characters; gives the number that the device took.
  func offer(_ characters: some Collection<UInt8>) -> Int {
    switch self {
    case .serial(let port):
      var taken = 0
      for character in characters {
        guard port.receive(character) else { break }
        taken += 1
      }
      return taken
    case .console(let console):
      // The console keeps what the guest has no buffers for; more waits here.
      guard console.bufferedInputCount == 0, !characters.isEmpty else { return 0 }
      console.receive(Array(characters))
      return characters.count
    case .modem(let line):
      let piece = Array(characters.prefix(Self.modemPieceSize))
      guard !piece.isEmpty, piece.withUnsafeBytes({ line.receive($0) }) else { return 0 }
      return piece.count
    }
  }

  /// Whether the guest has shown that it wants characters, so that none is lost when it sets the device up.
  var isListening: Bool {
    switch self {
    case .serial(let port): port.isReceiveInterruptEnabled
    case .console: true
    case .modem(let line): line.isOpen
    }
  }
}
