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
  static var launcher: some MachineLauncher { SessionLauncher() }
}

/// Starts machines in the way of `strata run`.
private struct SessionLauncher: MachineLauncher {
  func boot(_ request: LinuxBootRequest) throws -> ExitCode {
    var run = RunRequest(kernel: request.kernel)
    run.initialRamdisk = request.initialRAMDisk
    run.commandLine = request.commandLine
    return try start(
      run, processorCount: request.processorCount, memoryMebibytes: request.memoryMebibytes)
  }

  func bootBuiltInGuest(processorCount: Int, memoryMebibytes: Int) throws -> ExitCode {
    do {
      let guest = try BuiltInGuest.image(report: Diagnostic.write)
      return try start(
        RunRequest(kernel: guest), processorCount: processorCount, memoryMebibytes: memoryMebibytes)
    } catch let error as CommandError {
      Diagnostic.write(error.description)
      throw error.exitCode
    }
  }

  private func start(
    _ request: RunRequest, processorCount: Int, memoryMebibytes: Int
  ) throws -> ExitCode {
    var request = request
    request.processorCount = processorCount
    request.memory = ByteSize(bytes: UInt64(memoryMebibytes) << 20)
    do throws(CommandError) {
      return try MachineSession(request).run()
    } catch {
      Diagnostic.write(error.description)
      throw error.exitCode
    }
  }
}
