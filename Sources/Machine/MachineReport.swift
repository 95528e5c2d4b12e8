import Bus
import Devices
import Hypervisors
import Interfaces
import Processor

/// What a machine did until now. All of it is a function of what the machine was given.
public struct MachineReport: Sendable {
  /// What one processor did.
  public struct Processor: Sendable {
    /// Its number on the board.
    public let index: Int
    /// The instructions that it retired.
    public let instructions: UInt64
    /// What it is doing.
    public let activity: Activity
    /// How often each exception was delivered, in the order of vectors.
    public let exceptions: [(vector: UInt8, name: String, count: UInt64)]
    /// The encodings that it does not have and was asked for.
    public let undefinedEncodings: [ObservedEncoding]
    /// The model-specific registers that do not exist and that it was asked for.
    public let unknownRegisters: [UnknownRegister]
    /// What it did as the host of guests; `nil` without AMD-V.
    public let guests: GuestStatistics?
  }

  /// The instructions that all processors together have retired.
  public let instructions: UInt64
  /// Nanoseconds of the machine since power-on.
  public let nanoseconds: UInt64
  /// What decides everything random in the machine.
  public let seed: UInt64
  /// What each processor did.
  public let processors: [Processor]
  /// What was asked of the hypervisor, if the machine has one.
  public let hypervisor: HyperVReport?
  /// The accesses to each device.
  public let devices: [DeviceStatistics.Entry]
  /// What each modem did, by its name on the board.
  public let modems: [(name: String, statistics: MHIStatistics)]
  /// How many blocks of code were decoded.
  public let blocksDecoded: UInt64
  /// How often the decoded code of a page was dropped because the page was written.
  public let invalidations: UInt64
}

extension Machine {
  /// What the machine did until now.
  public var report: MachineReport {
    MachineReport(
      instructions: instructionsRetired, nanoseconds: nanoseconds, seed: configuration.seed,
      processors: processors.map { processor in
        MachineReport.Processor(
          index: processor.index, instructions: processor.instructionsRetired, activity: processor.activity,
          exceptions: processor.exceptionCounts.map { ($0.vector.rawValue, $0.vector.mnemonic, $0.count) },
          undefinedEncodings: processor.undefinedEncodings, unknownRegisters: processor.unknownRegisters,
          guests: processor.guestStatistics)
      },
      hypervisor: hypervisor.map(HyperVReport.init), devices: statistics.entries,
      modems: modems.map { ($0.name, $0.statistics) },
      blocksDecoded: codeCache.blocksDecoded,
      invalidations: codeCache.invalidations)
  }
}

/// What a partition asked of its hypervisor, and how far it came.
public struct HyperVReport: Sendable {
  /// The counters.
  public let statistics: HyperVStatistics
  /// The level in which the first processor started.
  public let level: HyperV.VirtualTrustLevel
  /// The level that each processor runs, in the order of their numbers on the board.
  public let activeLevels: [HyperV.VirtualTrustLevel]
  /// What the partition told of its crash.
  public let crash: HyperVCrash?

  init(_ hypervisor: HyperVHypervisor) {
    statistics = hypervisor.statistics
    level = hypervisor.configuration.level
    activeLevels = hypervisor.activeLevels
    crash = hypervisor.crash
  }
}
