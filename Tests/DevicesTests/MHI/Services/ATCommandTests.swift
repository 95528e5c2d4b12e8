import Bus
import Testing

@testable import Devices

/// 3GPP TS 27.007: what the modem says of itself, its card and its network.
@Suite("AT commands")
struct ATCommandTests {
  private let terminal = ATTerminal()

  private func ask(_ command: String) -> [String] { terminal.ask(command) }

  @Test("the modem tells who it is, always the same")
  func identity() {
    for _ in 0..<2 {
      #expect(ask("AT+CGMI") == ["Strata", "OK"])
      #expect(ask("AT+CGMM") == ["test", "OK"])
      #expect(ask("AT+GMM") == ["test", "OK"])
      #expect(ask("AT+CGSN") == ["001010000000016", "OK"])
      #expect(ask("AT+CIMI") == ["001010000000001", "OK"])
      #expect(ask("ATI").last == "OK")
    }
    #expect(ask("AT+CGSN=?") == ["OK"])
    #expect(ask("AT+CNUM") == ["+CNUM: ,\"+15550100\",145", "OK"])
    #expect(ask("AT+CCID").first?.count == "+CCID: 8988201000000000010".count)
  }

  @Test("check digits are those of ISO/IEC 7812")
  func checkDigit() {
    #expect(CheckDigit.append(to: "7992739871") == "79927398713")
    #expect(CheckDigit.append(to: "49015420323751") == "490154203237518")
  }

  @Test("errors are reported as +CMEE says")
  func errors() {
    #expect(ask("AT+CPIN=\"1234\"") == ["ERROR"])
    #expect(ask("AT+CMEE=1") == ["OK"])
    #expect(ask("AT+CPIN=\"1234\"") == ["+CME ERROR: 3"])
    #expect(ask("AT+CMEE=2") == ["OK"])
    #expect(ask("AT+CPIN=\"1234\"") == ["+CME ERROR: operation not allowed"])
    #expect(ask("AT+CMEE?") == ["+CMEE: 2", "OK"])
    #expect(ask("AT+CMEE=3") == ["+CME ERROR: Incorrect parameters"])
    // What does not exist is no matter of the equipment.
    #expect(ask("AT+NONSENSE") == ["ERROR"])
  }

  @Test("the clock goes with the machine's, from the day on which the machine's own clock starts")
  func clock() {
    #expect(ask("AT+CCLK?") == ["+CCLK: \"26/01/01,00:00:00+00\"", "OK"])
    terminal.modem.machineTime = { (59 * 86_400 + 3723) * 1_000_000_000 + 999_999_999 }
    #expect(ask("AT+CCLK?") == ["+CCLK: \"26/03/01,01:02:03+00\"", "OK"])
    #expect(ask("AT+CMEE=1;+CCLK=\"26/01/01,00:00:00+00\"") == ["+CME ERROR: 4"])
  }

  @Test("the commands that there are can be listed, and every one of them is known")
  func list() {
    let names = ask("AT+CLAC").dropLast()
    #expect(names.contains("AT+CSQ") && names.contains("ATE") && names.contains("AT+CLAC"))
    #expect(names == names.sorted()[...])
    for name in names where name.hasPrefix("AT+") {
      #expect(ask(name + "=?").last == "OK", "\(name)")
    }
  }

  @Test("registration is read, and reported when it changes")
  func registration() {
    #expect(ask("AT+CREG?") == ["+CREG: 0,1", "OK"])
    #expect(ask("AT+CEREG=2;+CEREG?") == ["+CEREG: 2,1,\"0001\",\"01A2D001\",7", "OK"])
    #expect(ask("AT+CREG=1") == ["OK"])
    #expect(ask("AT+CGREG=?") == ["+CGREG: (0-2)", "OK"])
    #expect(ask("AT+COPS=2") == ["+CREG: 0", "+CEREG: 0", "OK"])
    #expect(ask("AT+CREG?") == ["+CREG: 1,0", "OK"])
    #expect(ask("AT+COPS=0") == ["+CREG: 1", "+CEREG: 1,\"0001\",\"01A2D001\",7", "OK"])
  }

  @Test("a change on one port is reported on the other")
  func otherPort() {
    let other = ATTerminal(modem: terminal.modem)
    #expect(other.ask("AT+CREG=1") == ["OK"])
    _ = other.read()
    #expect(ask("AT+CFUN=4") == ["OK"])
    #expect(other.read() == "\r\n+CREG: 0\r\n")
  }

  @Test("the operator is told in each format, found and chosen")
  func operators() {
    #expect(ask("AT+COPS?") == ["+COPS: 0,0,\"Strata Test Network\",7", "OK"])
    #expect(ask("AT+COPS=3,2;+COPS?") == ["+COPS: 0,2,\"00101\",7", "OK"])
    #expect(
      ask("AT+COPS=?") == ["+COPS: (2,\"Strata Test Network\",\"Strata\",\"00101\",7),,(0-4),(0-2)", "OK"])
    #expect(ask("AT+COPS=1,2,\"99999\"") == ["ERROR"])
    #expect(ask("AT+COPS=1,2,\"00101\"") == ["OK"])
    #expect(ask("AT+COPS?") == ["+COPS: 1,2,\"00101\",7", "OK"])
    #expect(ask("AT+COPS=2;+COPS?") == ["+COPS: 2", "OK"])
  }

  @Test("signal is heard while the radio is on")
  func signal() {
    #expect(ask("AT+CSQ") == ["+CSQ: 20,99", "OK"])
    #expect(ask("AT+CESQ") == ["+CESQ: 99,99,255,255,20,46", "OK"])
    #expect(ask("AT+CFUN=4;+CSQ;+CESQ") == ["+CSQ: 99,99", "+CESQ: 99,99,255,255,255,255", "OK"])
    #expect(ask("AT+CFUN=?") == ["+CFUN: (0,1,4),(0,1)", "OK"])
    #expect(ask("AT+CFUN=7") == ["ERROR"])
  }

  @Test("contexts are defined, activated and have the network's address")
  func contexts() {
    #expect(ask("AT+CGDCONT?") == ["+CGDCONT: 1,\"IP\",\"internet\",\"\",0,0", "OK"])
    #expect(ask("AT+CGPADDR=1") == ["+CGPADDR: 1", "OK"])
    #expect(ask("AT+CGACT=1,1;+CGACT?") == ["+CGACT: 1,1", "OK"])
    #expect(ask("AT+CGPADDR=1") == ["+CGPADDR: 1,\"10.9.0.2\"", "OK"])
    #expect(
      ask("AT+CGCONTRDP") == [
        "+CGCONTRDP: 1,5,\"internet\",\"10.9.0.2.255.255.255.252\",\"10.9.0.1\",\"\"", "OK",
      ])
    #expect(ask("AT+CGDCONT=3,\"ipv4v6\",\"x\"") == ["OK"])
    #expect(ask("AT+CGACT=1,3") == ["ERROR"])
    #expect(ask("AT+CGACT=0;+CGACT?") == ["+CGACT: 1,0", "+CGACT: 3,0", "OK"])
    #expect(ask("AT+CGDCONT=1;+CGDCONT?") == ["+CGDCONT: 3,\"IPV4V6\",\"x\",\"\",0,0", "OK"])
    #expect(ask("AT+CGDCONT=0") == ["ERROR"])
    #expect(ask("AT+CGDCONT=17,\"IP\"") == ["ERROR"])
    #expect(ask("AT+CGDCONT=2,\"X25\"") == ["ERROR"])
    #expect(ask("AT+CGATT?") == ["+CGATT: 1", "OK"])
  }

  @Test("losing the network ends contexts; without it none begins")
  func contextsNeedNetwork() {
    #expect(ask("AT+CMEE=1;+CGACT=1,1;+CFUN=4;+CGACT?") == ["+CGACT: 1,0", "OK"])
    #expect(ask("AT+CGACT=1,1") == ["+CME ERROR: 30"])
  }

  @Test("the card asks for its PIN after a restart if it was told to")
  func pin() {
    #expect(ask("AT+CPIN?") == ["+CPIN: READY", "OK"])
    #expect(ask("AT+CLCK=\"SC\",2") == ["+CLCK: 0", "OK"])
    #expect(ask("AT+CLCK=\"SC\",1,\"1234\";+CLCK=\"SC\",2") == ["+CLCK: 1", "OK"])
    #expect(ask("AT+CPWD=\"SC\",\"1234\",\"4321\"") == ["OK"])
    #expect(ask("AT+CFUN=1,1") == ["OK"])
    #expect(ask("AT+CPIN?") == ["+CPIN: SIM PIN", "OK"])
    #expect(ask("AT+CMEE=1;+CIMI") == ["+CME ERROR: 11"])
    #expect(ask("AT+CREG?") == ["+CREG: 0,0", "OK"])
    #expect(ask("AT+CPIN=\"1234\"") == ["+CME ERROR: 16"])
    #expect(ask("AT+CPIN=4321") == ["OK"])
    #expect(ask("AT+CREG?") == ["+CREG: 0,1", "OK"])
  }

  @Test("wrong PINs lock the card, wrong keys block it for good, and none of it underflows")
  func unblocking() {
    _ = ask("AT+CMEE=1;+CLCK=\"SC\",1,\"1234\";+CFUN=0;+CFUN=1")
    for _ in 0..<3 { #expect(ask("AT+CPIN=\"0000\"") == ["+CME ERROR: 16"]) }
    #expect(ask("AT+CPIN?") == ["+CPIN: SIM PUK", "OK"])
    #expect(ask("AT+CPIN=\"12345678\",\"9999\"") == ["OK"])
    #expect(ask("AT+CPIN?") == ["+CPIN: READY", "OK"])
    _ = ask("AT+CFUN=0;+CFUN=1")
    for _ in 0..<3 { #expect(ask("AT+CPIN=\"0000\"") == ["+CME ERROR: 16"]) }
    for _ in 0..<10 { #expect(ask("AT+CPIN=\"00000000\",\"9999\"") == ["+CME ERROR: 16"]) }
    for _ in 0..<300 { #expect(ask("AT+CPIN=\"00000000\",\"9999\"") == ["+CME ERROR: 13"]) }
  }

  @Test("the small ones")
  func others() {
    #expect(ask("AT+CPAS") == ["+CPAS: 0", "OK"])
    #expect(ask("AT+CSCS?") == ["+CSCS: \"IRA\"", "OK"])
    #expect(ask("AT+CSCS=\"UCS2\"") == ["ERROR"])
    #expect(ask("AT+CMGF=1;+CMGF?") == ["+CMGF: 1", "OK"])
    #expect(ask("AT+CMGF=2") == ["ERROR"])
    #expect(ask("AT+CCLK?").last == "OK")
    #expect(ask("ATH") == ["OK"])
    #expect(ask("+++") == [])
    #expect(ask("ATD*99#") == ["NO CARRIER"])
  }

  @Test("a guest can have something go wrong, by its name")
  func faults() {
    #expect(ask("AT+CMEE=1;!FAULT=\"sys-error\"") == ["+CME ERROR: 4"])
    var faults: [MHIFault] = []
    var delays: [UInt64] = []
    terminal.modem.injectFault = {
      faults.append($0)
      delays.append($1)
    }
    #expect(ask("AT!FAULT=\"sys-error\";!FAULT=\"remove\"") == ["OK"])
    #expect(faults == [.systemError, .remove])
    #expect(ask("AT!FAULT=\"rddm\",20") == ["OK"])
    #expect(delays == [0, 0, 20_000_000])
    #expect(ask("AT!FAULT=\"fire\"") == ["+CME ERROR: 50"])
    #expect(ask("AT!FAULT=?").first?.contains("\"never-ready\"") == true)
  }

  @Test("what the services share comes back")
  func sharedState() throws {
    _ = ask("AT+CGDCONT=5,\"IPV6\",\"five\";+CGACT=1,5;+CLCK=\"SC\",1,\"1234\";+COPS=1,2,\"00101\"")
    var writer = StateWriter()
    terminal.modem.save(to: &writer)
    let other = CellularModem()
    var reader = StateReader(writer.bytes)
    try other.restore(from: &reader)
    var copy = StateWriter()
    other.save(to: &copy)
    #expect(copy.bytes == writer.bytes)
    #expect(other.contexts.active == 5)
  }
}
