import Devices
import Foundation
import Glibc
import Testing

@testable import strata

@Suite struct ModemTerminalTests {
  /// The guest's end.
  private final class Port: ModemPort {
    private(set) var text = ""
    var hasRoom = true

    func send(_ transfer: UnsafeRawBufferPointer) -> Bool {
      if hasRoom { text += String(decoding: transfer, as: UTF8.self) }
      return hasRoom
    }
  }

  /// A modem whose AT port leads to a line.
  private func makeService(_ terminal: ModemTerminal) -> any ModemService {
    ModemServices(
      identity: ModemIdentity(model: "test"),
      connections: ModemConnections(network: LoopbackPeer(), terminal: .line(terminal.modemLine))
    ).makeService(for: .dun)
  }

  @Test func whatTheGuestWritesGoesToTheLine() throws {
    let path = "/tmp/strata-modem.\(getpid())"
    defer { unlink(path) }
    let line = try FileLine(path: path)
    let service = makeService(ModemTerminal(line))
    service.open(Port())
    Array("ATD1\r".utf8).withUnsafeBytes { service.receive($0) }
    line.output.flush(mayWait: { true })
    line.close()
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "ATD1\r")
  }

  @Test func whatArrivesWaitsForTheGuestToOpenItsPortAndToHaveRoom() {
    let terminal = ModemTerminal(nil)
    let guest = GuestPort.modem(terminal.modemLine)
    let service = makeService(terminal)
    #expect(!guest.isListening)
    #expect(guest.offer(Array("OK".utf8)) == 0)
    let port = Port()
    service.open(port)
    #expect(guest.isListening)
    port.hasRoom = false
    #expect(guest.offer(Array("OK".utf8)) == 0)
    port.hasRoom = true
    #expect(guest.offer(Array("OK".utf8)) == 2)
    #expect(port.text == "OK")
    service.close()
    #expect(!guest.isListening)
  }
}
