import ArgumentParser
import SystemPackage

/// What a machine needs to boot Linux.
struct LinuxBootRequest {
  /// The bzImage.
  let kernel: FilePath
  /// The initramfs.
  let initialRAMDisk: FilePath
  /// The kernel's parameters.
  let commandLine: String
  /// Number of virtual processors, from 1 to 64.
  let processorCount: Int
  /// Memory in MiB.
  let memoryMebibytes: Int
}

/// Starts machines on this terminal and waits for their end.
protocol MachineLauncher {
  /// Boots Linux; gives the code with which the command ends.
  func boot(_ request: LinuxBootRequest) throws -> ExitCode

  /// Boots the guest that is part of this program.
  func bootBuiltInGuest(processorCount: Int, memoryMebibytes: Int) throws -> ExitCode
}

extension DemoCommand {
  /// What the demonstration runs on.
  static var launcher: some MachineLauncher { AbsentMachine() }
}

/// Stands where a build has no machine.
private struct AbsentMachine: MachineLauncher {
  func boot(_ request: LinuxBootRequest) throws -> ExitCode {
    Diagnostic.write("this build has no machine to boot \(request.kernel)")
    return SystemExit.unavailable
  }

  func bootBuiltInGuest(processorCount: Int, memoryMebibytes: Int) throws -> ExitCode {
    Diagnostic.write("this build has no machine")
    return SystemExit.unavailable
  }
}
