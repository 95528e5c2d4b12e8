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

/// The scripts and places of our own first process, which busybox runs.
enum InitScript {
  static let scriptPath = "/etc/strata/script"
  static let greetingPath = "/etc/motd"
  static let moduleListPath = "/lib/modules/strata.load"

  /// How busybox gets its other names.
  enum Applets {
    /// They are links in the archive.
    case inArchive
    /// The guest makes them, because the host cannot run this busybox to ask for them.
    case madeByGuest
  }

  static func text(for program: Program, applets: Applets) -> String {
    [
      opening,
      applets == .madeByGuest ? "/bin/busybox --install -s\n" : "",
      preparation,
      ending,
      program.text,
    ].joined()
  }

  enum Program {
    case shell
    case script

    // Both run in the background: only a shell that waits acts on a signal at once, and signals are how
    // busybox's poweroff and reboot ask the first process to end.
    var text: String {
      switch self {
      case .shell:
        """
        [ -f \(greetingPath) ] && cat \(greetingPath)
        cd /root
        setsid cttyhack sh </dev/console >/dev/console 2>&1 &
        wait $!
        stop poweroff

        """
      case .script:
        """
        cd /root
        \(scriptPath) </dev/console >/dev/console 2>&1 &
        wait $!
        echo "strata: the script ended with status $?"
        stop poweroff

        """
      }
    }
  }

  private static let opening = """
    #!/bin/busybox sh
    # Made by strata image.
    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root

    """

  private static let preparation = """
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t devtmpfs devtmpfs /dev
    mkdir -p /dev/pts /dev/shm
    mount -t devpts devpts /dev/pts
    mount -t tmpfs tmpfs /dev/shm
    mount -t tmpfs tmpfs /run
    hostname strata
    if [ -f \(moduleListPath) ]; then
      while read -r module; do
        insmod $module || echo "strata: cannot load $module"
      done <\(moduleListPath)
    fi

    """

  // Signals as busybox's halt, poweroff and reboot send them to the first process.
  private static let ending = """
    stop() {
      trap '' USR1 USR2 TERM
      kill -TERM -1
      sleep 0.2
      kill -KILL -1
      sync
      umount -a -r 2>/dev/null
      $1 -f
    }
    trap 'stop halt' USR1
    trap 'stop poweroff' USR2
    trap 'stop reboot' TERM

    """
}
