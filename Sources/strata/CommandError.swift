import ArgumentParser
import Glibc
import Machine

/// Why a command cannot do what it was asked for.
struct CommandError: Error, Equatable, CustomStringConvertible {
  /// One line that says what is wrong and what to do.
  let description: String
  /// The code with which the command ends.
  let exitCode: ExitCode

  init(_ description: String, _ exitCode: ExitCode) {
    self.description = description
    self.exitCode = exitCode
  }

  /// What the host calls an error.
  static func text(of number: Int32) -> String { String(cString: strerror(number)) }
}

extension CommandError {
  init(_ error: BootError) {
    let code =
      switch error {
      case .unreadableFile: SystemExit.noInput
      case .kernelTooLarge, .memoryTooSmall, .ramdiskTooLarge, .commandLineTooLong, .commandLineContainsNUL,
        .tablesTooLarge:
        SystemExit.usage
      case .emptyFile, .emptyKernel, .truncatedKernel, .foreignKernel, .unrecognizedKernel, .malformedKernel,
        .unsuitableKernel, .segmentOutsideMemory, .emptyRamdisk:
        SystemExit.data
      }
    self.init(error.description, code)
  }

  init(_ error: MachineError) {
    let code =
      switch error {
      case .hostMemory: SystemExit.unavailable
      case .processorCount, .memorySize, .tooManyDevices: SystemExit.usage
      }
    self.init(error.description, code)
  }
}
