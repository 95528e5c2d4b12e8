/// The texts with which a guest of ours starts; busybox runs them.
enum InitScript {
  static let moduleListPath = "/lib/modules/strata.load"
  /// The script that a person gave.
  static let scriptPath = "/etc/strata/script"
  /// Gives the shell; run by busybox's `init`.
  static let consolePath = "/etc/strata/console"
  static let greetingPath = "/etc/motd"
  static let inittabPath = "/etc/inittab"

  /// How busybox gets its other names.
  enum Applets {
    /// They are links in the archive.
    case inArchive
    /// The guest makes them, because the host cannot run this busybox to ask for them.
    case madeByGuest
  }

  /// `/init` that ends in a shell. Its place is taken by busybox's own `init`, which knows how to hear
  /// `poweroff` and `reboot` from that shell, to end what still runs and to unmount.
  static func shell(applets: Applets) -> String {
    preparation(applets: applets) + "exec /bin/busybox init\n"
  }

  /// What busybox's `init` does for ``shell(applets:)``.
  static let inittab = """
    ::once:\(consolePath)
    ::shutdown:/bin/busybox umount -a -r 2>/dev/null

    """

  // A job-control shell needs a terminal of its own: /dev/console cannot be one, the device behind it can.
  static let console = """
    #!/bin/busybox sh
    [ -f \(greetingPath) ] && cat \(greetingPath)
    cd /root
    setsid cttyhack sh
    poweroff

    """

  /// `/init` that runs the script and powers off at once, or does what `reboot` or `halt` in the script asked
  /// for by the signals that busybox sends to the first process.
  static func script(applets: Applets) -> String {
    preparation(applets: applets) + """
      ending=poweroff
      trap 'ending=halt' USR1
      trap 'ending=poweroff' USR2
      trap 'ending=reboot' TERM
      cd /root
      \(scriptPath)
      echo "strata: the script ended with status $?"
      cd /
      kill -KILL -1
      sync
      umount -a -r 2>/dev/null
      $ending -f

      """
  }

  private static func preparation(applets: Applets) -> String {
    """
    #!/bin/busybox sh
    # Made by strata image.
    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
    \(applets == .madeByGuest ? "/bin/busybox --install -s" : "")
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t devtmpfs devtmpfs /dev
    mkdir -p /dev/pts /dev/shm
    mount -t devpts devpts /dev/pts
    mount -t tmpfs tmpfs /dev/shm
    mount -t tmpfs -o mode=755 tmpfs /run
    hostname strata
    if [ -f \(moduleListPath) ]; then
      while read -r module; do
        insmod $module || echo "strata: cannot load $module"
      done <\(moduleListPath)
    fi

    """
  }
}
