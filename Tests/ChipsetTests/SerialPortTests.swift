import Bus
import Testing

@testable import Chipset

@Suite("16550A serial port")
struct SerialPortTests {
  final class FarEnd: SerialBackend {
    var received: [UInt8] = []
    func transmit(_ byte: UInt8) { received.append(byte) }
  }

  let clock = EventQueue()
  let controller = RecordingController()
  let farEnd = FarEnd()
  let port: SerialPort

  init() {
    port = SerialPort(name: "serial0", interrupt: controller.line(4), clock: clock)
    port.backend = farEnd
  }

  private func read(_ register: UInt16) -> UInt32 { port.readPort(register, width: .byte) }

  private func write(_ register: UInt16, _ value: UInt32) {
    port.writePort(register, width: .byte, value: value)
  }

  private func receive(_ bytes: [UInt8]) { for byte in bytes { #expect(port.receive(byte)) } }

  private var isInterrupting: Bool { controller.asserted.contains(4) }

  @Test func resetValues() {
    #expect((1...7).map(read) == [0x00, 0x01, 0x00, 0x00, 0x60, 0xB0, 0x00])
  }

  @Test func charactersAreSentAtOnce() {
    write(3, 0x03)
    for byte in "hello".utf8 { write(0, UInt32(byte)) }
    #expect(farEnd.received == Array("hello".utf8))
    #expect(read(5) == 0x60)
  }

  @Test func theWordLengthCutsCharacters() {
    write(0, 0xFF)
    write(3, 0x02)
    write(0, 0xFF)
    #expect(farEnd.received == [0x1F, 0x7F])
  }

  @Test func theDivisorLatchHidesTheFirstTwoRegisters() {
    #expect(read(1) == 0)
    write(3, 0x83)
    #expect(read(0) == 1)
    write(0, 0x0C)
    write(1, 0x34)
    #expect(read(0) == 0x0C)
    #expect(read(1) == 0x34)
    write(3, 0x03)
    #expect(read(1) == 0)
    #expect(farEnd.received.isEmpty)
  }

  @Test func aReceivedCharacterInterruptsUntilItIsRead() {
    write(3, 0x03)
    write(4, 0x08)
    write(1, 0x01)
    receive([0x41])
    #expect(isInterrupting)
    #expect(read(2) == 0x04)
    #expect(read(5) == 0x61)
    #expect(read(0) == 0x41)
    #expect(!isInterrupting)
    #expect(read(5) == 0x60)
  }

  @Test func interruptsReachThePCThroughOutput2() {
    write(1, 0x01)
    receive([0x41])
    #expect(!isInterrupting)
    #expect(read(2) == 0x04)
    write(4, 0x08)
    #expect(isInterrupting)
  }

  @Test func withoutTheFIFOThereIsRoomForOneCharacter() {
    #expect(port.receiveCapacity == 1)
    receive([0x01])
    #expect(!port.receive(0x02))
    write(2, 0x01)
    #expect(port.receiveCapacity == 16)
    #expect(read(5) == 0x60)
  }

  @Test func theFIFOInterruptsAtItsTriggerLevel() {
    write(3, 0x03)
    write(2, 0x81)
    #expect(read(2) == 0xC1)
    write(1, 0x01)
    receive(Array(0..<7))
    #expect(read(2) == 0xC1)
    receive([7])
    #expect(read(2) == 0xC4)
    #expect(read(0) == 0)
    #expect(read(2) == 0xC1)
  }

  @Test func fewCharactersInterruptAfterFourCharacterTimes() {
    write(3, 0x03)
    write(4, 0x08)
    write(2, 0x81)
    write(1, 0x01)
    receive([0x41, 0x42])
    // Ten bits at 115,200 bits a second are 86,805 ns.
    clock.advance(to: 347_219)
    #expect(!isInterrupting)
    clock.advance(to: 347_220)
    #expect(isInterrupting)
    #expect(read(2) == 0xCC)
    #expect(read(0) == 0x41)
    #expect(read(2) == 0xC1)
    clock.advance(to: 2 * 347_220)
    #expect(read(2) == 0xCC)
    #expect(read(0) == 0x42)
    clock.advance(to: 10_000_000)
    #expect(read(2) == 0xC1)
  }

  @Test func theTransmitterInterruptIsClearedByNamingIt() {
    write(4, 0x08)
    write(1, 0x02)
    #expect(isInterrupting)
    #expect(read(2) == 0x02)
    #expect(!isInterrupting)
    #expect(read(2) == 0x01)
    write(0, 0x41)
    #expect(isInterrupting)
    #expect(read(2) == 0x02)
    // Writing the same value does not raise it again; disabling and enabling does.
    write(1, 0x02)
    #expect(read(2) == 0x01)
    write(1, 0x00)
    write(1, 0x02)
    #expect(read(2) == 0x02)
  }

  @Test func interruptsAreNamedByPriority() {
    write(3, 0x03)
    write(4, 0x08)
    write(1, 0x0F)
    write(4, 0x18)
    #expect(port.receiveBreak() == false)
    write(4, 0x08)
    #expect(port.receiveBreak())
    #expect(read(2) == 0x06)
    #expect(read(5) == 0x71)
    #expect(read(2) == 0x04)
    _ = read(0)
    #expect(read(2) == 0x02)
    #expect(read(2) == 0x00)
    #expect(read(6) == 0xB3)
    #expect(read(2) == 0x01)
    #expect(read(6) == 0xB0)
  }

  @Test func errorsBelongToTheirCharacters() {
    write(3, 0x03)
    write(2, 0x01)
    receive([0x41])
    #expect(port.receiveBreak())
    #expect(read(5) == 0xE1)
    #expect(read(0) == 0x41)
    #expect(read(5) == 0xF1)
    #expect(read(5) == 0x61)
  }

  @Test func loopbackConnectsThePortWithItself() {
    write(3, 0x03)
    write(4, 0x1A)
    #expect(read(6) & 0xF0 == 0x90)
    write(4, 0x15)
    #expect(read(6) & 0xF0 == 0x60)
    write(0, 0x5A)
    #expect(farEnd.received.isEmpty)
    #expect(read(0) == 0x5A)
    #expect(port.receiveCapacity == 0)
  }

  @Test func theEndOfRingingIsReportedAndItsBeginningIsNot() {
    write(4, 0x10)
    _ = read(6)
    write(4, 0x14)
    #expect(read(6) == 0x40)
    write(4, 0x10)
    #expect(read(6) == 0x04)
  }

  @Test func overrunsInLoopback() {
    write(3, 0x03)
    write(4, 0x10)
    write(0, 0x01)
    write(0, 0x02)
    #expect(read(5) == 0x63)
    #expect(read(5) == 0x61)
    #expect(read(0) == 0x02)
    write(2, 0x01)
    for byte in 0..<17 { write(0, UInt32(byte)) }
    #expect(read(5) & 0x02 != 0)
    #expect((0..<16).map { _ in read(0) } == Array(0..<16))
    #expect(read(5) == 0x60)
  }

  @Test func aBreakInLoopbackComesBack() {
    write(4, 0x10)
    write(3, 0x43)
    #expect(read(5) == 0x71)
    #expect(read(0) == 0)
  }

  @Test func resettingTheReceiverEmptiesIt() {
    write(2, 0x01)
    receive([1, 2, 3])
    write(2, 0x03)
    #expect(read(5) == 0x60)
    #expect(port.receiveCapacity == 16)
  }

  @Test func itIsTakenForA16550AWithoutExtensions() {
    write(1, 0xFF)
    #expect(read(1) == 0x0F)
    write(1, 0x00)
    write(7, 0xA5)
    #expect(read(7) == 0xA5)
    write(2, 0x01)
    #expect(read(2) >> 6 == 3)
    // The 64-byte FIFO of the 16750 would show in bit 5.
    write(3, 0x80)
    write(2, 0x21)
    #expect(read(2) == 0xC1)
    write(4, 0xFF)
    #expect(read(4) == 0x1F)
  }

  @Test func theMachineIsToldWhenThereIsRoomAgain() {
    var calls = 0
    port.roomBecameAvailable = { calls += 1 }
    receive([1])
    #expect(calls == 0)
    _ = read(0)
    #expect(calls == 1)
    write(4, 0x10)
    #expect(calls == 1)
    write(4, 0x00)
    #expect(calls == 2)
  }

  @Test func stateSurvivesSavingAndRestoring() throws {
    write(3, 0x03)
    write(2, 0x41)
    write(4, 0x08)
    write(1, 0x03)
    receive([0x41, 0x42])
    var writer = StateWriter()
    port.save(to: &writer)
    let other = SerialPort(name: "serial0", interrupt: controller.line(5), clock: clock)
    var reader = StateReader(writer.bytes)
    try other.restore(from: &reader)
    clock.advance(to: 1_000_000)
    #expect(other.readPort(2, width: .byte) == 0xCC)
    #expect(other.readPort(0, width: .byte) == 0x41)
    var foreign = StateReader([UInt8](repeating: 1, count: 2) + [200])
    #expect(throws: StateError.invalid) { try other.restore(from: &foreign) }
  }
}
