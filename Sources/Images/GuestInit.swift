import SystemPackage

/// What the guest's kernel starts as its first process.
public enum GuestInit: Sendable, Equatable {
  /// Mount the kernel's file systems, load the modules, give a shell on the console, power off when it ends.
  case shell(greeting: String?)
  /// The same with a script in the shell's place. Without a `#!` line it is run by `/bin/sh`.
  case script(String)
  /// A program of the host, copied to `/init`.
  case file(FilePath)
  /// `/init` is among the files added.
  case provided

  /// Whether busybox is needed for it.
  public var needsBusybox: Bool {
    switch self {
    case .shell, .script: true
    case .file, .provided: false
    }
  }
}
