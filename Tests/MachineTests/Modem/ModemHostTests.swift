import Devices
import Testing

@testable import Machine

/// Our guest's driver, which judges the modem as no driver of an operating system does.
@Suite struct ModemHostTests {
  @Test("The driver's tests pass with every model", arguments: MHIPersonality.all.map(\.name))
  func passes(model: String) throws {
    let personality = try #require(MHIPersonality(named: model))
    var configuration = MachineConfiguration(memorySize: 128 << 20, processorCount: 1)
    configuration.devices = [
      .modem(personality) {
        ModemServices(
          identity: ModemIdentity(model: model), connections: ModemConnections(network: LoopbackPeer()))
      }
    ]
    try BareGuest(name: "modemhost").passes(on: configuration)
  }
}
