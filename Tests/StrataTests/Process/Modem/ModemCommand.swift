import TestSupport
import Testing

/// Linux on a machine with a modem, through the command.
struct ModemCommand {
  /// What was made for the run and by it.
  let folder: TemporaryFolder
  private let kernel: [String]

  /// The drivers, the one of the PCI function last: with it all begins.
  private static let modules = ["mhi", "mhi_net", "mhi_wwan_ctrl", "mhi_pci_generic"]

  /// Makes an initramfs whose script runs before power-off.
  ///
  /// - Parameter packages: Debian packages that the guest has besides busybox.
  init(script: String, packages: [String] = []) throws {
    folder = try TemporaryFolder()
    let (image, initramfs) = (folder / "vmlinuz", folder / "initramfs")
    let result = try StrataProcess.run(
      [
        "image", "--cache", CommandFiles.cache, "--busybox", "--output", initramfs, "--kernel-output", image,
        "--kernel-package", "linux-image-6.12.*-cloud-amd64-unsigned", "--script", Self.functions + script,
      ] + Self.modules.flatMap { ["--module", $0] } + packages.flatMap { ["--package", $0] })
    try #require(result.code == 0, "\(result.diagnostics)")
    kernel = ["--kernel", image, "--initrd", initramfs]
  }

  /// Runs the guest to its end and gives what it wrote.
  func run(device: String = "mhi", _ options: [String] = []) throws -> String {
    let result = try StrataProcess.run(
      ["run", "--device", device, "--append", "console=ttyS0 panic=-1 quiet cryptomgr.notests nokaslr"]
        + kernel + options)
    try #require(result.code == 0, "\(result.output.suffix(2000))\(result.diagnostics)")
    try #require(
      result.output.contains("strata: the script ended with status 0"), "\(result.output.suffix(2000))")
    return result.output
  }

  /// What was printed after a label, a line each.
  static func lines(_ label: String, of output: String) -> [String] {
    output.split(whereSeparator: \.isNewline).filter { $0.hasPrefix(label + ": ") }
      .map { String($0.dropFirst(label.count + 2)) }
  }

  private static let functions = """
    load() { insmod "/lib/modules/$(uname -r)/kernel/drivers/bus/mhi/host/mhi_pci_generic.ko"; }
    await() {
      remaining=$(($1 * 20))
      shift
      until "$@" >/dev/null 2>&1; do
        remaining=$((remaining - 1))
        [ "$remaining" -gt 0 ] || { echo "missed: $*"; exit 1; }
        usleep 50000
      done
    }
    interface() {
      await 20 test -e /sys/class/net/mhi_hwip0
      ip link set mhi_hwip0 mtu "$2"
      ip addr add "$1" dev mhi_hwip0
      ip link set mhi_hwip0 up
      ip route add default dev mhi_hwip0
    }

    """
}
