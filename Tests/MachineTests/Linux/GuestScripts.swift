import SystemPackage
import TestSupport

@testable import Images

/// What the guests' scripts do.
enum GuestScripts {
  /// Computations whose output depends on nothing but a right processor; run in an empty folder with the
  /// path of busybox in `busybox`.
  static let computations = """
    "$busybox" head -c 300000 "$busybox" >part
    "$busybox" sha256sum part
    "$busybox" gzip -c part >part.gz
    "$busybox" gzip -t part.gz && echo "the archive is whole"
    "$busybox" gunzip -c part.gz | "$busybox" sha256sum
    printf damage | "$busybox" dd of=part.gz bs=1 seek=9000 conv=notrunc 2>/dev/null
    "$busybox" gzip -t part.gz 2>/dev/null || echo "the damage is found"
    "$busybox" awk 'BEGIN {
      for (i = 1; i <= 20000; i++) { sum += i * i / 7; hash = (hash * 31 + i) % 1000003 }
      printf "%.9f %d %.12f %s\\n", sum, hash, sum / 3e5, 1 / 3
    }'
    """

  /// Reports the machine as Linux sees it, does the computations, and shows the kernel's messages.
  static let inspection = """
    echo "release: $(uname -r)"
    echo "nproc: $(nproc)"
    echo "cpuinfo: $(grep -c '^processor' /proc/cpuinfo)"
    echo "online: $(cat /sys/devices/system/cpu/online)"
    busybox=/bin/busybox
    mkdir /tmp/work
    cd /tmp/work
    (
    \(computations)
    ) | sed 's/^/computed: /'
    dmesg -r | sed 's/^/dmesg: /'
    """

  /// An initramfs of busybox, modules, texts and copies of the host's files, whose script runs before power-off.
  static func initramfs(
    running script: String, modules: [LoadableModule] = [], files: [String: String] = [:],
    copying copies: [String: FilePath] = [:]
  ) throws -> [UInt8] {
    var builder = InitramfsBuilder(report: { _ in })
    try builder.addBusybox(from: TestFiles.package("busybox-static"))
    let folder = try TemporaryFolder()
    for (path, text) in files { try builder.addFile(folder.write(path, text.utf8), at: GuestPath(path)) }
    for (path, file) in copies { try builder.addFile(file, at: GuestPath(path)) }
    builder.addModules(modules)
    return try withExtendedLifetime(folder) {
      try builder.archive(startingWith: .script(script)).serialized()
    }
  }

  /// What the computations print when the host's own processor does them.
  static func computedByHost() throws -> [String] {
    let script = """
      folder=$(mktemp -d) && cd "$folder" || exit 1
      trap 'rm -r "$folder"' EXIT
      busybox=$1
      \(computations)
      """
    let busybox = try TestFiles.package("busybox-static").root.appending("bin").appending("busybox")
    let output = try HostCommand(at: busybox, ["sh", "-c", script, "sh", busybox.string]).output()
    return output.outputText.split(whereSeparator: \.isNewline).map(String.init)
  }
}
