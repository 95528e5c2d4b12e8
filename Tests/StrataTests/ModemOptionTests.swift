import ArgumentParser
import Testing

@testable import strata

@Suite struct ModemOptionTests {
  @Test func withoutPartsItIsTheUsualModem() throws {
    let option = try ModemOption("mhi")
    #expect(option.model == "sierra-em919x")
    #expect(option.network == .loopback)
    #expect(option.terminal == .modem)
  }

  @Test func partsMayComeInAnyOrder() throws {
    let option = try ModemOption("mhi,at=unix:/run/at=1,net=tap:tun7,model=qcom-sdx24")
    #expect(option.model == "qcom-sdx24")
    #expect(option.network == .tunnel(interface: "tun7"))
    #expect(option.terminal == .line(.unixSocket(path: "/run/at=1")))
  }

  @Test(arguments: [
    "", "mhi,", "mhi,net", "mhi,net=", "mhi,net=tap", "mhi,net=tap:", "mhi,net=user:1", "mhi,net=slirp",
    "mhi,model=em919x", "mhi,model=", "mhi,at=stdio", "mhi,at=unix:", "mhi,color=red",
    "mhi,net=user,net=user", "mhi;net=user", "console",
  ])
  func whatIsNoModemIsRefused(text: String) {
    #expect(throws: ValidationError.self) { try ModemOption(text) }
  }

  @Test func aModemIsADeviceAmongOthers() throws {
    let device = try DeviceOption("mhi,net=user")
    #expect(device == .modem(try ModemOption("mhi,net=user")))
    #expect(device.name == "mhi")
    #expect(try DeviceOption("entropy") == .entropy)
    #expect(throws: ValidationError.self) { try DeviceOption("mhinet=user") }
    #expect(throws: (any Error).self) {
      try RunCommand.parse(["--kernel", "k", "--device", "mhi", "--device", "mhi,net=user"])
    }
  }

  @Test(arguments: ["loopback", "user", "tap:tun0"])
  func aNetworkIsReadAndShownAlike(text: String) throws {
    #expect(try NetworkPlace(text).description == text)
  }

  @Test(arguments: ["modem", "none", "file:/a", "unix:/b"])
  func aTerminalIsReadAndShownAlike(text: String) throws {
    #expect(try ModemTerminalPlace(text).description == text)
  }

  @Test func aTunnelThatCannotBeIsRefusedBeforeTheRun() {
    #expect {
      try NetworkPlace("tap:a-name-that-is-much-too-long").open(maximumTransmissionUnit: 1500)
    } throws: {
      ($0 as? CommandError)?.exitCode == SystemExit.unavailable
    }
  }
}
