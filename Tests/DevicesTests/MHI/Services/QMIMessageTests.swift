import Bus
import Testing

@testable import Devices

@Suite("QMI messages")
struct QMIMessageTests {
  private let port = CollectingPort()
  private let modem = CellularModem()
  private let service: QMIService

  init() {
    service = QMIService(modem: modem)
    service.open(port)
  }

  private func send(_ bytes: [UInt8]) -> [[UInt8]] {
    service.receive(bytes)
    return port.take()
  }

  @Test("the control service synchronises and hands out clients; bytes as on the wire")
  func control() {
    #expect(
      send([1, 11, 0, 0, 0, 0, 0, 7, 0x27, 0, 0, 0]) == [
        [1, 18, 0, 0x80, 0, 0, 1, 7, 0x27, 0, 7, 0, 2, 4, 0, 0, 0, 0, 0]
      ])
    // A client of the service for the device, then its manufacturer.
    #expect(
      send([1, 15, 0, 0, 0, 0, 0, 8, 0x22, 0, 4, 0, 1, 1, 0, 2]) == [
        [1, 23, 0, 0x80, 0, 0, 1, 8, 0x22, 0, 12, 0, 2, 4, 0, 0, 0, 0, 0, 1, 2, 0, 2, 1]
      ])
    #expect(
      send([1, 12, 0, 0, 2, 1, 0, 9, 0, 0x21, 0, 0, 0]) == [
        [1, 28, 0, 0x80, 2, 1, 2, 9, 0, 0x21, 0, 16, 0, 2, 4, 0, 0, 0, 0, 0, 1, 6, 0] + Array("Strata".utf8)
      ])
  }

  /// The error in an answer: the result's second number.
  private func error(_ answer: [UInt8]?, isControl: Bool = false) -> UInt16? {
    guard let answer, let start = Optional(isControl ? 15 : 16), answer.count >= start + 4 else { return nil }
    return answer[start] == 1 ? UInt16(answer[start + 2]) | UInt16(answer[start + 3]) << 8 : nil
  }

  @Test("requests of strangers, of no service and without sense get errors")
  func errors() {
    #expect(error(send([1, 12, 0, 0, 2, 9, 0, 9, 0, 0x21, 0, 0, 0]).first) == 7)
    #expect(error(send([1, 12, 0, 0, 0x77, 1, 0, 9, 0, 0x21, 0, 0, 0]).first) == 94)
    #expect(error(send([1, 11, 0, 0, 0, 0, 0, 7, 0x99, 0, 0, 0]).first, isControl: true) == 94)
    #expect(error(send([1, 11, 0, 0, 0, 0, 0, 7, 0x22, 0, 0, 0]).first, isControl: true) == 17)
    #expect(error(send([1, 13, 0, 0, 0, 0, 0, 7, 0x22, 0, 2, 0, 1, 9]).first, isControl: true) == 1)
    #expect(error(send([0xFF, 1, 2, 3]).first, isControl: true) == 1)
  }

  @Test("clients run out, can be released, and are forgotten by synchronising")
  func clients() {
    let allocate: [UInt8] = [1, 15, 0, 0, 0, 0, 0, 8, 0x22, 0, 4, 0, 1, 1, 0, 3]
    for number in 1...254 as ClosedRange<UInt8> { #expect(send(allocate).first?.last == number) }
    #expect(error(send(allocate).first, isControl: true) == 5)
    #expect(send([1, 16, 0, 0, 0, 0, 0, 8, 0x23, 0, 5, 0, 1, 2, 0, 3, 77]).first?.suffix(2) == [3, 77])
    #expect(send(allocate).first?.last == 77)
    _ = send([1, 11, 0, 0, 0, 0, 0, 7, 0x27, 0, 0, 0])
    #expect(send(allocate).first?.last == 1)
  }

  /// Makes the first client of a service.
  private func allocate(_ service: QMI.Service) {
    _ = send([1, 15, 0, 0, 0, 0, 0, 8, 0x22, 0, 4, 0, 1, 1, 0, service.rawValue])
  }

  @Test("every client for data is told that a connection began or ended, after the answer")
  func connectionIndications() {
    allocate(.wirelessData)
    allocate(.wirelessData)
    func indication(to client: UInt8, status: UInt8) -> [UInt8] {
      [1, 21, 0, 0x80, 1, client, 4, 0, 0, 0x22, 0, 9, 0, 1, 2, 0, status, 0, 0x12, 1, 0, 4]
    }
    let answers = send([1, 12, 0, 0, 1, 1, 0, 9, 0, 0x20, 0, 0, 0])
    #expect(answers.first?[6] == 2)
    #expect(answers.dropFirst() == [indication(to: 1, status: 2), indication(to: 2, status: 2)])
    modem.deactivateAll()
    #expect(port.take() == [indication(to: 1, status: 1), indication(to: 2, status: 1)])
    modem.deactivateAll()
    #expect(port.take().isEmpty)
  }

  @Test("changes of the network are told to clients that want to know, until they do not or are gone")
  func networkIndications() {
    allocate(.networkAccess)
    allocate(.networkAccess)
    modem.setFunctionality(.radioOff)
    modem.setFunctionality(.full)
    #expect(port.take().isEmpty)
    // The second client wants the serving system and the signal.
    let register: [UInt8] = [1, 20, 0, 0, 3, 2, 0, 9, 0, 3, 0, 8, 0, 0x13, 1, 0, 1, 0x19, 1, 0, 1]
    #expect(error(send(register).first) == nil)
    modem.setFunctionality(.radioOff)
    #expect(
      port.take() == [
        [1, 20, 0, 0x80, 3, 2, 4, 0, 0, 0x24, 0, 8, 0, 1, 5, 0, 0, 2, 2, 0, 0],
        [1, 12, 0, 0x80, 3, 2, 4, 0, 0, 0x51, 0, 0, 0],
      ])
    // A state that was saved knows who wants to know.
    let other = QMIService(modem: modem)
    var reader = StateReader(service.state)
    #expect(throws: Never.self) { try other.restore(from: &reader) }
    #expect(other.state == service.state)
    modem.setFunctionality(.full)
    #expect(port.take().map { $0[9] } == [0x24, 0x51])
    _ = send([1, 16, 0, 0, 0, 0, 0, 8, 0x23, 0, 5, 0, 1, 2, 0, 3, 2])
    modem.setFunctionality(.radioOff)
    #expect(port.take().isEmpty)
  }

  @Test("several frames in one transfer are answered one by one")
  func several() {
    let frame: [UInt8] = [1, 11, 0, 0, 0, 0, 0, 7, 0x27, 0, 0, 0]
    #expect(send(frame + frame).count == 2)
  }

  @Test("random messages do no harm, and every one is answered")
  func randomMessages() {
    var random = SeededGenerator(seed: 94)
    _ = send([1, 15, 0, 0, 0, 0, 0, 8, 0x22, 0, 4, 0, 1, 1, 0, 1])
    for service in 1...3 as ClosedRange<UInt8> {
      _ = send([1, 15, 0, 0, 0, 0, 0, 8, 0x22, 0, 4, 0, 1, 1, 0, service])
    }
    for round in 0..<20_000 {
      var bytes = random.bytes(Int(random.next() % 48) + 1)
      if round % 2 == 0, bytes.count >= 13 {
        bytes.replaceSubrange(0..<3, with: [1, UInt8(bytes.count - 1), 0])
        bytes[4] &= 3
        bytes[5] = 1
        bytes.replaceSubrange(9..<13, with: [bytes[9] & 0x4F, 0, UInt8(bytes.count - 13), 0])
      }
      #expect(!send(bytes).isEmpty)
    }
  }

  @Test("the state comes back")
  func state() throws {
    _ = send([1, 15, 0, 0, 0, 0, 0, 8, 0x22, 0, 4, 0, 1, 1, 0, 2])
    let other = QMIService(modem: CellularModem())
    var reader = StateReader(service.state)
    try other.restore(from: &reader)
    other.open(port)
    other.receive([1, 12, 0, 0, 2, 1, 0, 9, 0, 0x21, 0, 0, 0])
    #expect(error(port.take().first) == nil)
  }
}
