import Testing

@testable import Devices

/// What `qmicli` of libqmi makes of the modem's answers.
@Suite("QMI, judged by qmicli", .serialized)
struct QMIToolTests {
  private let modem = CellularModem()

  private func ask(_ arguments: String...) throws -> String {
    let port = try PortOnHost(QMIService(modem: modem))
    return try port.run("qmicli", ["--device", port.path, "--device-open-qmi"] + arguments)
  }

  @Test(
    "what the modem says is what is read",
    arguments: [
      ("--get-service-version-info", ["ctl (1.0)", "wds (1.0)", "dms (1.0)", "nas (1.0)", "wda (1.0)"]),
      ("--dms-get-ids", ["IMEI: '001010000000016'"]),
      ("--dms-get-manufacturer", ["Manufacturer: 'Strata'"]),
      ("--dms-get-model", ["Model: 'test'"]),
      ("--dms-get-revision", ["Revision: '1.0'"]),
      ("--dms-get-msisdn", ["MSISDN: '+15550100'"]),
      ("--dms-get-capabilities", ["Max TX channel rate: '50000000'", "SIM: 'supported'", "Networks: 'lte'"]),
      ("--dms-get-operating-mode", ["Mode: 'online'"]),
      ("--dms-uim-get-iccid", ["ICCID: '8988201000000000013'"]),
      ("--dms-uim-get-imsi", ["IMSI: '001010000000001'"]),
      ("--dms-uim-get-state", ["State: 'initialization-completed'"]),
      ("--dms-uim-get-pin-status", ["Status: disabled", "Verify: 3", "Unblock: 10"]),
      (
        "--dms-get-time",
        ["Time count: '1161008640000 ", "Time source: 'device'", "1451260800000 (ms): 2026-01-01 00:00:00'"]
      ),
      ("--nas-network-scan", ["Status: 'current-serving, home, not-forbidden'", "RAT: 'lte'"]),
      ("--nas-get-signal-info", ["RSSI: '-73 dBm'", "RSRQ: '-10 dB'", "RSRP: '-95 dBm'", "SNR: '18.0 dB'"]),
      ("--nas-get-signal-strength", ["Network 'lte': '-73 dBm'"]),
      ("--nas-get-home-network", ["MCC: '1'", "MNC: '1'", "Description: 'Strata Test Network'"]),
      (
        "--nas-get-serving-system",
        [
          "Registration state: 'registered'", "PS: 'attached'", "[0]: 'lte'", "Roaming status: 'off'",
          "Description: 'Strata Test Network'", "3GPP location area code: '1'", "3GPP cell ID: '27447297'",
          "LTE tracking area code: '1'",
        ]
      ),
      ("--wda-get-data-format", ["Link layer protocol: 'raw-ip'"]),
      ("--wds-get-packet-service-status", ["Connection status: 'disconnected'"]),
      ("--wds-get-current-settings", ["QMI protocol error (15): 'OutOfCall'"]),
      ("--nas-get-system-info", ["QMI protocol error (94): 'NotSupported'"]),
      ("--wms-list-messages", ["error"]),
    ])
  func reads(option: String, expected: [String]) throws {
    let text = try ask(option)
    for line in expected { #expect(text.contains(line), "\(text)") }
    #expect(!text.contains("unread"))
  }

  @Test("a connection begins, has the network's addresses, and ends")
  func connection() throws {
    #expect(try ask("--wds-start-network=", "--client-no-release-cid").contains("Packet data handle: '1'"))
    #expect(modem.contexts.active == 1)
    let settings = try ask("--wds-get-current-settings")
    for line in ["IPv4 address: 10.9.0.2", "IPv4 subnet mask: 255.255.255.252", "gateway address: 10.9.0.1"] {
      #expect(settings.contains(line), "\(settings)")
    }
    #expect(try ask("--wds-stop-network=1").contains("Network stopped"))
    #expect(modem.contexts.active == nil)
  }

  @Test("a connection is made with the access point that the host names, for IPv4 only")
  func accessPoint() throws {
    #expect(try ask("--wds-start-network=apn=tests,ip-type=6").contains("'CallFailed'"))
    #expect(try ask("--wds-start-network=apn=tests,ip-type=4").contains("Network started"))
    #expect(modem.contexts[1]?.accessPointName == "tests")
    #expect(modem.contexts.active == 1)
  }

  @Test("the radio is switched off and on")
  func operatingMode() throws {
    #expect(try ask("--dms-set-operating-mode=low-power").contains("set successfully"))
    #expect(modem.functionality == .radioOff)
    #expect(try ask("--nas-get-serving-system").contains("Registration state: 'not-registered'"))
    #expect(try ask("--dms-set-operating-mode=online").contains("set successfully"))
    #expect(modem.isRegistered)
  }

  @Test("a PIN is given, the wrong one first")
  func pin() throws {
    _ = modem.useSubscriber { $0.setAsksForPIN(true, pin: Array("1234".utf8)) }
    modem.restart()
    #expect(try ask("--dms-uim-verify-pin=PIN,9999").contains("'IncorrectPin'"))
    #expect(try ask("--dms-uim-verify-pin=PIN,1234").contains("verified successfully"))
    #expect(modem.subscriber.lock == .none)
  }
}
