import SystemPackage

/// The files of one Linux kernel as Debian lays them out: `boot/vmlinuz-VERSION` and `lib/modules/VERSION`.
///
/// The tree may be an unpacked `linux-image` package, the target of `make modules_install`, or a whole
/// system.
public struct KernelTree: Equatable, Sendable {
  /// The kernel's release, as `uname -r` tells it.
  public let version: String
  /// The bootable kernel; nil for a tree that holds modules only.
  public let kernel: FilePath?
  /// The folder of this version's modules; nil for a kernel without modules.
  public let modules: FilePath?

  private static let kernelPrefix = "vmlinuz-"

  /// Looks for a kernel below `root`; of several the highest version counts.
  ///
  /// - Throws: ``ImageError`` of kind `noInput` when there is neither a kernel nor a folder of modules.
  public init(root: FilePath) throws(ImageError) {
    guard HostFiles.isFolder(root) else { throw ImageError(.noInput, "\(root) is not a folder") }
    let boot = root.appending("boot")
    let kernels = try Self.names(in: boot).filter { $0.hasPrefix(Self.kernelPrefix) }
      .map { String($0.dropFirst(Self.kernelPrefix.count)) }
    // Debian 13 ships modules in /usr/lib, earlier ones in /lib.
    let folders = [root.appending("usr").appending("lib"), root.appending("lib")]
      .map { $0.appending("modules") }.filter(HostFiles.isFolder)
    var versions = kernels
    if versions.isEmpty {
      for folder in folders { versions += try Self.names(in: folder) }
    }
    guard let version = versions.max(by: { DebianVersion($0) < DebianVersion($1) }) else {
      throw ImageError(
        .noInput, "\(root) holds no kernel: neither boot/vmlinuz-VERSION nor lib/modules/VERSION is there")
    }
    self.version = version
    let image = boot.appending(Self.kernelPrefix + version)
    kernel = HostFiles.isRegularFile(image) ? image : nil
    modules = folders.map { $0.appending(version) }.first(where: HostFiles.isFolder)
  }

  private static func names(in folder: FilePath) throws(ImageError) -> [String] {
    HostFiles.isFolder(folder) ? try HostFiles.names(in: folder) : []
  }
}
