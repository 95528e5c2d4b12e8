import Bus
import Testing

@testable import Devices

@Suite("MBIM messages")
struct MBIMMessageTests {
  private let port = CollectingPort()
  private let modem = CellularModem()
  private let service: MBIMService

  init() {
    service = MBIMService(modem: modem)
    service.open(port)
  }

  private func send(_ bytes: [UInt8]) -> [[UInt8]] {
    service.receive(bytes)
    return port.take()
  }

  private static func number(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func message(_ type: UInt32, _ transaction: UInt32, _ rest: [UInt8]) -> [UInt8] {
    number(type) + number(UInt32(12 + rest.count)) + number(transaction) + rest
  }

  private func openFunction(maximumTransfer: UInt32 = 4096) {
    #expect(
      send(Self.message(1, 1, Self.number(maximumTransfer))) == [Self.message(0x8000_0001, 1, Self.number(0))]
    )
  }

  private static func command(_ identifier: UInt32, service: [UInt8] = MBIM.basicConnect) -> [UInt8] {
    service + number(identifier) + number(0) + number(0)
  }

  private static func whole(_ command: [UInt8], _ transaction: UInt32) -> [UInt8] {
    message(3, transaction, number(1) + number(0) + command)
  }

  @Test("the function is opened, asked and closed; bytes as on the wire")
  func dialogue() {
    #expect(send(Self.whole(Self.command(1), 5)) == [Self.message(0x8000_0004, 5, Self.number(5))])
    openFunction()
    let radioState = Self.number(0) + Self.number(8) + Self.number(1) + Self.number(1)
    #expect(
      send(Self.whole(Self.command(3), 6)) == [
        Self.message(
          0x8000_0003, 6,
          Self.number(1) + Self.number(0) + MBIM.basicConnect + Self.number(3) + radioState)
      ])
    #expect(send(Self.message(2, 7, [])) == [Self.message(0x8000_0002, 7, Self.number(0))])
  }

  @Test("what is not supported ends with status 9")
  func unsupported() {
    openFunction()
    for command in [Self.command(99), Self.command(1, service: [UInt8](repeating: 1, count: 16))] {
      #expect(send(Self.whole(command, 1)).first?[40..<44] == [9, 0, 0, 0])
    }
  }

  @Test("commands come in fragments, and answers go in them")
  func fragments() throws {
    openFunction(maximumTransfer: 64)
    let command = Self.command(1)
    var answers: [[UInt8]] = []
    for index in 0..<4 {
      let piece = Array(command[index * 7..<min(index * 7 + 7, 28)])
      answers += send(Self.message(3, 9, Self.number(4) + Self.number(UInt32(index)) + piece))
    }
    #expect(answers.count > 2)
    #expect(answers.allSatisfy { $0.count <= 64 })
    #expect(answers.map { $0[12] } == answers.map { _ in UInt8(answers.count) })
    #expect(answers.map { Int($0[16]) } == Array(answers.indices))
    let whole = answers.flatMap { $0[20...] }
    #expect(whole[20..<24] == [0, 0, 0, 0])
    let length = whole[24..<28].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(whole.count == 28 + length)
  }

  /// Of each message that has come, its type and the command that it is about.
  private func told() -> [[UInt32]] {
    port.take().map { message in
      [0, 36].map { place in message[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) } }
    }
  }

  @Test("changes are told while the function is open, and in the midst of a command after its answer")
  func indications() {
    modem.setFunctionality(.radioOff)
    modem.setFunctionality(.full)
    #expect(port.take().isEmpty)
    openFunction()
    _ = modem.activate(1)
    #expect(
      port.take() == [
        Self.message(
          0x8000_0007, 0,
          Self.number(1) + Self.number(0) + MBIM.basicConnect + Self.number(12) + Self.number(36)
            + [0, 1, 0, 1].flatMap(Self.number) + [
              0x7E, 0x5E, 0x2A, 0x7E, 0x4E, 0x6F, 0x72, 0x72, 0x73, 0x6B, 0x65, 0x6E, 0x7E, 0x5E, 0x2A, 0x7E,
            ] + Self.number(0))
      ])
    let switchOff = MBIM.basicConnect + [3, 1, 4, 0].flatMap(Self.number)
    service.receive(Self.whole(switchOff, 6))
    let indication: UInt32 = 0x8000_0007
    #expect(
      told() == [
        [0x8000_0003, 3], [indication, 3], [indication, 11], [indication, 9], [indication, 10],
        [indication, 12],
      ])
    _ = send(Self.message(2, 7, []))
    modem.setFunctionality(.full)
    #expect(port.take().isEmpty)
  }

  @Test("the host chooses what it is told, until it opens the function anew")
  func subscriptions() throws {
    openFunction()
    func subscribe(_ identifiers: [UInt32]?) -> UInt8? {
      let element =
        identifiers.map { MBIM.basicConnect + ([UInt32($0.count)] + $0).flatMap(Self.number) } ?? []
      let list = [identifiers == nil ? 0 : 1, 12, UInt32(element.count)].flatMap(Self.number)
      let information = list + element
      let header = [19, 1, UInt32(information.count)].flatMap(Self.number)
      return send(Self.whole(MBIM.basicConnect + header + information, 1)).first?[40]
    }
    #expect(subscribe([9]) == 0)
    modem.setFunctionality(.radioOff)
    #expect(told() == [[0x8000_0007, 9]])
    let other = MBIMService(modem: CellularModem())
    var reader = StateReader(service.state)
    try other.restore(from: &reader)
    #expect(other.state == service.state)
    #expect(subscribe(nil) == 0)
    modem.setFunctionality(.full)
    #expect(told().isEmpty)
    // No identifiers mean all.
    #expect(subscribe([]) == 0)
    modem.setFunctionality(.radioOff)
    #expect(told().map { $0[1] } == [3, 11, 9, 10])
    // A list that leads nowhere changes nothing.
    let wrong = MBIM.basicConnect + [19, 1, 12, 1, 200, 4].flatMap(Self.number)
    #expect(send(Self.whole(wrong, 1)).first?[40] == 21)
    #expect(subscribe(nil) == 0)
    openFunction()
    modem.setFunctionality(.full)
    #expect(told().map { $0[1] } == [3, 11, 9, 10])
  }

  @Test("fragments out of order, lengths that are wrong and unknown messages get errors")
  func errors() {
    openFunction()
    func error(_ bytes: [UInt8]) -> UInt8? {
      let answer = send(bytes).first
      return answer?[0] == 4 ? answer?[12] : nil
    }
    #expect(error(Self.message(3, 1, Self.number(2) + Self.number(1) + [0])) == 2)
    #expect(error(Self.message(3, 1, Self.number(0) + Self.number(0) + [0])) == 2)
    #expect(error(Self.whole(Self.command(1), 1) + [0]) == 3)
    #expect(error(Self.whole(Array(Self.command(1).dropLast()), 1)) == 3)
    #expect(error(Self.message(77, 1, [])) == 6)
    #expect(error([1, 2, 3]) == 3)
    let piece = [UInt8](repeating: 0, count: 40_000)
    _ = send(Self.message(3, 1, Self.number(3) + Self.number(0) + piece))
    #expect(error(Self.message(3, 1, Self.number(3) + Self.number(1) + piece)) == 8)
  }

  @Test("random messages do no harm, and every one but half a command is answered")
  func randomMessages() {
    var random = SeededGenerator(seed: 9)
    openFunction()
    for round in 0..<20_000 {
      let information = random.bytes(Int(random.next() % 80))
      let isSet = UInt32(random.next() % 2)
      let command =
        MBIM.basicConnect + Self.number(UInt32(random.next() % 25)) + Self.number(isSet)
        + Self.number(UInt32(information.count))
      // Offsets and lengths that are small reach further than random ones.
      let sensible = information.enumerated().map { $0.offset % 4 == 0 ? $0.element & 0x3F : 0 }
      #expect(!send(Self.whole(command + (round % 2 == 0 ? information : sensible), 1)).isEmpty)
      if round % 8 == 0 {
        service.receive(Self.message(3, 1, random.bytes(20).map { $0 & 3 }))
        service.receive(information)
        _ = port.take()
      }
    }
  }

  @Test("the state comes back, half a command with it")
  func state() throws {
    openFunction()
    let command = Self.command(3)
    _ = send(Self.message(3, 1, Self.number(2) + Self.number(0) + command[..<10]))
    let other = MBIMService(modem: CellularModem())
    var reader = StateReader(service.state)
    try other.restore(from: &reader)
    other.open(port)
    other.receive(Self.message(3, 1, Self.number(2) + Self.number(1) + command[10...]))
    #expect(port.take().first?[40..<44] == [0, 0, 0, 0])
  }
}
