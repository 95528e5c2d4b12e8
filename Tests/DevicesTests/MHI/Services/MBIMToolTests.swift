import Testing

@testable import Devices

/// What `mbimcli` of libmbim makes of the modem's answers.
@Suite("MBIM, judged by mbimcli", .serialized)
struct MBIMToolTests {
  private let modem = CellularModem()

  private func ask(_ arguments: String...) throws -> String {
    let port = try PortOnHost(MBIMService(modem: modem))
    return try port.run("mbimcli", ["--device", port.path] + arguments)
  }

  @Test(
    "what the modem says is what is read",
    arguments: [
      (
        "--query-device-caps",
        [
          "Device type: 'removable'", "Data class: 'lte'", "Max sessions: '1'",
          "Device ID: '001010000000016'", "Firmware info: '1.0'", "Hardware info: 'test'",
        ]
      ),
      (
        "--query-subscriber-ready-status",
        [
          "Ready state: 'initialized'", "Subscriber ID: '001010000000001'",
          "SIM ICCID: '8988201000000000013'", "Telephone numbers: (1) '+15550100'",
        ]
      ),
      ("--query-radio-state", ["Hardware radio state: 'on'", "Software radio state: 'on'"]),
      ("--query-device-services", ["basic-connect", "ip-configuration (15)"]),
      ("--query-pin-state", ["PIN state: 'unlocked'"]),
      ("--query-home-provider", ["Provider ID: '00101'", "Provider name: 'Strata Test Network'"]),
      ("--query-registration-state", ["Register state: 'home'", "Provider ID: '00101'"]),
      (
        "--query-visible-providers",
        ["Visible providers (1)", "Provider ID: '00101'", "State: 'home, visible, registered'"]
      ),
      ("--query-signal-state", ["RSSI [0-31,99]: '20'"]),
      ("--query-packet-service-state", ["Packet service state: 'attached'", "Uplink speed: '50000000 bps'"]),
      ("--query-connection-state", ["Activation state: 'deactivated'", "Context type: 'internet'"]),
      ("--query-ip-configuration", ["ContextNotActivated"]),
      ("--query-pin-list", ["NoDeviceSupport"]),
      ("--phonebook-query-configuration", ["NoDeviceSupport"]),
    ])
  func reads(option: String, expected: [String]) throws {
    let text = try ask(option)
    for line in expected { #expect(text.contains(line), "\(text)") }
  }

  @Test("a connection begins, has the network's addresses, and ends")
  func connection() throws {
    let text = try ask("--connect=access-string=tests")
    for line in ["Successfully connected", "IP [0]: '10.9.0.2/30'", "Gateway: '10.9.0.1'"] {
      #expect(text.contains(line), "\(text)")
    }
    #expect(modem.contexts[1]?.accessPointName == "tests")
    #expect(try ask("--disconnect=0").contains("Successfully disconnected"))
    #expect(modem.contexts.active == nil)
  }

  @Test("the radio is switched off and on")
  func radioState() throws {
    #expect(try ask("--set-radio-state=off").contains("Software radio state: 'off'"))
    #expect(!modem.isRegistered)
    #expect(try ask("--query-registration-state").contains("Register state: 'deregistered'"))
    #expect(try ask("--query-visible-providers").contains("RadioPowerOff"))
    #expect(try ask("--set-radio-state=on").contains("Software radio state: 'on'"))
    #expect(modem.isRegistered)
  }

  @Test("a PIN is given, the wrong one first")
  func pin() throws {
    _ = modem.useSubscriber { $0.setAsksForPIN(true, pin: Array("1234".utf8)) }
    modem.restart()
    #expect(try ask("--query-pin-state").contains("PIN state: 'locked'"))
    #expect(try ask("--enter-pin=9999").contains("error"))
    #expect(try ask("--enter-pin=1234").contains("PIN state: 'unlocked'"))
    #expect(modem.subscriber.lock == .none)
  }
}
