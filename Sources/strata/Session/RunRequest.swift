import Hypervisors
import Machine
import Processor
import SystemPackage

/// What is to be run.
struct RunRequest {
  /// What follows when the guest resets the machine.
  enum ResetPolicy {
    /// It starts again from power-on, with the same disks.
    case restart
    /// The run is over.
    case end
  }

  var kernel: FilePath
  var initialRamdisk: FilePath?
  var commandLine = ""
  var memory = ByteSize(bytes: 512 << 20)
  var processorCount = 1
  var platform = Platform.pc
  var hypervisor: HyperVConfiguration?
  var model = ProcessorModel.default
  var disks: [DiskOption] = []
  var devices: [DeviceOption] = []
  var serial = SerialPlace.standardStreams
  var seed: UInt64 = 0
  var resetPolicy = ResetPolicy.restart
  /// The most instructions of all processors together.
  var instructionLimit: UInt64?
  /// The most seconds of the host's time.
  var timeLimit: Double?
  var report: ReportPlace?
  /// What is recorded.
  var trace: TraceRequest?

  /// The modem, if there is one.
  var modem: ModemOption? {
    devices.lazy.compactMap { if case .modem(let option) = $0 { option } else { nil } }.first
  }

  /// A machine with everything else as it usually is.
  init(kernel: FilePath) { self.kernel = kernel }
}
