import Bus
import Testing

@testable import Devices

/// ITU-T V.250: lines, echo, the forms of answers.
@Suite("AT lines")
struct ATLineTests {
  private let terminal = ATTerminal()

  @Test("a line is echoed and answered in the form of V.250")
  func answer() {
    #expect(terminal.send("AT\r") == "AT\r\r\nOK\r\n")
    #expect(terminal.send("ATE0\r") == "ATE0\r\r\nOK\r\n")
    #expect(terminal.send("AT+CSQ\r") == "\r\n+CSQ: 20,99\r\n\r\nOK\r\n")
    #expect(terminal.send("ATE1\r") == "\r\nOK\r\n")
    #expect(terminal.send("at\r") == "at\r\r\nOK\r\n")
  }

  @Test("a line may be cut anywhere, and one transfer may hold several")
  func cuts() {
    _ = terminal.send("ATE0\r")
    #expect("AT+CGS".map { terminal.send(String($0)) }.joined().isEmpty)
    #expect(terminal.send("N\r").hasSuffix("OK\r\n"))
    #expect(terminal.send("AT\rAT\r\nAT\r") == String(repeating: "\r\nOK\r\n", count: 3))
  }

  @Test("numbers instead of words, and silence")
  func forms() {
    _ = terminal.send("ATE0\r")
    #expect(terminal.send("ATV0\r") == "0\r")
    #expect(terminal.send("AT+CSQ\r") == "+CSQ: 20,99\r\n0\r")
    #expect(terminal.send("AT+NONSENSE\r") == "4\r")
    #expect(terminal.send("ATD*99#\r") == "3\r")
    #expect(terminal.send("ATQ1\r") == "")
    #expect(terminal.send("AT+CSQ\r") == "+CSQ: 20,99\r\n")
    #expect(terminal.send("ATZ\r") == "\r\nOK\r\n")
  }

  @Test("several commands on one line: the first error ends it, with one result")
  func several() {
    #expect(terminal.ask("ATE0V1+CFUN?;+CSQ") == ["+CFUN: 1", "+CSQ: 20,99", "OK"])
    #expect(terminal.ask("AT+CFUN?;+NONSENSE;+CSQ") == ["+CFUN: 1", "ERROR"])
    #expect(terminal.ask("AT+CGDCONT=2,\"IP\",\"a;b c\";+CSQ") == ["+CSQ: 20,99", "OK"])
    #expect(terminal.ask("AT+CGDCONT?").contains("+CGDCONT: 2,\"IP\",\"a;b c\",\"\",0,0"))
  }

  @Test("A/ does the last line again, at once")
  func again() {
    _ = terminal.ask("AT+CSQ")
    #expect(terminal.send("A/") == "\r\n+CSQ: 20,99\r\n\r\nOK\r\n")
  }

  @Test("the editing character takes back, control characters and what is before AT mean nothing")
  func editing() {
    #expect(terminal.ask("\u{1}xyAAT+CSX\u{8}Q\u{7}\n") == ["+CSQ: 20,99", "OK"])
    #expect(terminal.ask("AT\u{8}\u{8}\u{8}") == ["OK"])
  }

  @Test("S-registers hold, end lines, and refuse what they cannot be")
  func registers() {
    #expect(terminal.ask("ATS3?") == ["013", "OK"])
    #expect(terminal.ask("ATS7=30S7?") == ["030", "OK"])
    #expect(terminal.ask("ATS3=200") == ["ERROR"])
    #expect(terminal.ask("ATS99?") == ["ERROR"])
    _ = terminal.send("ATS3=33\r")
    #expect(terminal.send("AT!") == "!\nOK!\n")
  }

  @Test("a line without end is bounded and answered with an error")
  func longLine() {
    _ = terminal.send("ATE0\r")
    #expect(terminal.send("AT" + String(repeating: "x", count: 100_000)) == "")
    #expect(terminal.service.state.count < 5000)
    #expect(terminal.send("\r") == "\r\nERROR\r\n")
    #expect(terminal.send("AT\r") == "\r\nOK\r\n")
  }

  @Test("a host that takes no answers does not pile them up")
  func noRoom() {
    let port = CollectingPort()
    let service = ATService(modem: CellularModem())
    port.room = 1
    service.open(port)
    for _ in 0..<1000 { service.receive(Array("ATI\r".utf8)) }
    #expect(port.take().count == 1)
    port.room = 1
    service.receive(Array("AT\r".utf8))
    #expect(port.take() == [Array("AT\r\r\nOK\r\n".utf8)])
  }

  @Test("any bytes whatever leave the port usable")
  func randomBytes() {
    var random = SeededGenerator(seed: 27_007)
    let alphabet = Array("ATatEVQZ&FISD+=?,;:\"0123456789 CGDCONTPINCOPSCFUNCLCK\r\r\n\u{8}/".utf8)
    for round in 0..<2000 {
      let bytes = random.bytes(64)
      terminal.service.receive(round % 4 == 0 ? bytes : bytes.map { alphabet[Int($0) % alphabet.count] })
      if round % 100 == 0 { _ = terminal.read() }
    }
    terminal.service.receive([13, 13])
    terminal.service.close()
    let other = ATTerminal(modem: terminal.modem)
    #expect(other.ask("AT&FE0") == ["OK"])
    #expect(other.ask("AT").last == "OK")
  }

  @Test("the state comes back: settings, half a line, the line before")
  func state() throws {
    _ = terminal.send("ATE0+CMEE=2;+CREG=2;S7=9\rAT+CS")
    var reader = StateReader(terminal.service.state)
    let other = ATTerminal()
    try other.service.restore(from: &reader)
    #expect(other.service.state == terminal.service.state)
    #expect(other.send("Q\r") == "\r\n+CSQ: 20,99\r\n\r\nOK\r\n")
    #expect(other.send("A/") == "\r\n+CSQ: 20,99\r\n\r\nOK\r\n")
    #expect(other.send("ATS7?\r") == "\r\n009\r\n\r\nOK\r\n")
  }
}
