import Devices
import Testing

@testable import Machine

/// Linux on a machine with a modem, whose script is accompanied from outside: `ask` in a script names what is to
/// be done to the device.
struct ModemGuest: TestGuest {
  var kernel = DebianKernel.cloud612
  var processors = 1
  /// What Linux calls the modem.
  var modem = "sierra-em919x"
  /// What busybox's shell executes after ``ModemScripts/functions``.
  var script = ""
  /// What the kernel's command line says besides; the boot is no matter of these tests.
  var parameters = "quiet cryptomgr.notests"
  /// Texts that the guest finds in its file system.
  var files: [String: String] = [:]

  func run() throws -> LinuxRun { try visit().run }

  /// A run with what was around the guest.
  struct Visit {
    let run: LinuxRun
    /// The other end of the network.
    let peer: ModemPeer
    /// How the modem was when the script said `ask note`.
    let image: MHILoadedImage?
    let statistics: MHIStatistics?
  }

  /// Runs the machine.
  func visit() throws -> Visit {
    var image: MHILoadedImage?
    var statistics: MHIStatistics?
    let peer = ModemPeer()
    var configuration = MachineConfiguration(memorySize: 512 << 20, processorCount: processors)
    let personality = try #require(MHIPersonality(named: modem))
    configuration.devices = [
      .modem(personality) {
        ModemServices(
          identity: ModemIdentity(model: personality.name), connections: ModemConnections(network: peer))
      }
    ]
    let guest = LinuxGuest(
      kernel: kernel, script: ModemScripts.functions + script, modules: ModemScripts.modules, files: files)
    let run = try LinuxRun(
      of: configuration, kernel.image, commandLine: "console=ttyS0 panic=-1 " + parameters,
      initialRamdisk: guest.initramfs()
    ) { machine, request in
      guard let modem = machine.modems.first else { return }
      switch request {
      case "long-ping": peer.sendLongEchoRequest()
      case "note": (image, statistics) = (modem.loadedImage, modem.statistics)
      default: if let fault = MHIFault(rawValue: request) { modem.inject(fault) }
      }
    }
    return Visit(run: run, peer: peer, image: image, statistics: statistics)
  }
}
