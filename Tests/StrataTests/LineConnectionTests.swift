import Bus
import Chipset
import Testing

@testable import strata

@Suite struct LineConnectionTests {
  private final class NoInterrupts: InterruptController {
    func setLine(_ number: Int, asserted: Bool) {}
  }

  /// A line whose input is what a test puts there.
  private final class ScriptedLine: HostLine {
    var output = OutputBuffer(descriptor: nil)
    let source = LineSource.awaited(0)
    let isTyped: Bool
    let failure: Int32? = nil
    var input: [LineInput] = []

    init(isTyped: Bool) { self.isTyped = isTyped }

    func receive() -> [LineInput] {
      defer { input = [] }
      return input
    }

    func close() {}
  }

  private enum Register {
    static let data: UInt16 = 0
    static let interruptEnable: UInt16 = 1
    static let lineControl: UInt16 = 3
  }

  private let controller = NoInterrupts()
  private let port: SerialPort

  init() {
    port = SerialPort(
      name: "serial", interrupt: InterruptLine(controller: controller, number: 4), clock: EventQueue())
    port.writePort(Register.lineControl, width: .byte, value: 3)
  }

  private func connection(to line: ScriptedLine, _ text: String) -> LineConnection {
    line.input = text.utf8.map { .character($0) }
    var connection = LineConnection(line, to: .serial(port))
    _ = connection.receive()
    return connection
  }

  @Test func whatIsTypedArrivesAtOnce() {
    var connection = connection(to: ScriptedLine(isTyped: true), "ab")
    let wasTaken = connection.deliver(afterAccesses: 0)
    #expect(wasTaken)
    #expect(connection.pending == Array("b".utf8))
    #expect(port.readPort(Register.data, width: .byte) == UInt32(UInt8(ascii: "a")))
  }

  @Test func whatIsPipedWaitsForTheReceiveInterrupt() {
    var connection = connection(to: ScriptedLine(isTyped: false), "a")
    let first = connection.deliver(afterAccesses: 0)
    #expect(!first)
    port.writePort(Register.interruptEnable, width: .byte, value: 1)
    let second = connection.deliver(afterAccesses: 0)
    #expect(second)
  }

  @Test func theDivisorLatchIsNotTakenForTheInterruptEnable() {
    var connection = connection(to: ScriptedLine(isTyped: false), "a")
    port.writePort(Register.lineControl, width: .byte, value: 0x83)
    port.writePort(Register.interruptEnable, width: .byte, value: 1)
    let wasTaken = connection.deliver(afterAccesses: 0)
    #expect(!wasTaken)
  }

  @Test func aGuestThatPollsIsServedToo() {
    let line = ScriptedLine(isTyped: false)
    var connection = connection(to: line, "a")
    let first = connection.deliver(afterAccesses: 9_999)
    #expect(!first)
    line.transmit(UInt8(ascii: "."))
    let second = connection.deliver(afterAccesses: 10_000)
    #expect(!second)
    let third = connection.deliver(afterAccesses: 19_999)
    #expect(!third)
    let fourth = connection.deliver(afterAccesses: 20_000)
    #expect(fourth)
  }

  @Test func aPipeIsNotReadWhileTheGuestHasEnough() {
    var connection = connection(to: ScriptedLine(isTyped: false), "ab")
    #expect(connection.readableDescriptor == nil)
    #expect(connection.awaitedDescriptor == nil)
    port.writePort(Register.interruptEnable, width: .byte, value: 1)
    _ = connection.deliver(afterAccesses: 0)
    _ = port.readPort(Register.data, width: .byte)
    _ = connection.deliver(afterAccesses: 0)
    #expect(connection.awaitedDescriptor == 0)
  }

  @Test func keysForStrataAreReadWhileTheGuestDoesNotRead() {
    let line = ScriptedLine(isTyped: true)
    var connection = connection(to: line, "abc")
    #expect(connection.readableDescriptor == 0)
    line.input = [.command(.leave), .character(1)]
    let commands = connection.receive()
    #expect(commands == [.leave])
    #expect(connection.pending.count == 4)
  }

  @Test func typingAheadHasALimit() {
    let connection = connection(to: ScriptedLine(isTyped: true), String(repeating: "a", count: 5000))
    #expect(connection.pending.count == 4096)
  }
}
